using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Tests.Training.Algorithms;
using Pipeline.Tests.Training.Engine;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Distributions;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Environments;
using Pipeline.Training.Networks;
using Pipeline.Training.Rollout;

namespace Pipeline.Tests.Training.Rollout;

/// <summary>What a rollout of networks that remember holds: unrolled again it gives what was said on the way, whatever ended in between.</summary>
public sealed class RolloutMemoryTests
{
    // So small a step leaves every parameter as it is: what the rollout holds can be compared with the networks after it.
    private static readonly PpoOptions Still = new()
    {
        EnvironmentCount = 3, RolloutLength = 16, MinibatchSize = 48, UpdateEpochs = 1, LearningRate = 1e-30, NormalizeAdvantages = false, HiddenSizes = [8], Gamma = 0.9, GaeLambda = 0.8,
        Memory = MemoryKind.Lstm, MemorySize = 5, SequenceLength = 16,
    };

    private static IEnumerable<PpoOptions> Kinds() =>
    [
        Still,
        Still with { Memory = MemoryKind.Gru, SequenceLength = 4 },
        Still with { SharedMemory = true, PreviousReward = true, SequenceLength = 8, NormalizeRewards = true },
        Still with { Memory = MemoryKind.Gru, PreviousAction = true, PreviousReward = true, SequenceLength = 1 },
    ];

    [TestCaseSource(nameof(Kinds))]
    public void Unrolled_again_it_gives_the_values_and_probabilities_of_collecting(object options)
    {
        using var trial = new Trial(Make(3), (PpoOptions)options, seed: 9);
        int ends = 0;
        for (int iteration = 0; iteration < 3; iteration++)
        {
            trial.Iterate();
            RolloutBuffer rollout = trial.Trainer.Rollout;
            (float[] values, float[] logProbabilities) = Unroll(trial);
            Assert.That(values, Is.EqualTo(rollout.Values.Floats.ToArray()).Within(1e-5));
            Assert.That(logProbabilities, Is.EqualTo(rollout.LogProbabilities.Floats.ToArray()).Within(1e-5));
            ends += rollout.Terminated.Zip(rollout.Truncated, (a, b) => a || b).Take(rollout.Rows - 3).Count(e => e);
        }

        Assert.That(ends, Is.GreaterThan(10), "episodes that end within");
    }

    [Test]
    public void The_state_lives_on_across_rollouts_and_is_zero_where_an_episode_starts()
    {
        using var trial = new Trial(Make(3), Still with { SequenceLength = 4 }, seed: 2);
        float[] last = [];
        int zero = 0, kept = 0;
        for (int iteration = 0; iteration < 6; iteration++)
        {
            trial.Iterate();
            RolloutBuffer rollout = trial.Trainer.Rollout;
            RolloutMemory memory = rollout.Memory!;
            int size = (int)memory.States.Dimensions[1];
            if (iteration > 0) Assert.That(memory.States.Floats[..(3 * size)].ToArray(), Is.EqualTo(last));
            for (int sequence = 3; sequence < 12; sequence++)
            {
                int before = (((sequence / 3 * 4) - 1) * 3) + (sequence % 3);
                bool starts = rollout.Terminated[before] || rollout.Truncated[before];
                bool isZero = memory.States.Floats.Slice(sequence * size, size).ToArray().All(v => v == 0);
                Assert.That(isZero, Is.EqualTo(starts));
                Assert.That(memory.Keeps.Floats[before + 3], Is.EqualTo(starts ? 0 : 1));
                if (starts) zero++;
                else kept++;
            }

            last = memory.Last.States.ToArray();
        }

        Assert.That(Math.Min(zero, kept), Is.GreaterThan(2));
    }

    [Test]
    public void The_value_after_a_truncated_step_is_that_of_its_last_observation_with_the_state_of_that_step()
    {
        // Memory alone tells how far an episode has come: with γ = 1 the value of what follows is the time left, and truncation must not change it.
        PpoOptions options = Still with { EnvironmentCount = 1, RolloutLength = 12, MinibatchSize = 12, SequenceLength = 12, PreviousAction = true, PreviousReward = true };
        using var trial = new Trial(() => new Steady(), options, limit: 5);
        using var longer = new Trial(() => new Steady(), options);
        trial.Iterate();
        longer.Iterate();
        RolloutBuffer cut = trial.Trainer.Rollout, whole = longer.Trainer.Rollout;
        Assert.That(cut.TruncatedRows.ToArray(), Is.EqualTo(new[] { 4, 9 }));
        Assert.That(cut.NextValues[..5], Is.EqualTo(whole.NextValues[..5]).Within(1e-6), "the same actions until then, and the same value of what follows");
        Assert.That(cut.NextValues[4], Is.Not.EqualTo(cut.Values.Floats[5]).Within(1e-4), "which is not that of the next episode");
    }

    [Test]
    public void The_step_before_is_its_action_and_the_reward_that_the_environment_gave()
    {
        using var trial = new Trial(Make(3), Still with { PreviousAction = true, PreviousReward = true, NormalizeRewards = true }, seed: 5);
        trial.Iterate(2);
        RolloutBuffer rollout = trial.Trainer.Rollout;
        using VectorEnvironment environments = Make(3);
        var step = new VectorStep(environments);
        environments.Reset(5, step);
        float[][] previous = [.. Enumerable.Range(0, rollout.Rows).Select(r => rollout.Memory!.Previous!.Floats.Slice(r * 3, 3).ToArray())];
        for (int row = 3; row < rollout.Rows; row++)
        {
            int before = row - 3;
            if (rollout.Terminated[before] || rollout.Truncated[before]) Assert.That(previous[row], Is.All.Zero, $"row {row}");
            else Assert.That(previous[row][..2], Is.EqualTo(rollout.Actions.Floats.Slice(before * 2, 2).ToArray()), $"row {row}");
        }

        float[] rewards = [.. previous.Select(p => p[2]).Where(r => r != 0).Distinct().Order()];
        Assert.That(rewards, Is.SubsetOf(new float[] { 1, 2, 3 }), "not divided by anything");
        Assert.That(rewards, Is.Not.Empty);
    }

    [Test]
    public void Sequences_that_do_not_fill_the_rollout_are_refused()
    {
        var model = new ActorCritic(new Box(-1, 1, 2), new Discrete(2), [4], Activation.Tanh, false, false, memory: new MemorySettings(MemoryKind.Gru, 3));
        Assert.That(() => new RolloutMemory(model.Memory!, 10, 2, 4, 2), Throws.ArgumentException.With.Message.Contains("Sequences of 4 steps do not fill a rollout of 10"));
    }

    // V and ln π of all rows, from the states before the sequences.
    private static (float[] Values, float[] LogProbabilities) Unroll(Trial trial)
    {
        RolloutBuffer rollout = trial.Trainer.Rollout;
        RolloutMemory memory = rollout.Memory!;
        ActorCritic model = trial.Trainer.Model;
        using var values = new TensorBuffer(ElementType.Float32, rollout.Rows, 1);
        using var logProbabilities = new TensorBuffer(ElementType.Float32, rollout.Rows, 1);
        var graph = new Graph();
        var scope = new ParameterScope(graph);
        var build = new FunctionBuilder(graph);
        var sequences = new SequenceTensors(build.Add("memory", memory.States), build.Add("keep", memory.Keeps), memory.Previous is null ? null : build.Add("previous", memory.Previous), memory.Beside);
        (Tensor actor, Tensor critic) = model.Features(scope, model.Encoder.Encode(build.Add("observation", rollout.Observations)), sequences);
        IDistribution policy = model.Distribution(scope, model.PolicyOutputs(scope, actor), null);
        build.Output("value", model.Value(scope, critic), values);
        build.Output("log_probability", policy.LogProbability(build.Add("action", rollout.Actions)), logProbabilities);
        build.AddParameters(scope, trial.Trainer.Parameters);
        build.RunOnce();
        return (values.Floats.ToArray(), logProbabilities.Floats.ToArray());
    }

    private static VectorEnvironment Make(int count) => new(() => new Wandering(), count, 6);

    /// <summary>Ends at random; rewards 1 to 3.</summary>
    private sealed class Wandering : IEnvironment
    {
        private RandomGenerator _random = new(0);

        public Space ObservationSpace { get; } = new Box(-1, 1, 2);

        public Space ActionSpace { get; } = new Discrete(2);

        public void Reset(RandomGenerator random, Span<float> observation)
        {
            _random = random;
            ObservationSpace.Sample(random, observation);
        }

        public StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
        {
            ObservationSpace.Sample(_random, observation);
            return new StepResult(1 + _random.NextInt32(3), Terminated: _random.NextInt32(6) == 0);
        }
    }

    /// <summary>Shows 0.5 and gives 1 for ever.</summary>
    private sealed class Steady : IEnvironment
    {
        public Space ObservationSpace { get; } = new Box(-1, 1, 1);

        public Space ActionSpace { get; } = new Discrete(2);

        public void Reset(RandomGenerator random, Span<float> observation) => observation[0] = 0.5f;

        public StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
        {
            observation[0] = 0.5f;
            return new StepResult(1);
        }
    }
}
