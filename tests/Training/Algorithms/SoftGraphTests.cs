using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Networks;
using Pipeline.Training.Replay;
using Pipeline.Training.Rollout;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>The update graphs as approved text: a change of the mathematics, or of what the builder makes of it, is seen here.</summary>
public sealed class SoftGraphTests
{
    [TestCase("SacUpdate.txt", "sac")]
    [TestCase("SacDiscreteUpdate.txt", "discrete")]
    [TestCase("SacV1Update.txt", "sac-v1")]
    [TestCase("SqlUpdate.txt", "sql")]
    public void The_update_graphs_are_the_approved_text(string file, string algorithm)
    {
        Space observations = new Box(-1, 1, 4), actions = algorithm == "discrete" ? new Discrete(3) : new Box(-1, 1, 2);
        using var memory = new ReplayBatch(observations, actions, masked: false, 16);
        using var statistics = new ObservationStatistics(4);
        var context = new LearningContext(ExecutionDevice.Cpu, observations, actions, Masked: false, statistics, memory, new RandomGenerator(0));
        ISoftMethod method = algorithm switch
        {
            "sac" => new Sac(context, new SacOptions { HiddenSizes = [8] }),
            "discrete" => new SacDiscrete(context, new SacOptions { HiddenSizes = [8] }),
            "sac-v1" => new SacV1(context, new SacV1Options { HiddenSizes = [8] }),
            _ => new Sql(context, new SqlOptions { HiddenSizes = [8], Particles = 2, ValueSamples = 3 }),
        };
        ApprovedGraph.Check(file, string.Join('\n', "The critics' gradient", Print(method, isCritic: true, memory), "The actor's gradient", Print(method, isCritic: false, memory)));
    }

    private static string Print(ISoftMethod method, bool isCritic, ReplayBatch memory)
    {
        var graph = new Graph();
        var build = new FunctionBuilder(graph);
        using var noise = new UpdateNoise();
        ParameterScope critics = new(graph), actor = method.ActorParameters == method.CriticParameters ? critics : new(graph), target = new(graph, "target.");
        var batch = new SoftBatch(
            build.Add("observation", memory.Observations), null, build.Add("action", memory.Actions), build.Add("reward", memory.Rewards), build.Add("discount", memory.Discounts),
            build.Add("next_observation", memory.NextObservations), null, critics, actor, target);
        Tensor loss = (isCritic ? method.CriticLoss(batch, build, noise) : method.ActorLoss(batch, build, noise)).Total;
        (ParameterSet set, ParameterScope scope) = isCritic ? (method.CriticParameters, critics) : (method.ActorParameters, actor);
        // Where both losses share one vector, each passes gradients to its own networks alone: the others' are zeros.
        return ApprovedGraph.Gradient(loss, set, scope);
    }
}
