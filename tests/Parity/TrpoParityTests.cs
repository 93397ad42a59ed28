using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Tests.Training.Engine;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Networks;
using Pipeline.Training.Rollout;

namespace Pipeline.Tests.Parity;

/// <summary>Fisher-vector products by PyTorch's double backward, and a whole step of the policy: gradient, direction, length and line search (Oracles/trpo.py).</summary>
[TestFixture]
public sealed class TrpoParityTests
{
    private const int Rows = 64;

    private static IEnumerable<TestCaseData> Policies() =>
    [
        new TestCaseData("trpo_discrete", 4, new Discrete(3), 0.01).SetArgDisplayNames("three choices"),
        new TestCaseData("trpo_two_choices", 4, new Discrete(2), 0.01).SetArgDisplayNames("two choices"),
        new TestCaseData("trpo_gaussian", 3, new Box(-1, 1, 2), 1.0).SetArgDisplayNames("real numbers"),
    ];

    [TestCaseSource(nameof(Policies))]
    public void A_fisher_vector_product_agrees(string name, int observationSize, Space actions, double _)
    {
        var data = new OracleData(name);
        ActorCritic model = Model(observationSize, actions);
        var graph = new Graph();
        ParameterScope scope = new(graph), vectors = new(graph, "vector.");
        Parameter[] actor = [.. model.Parameters.Of("actor").All];
        Tensor observation = data.Input(graph, "observation");
        Tensor[] product = TrustRegion.FisherProduct(
            model.Distribution(scope, model.PolicyOutputs(scope, model.Encoder.Encode(observation)), null), model.Parameters.Of("actor"), scope, vectors);
        NdArray[] results = Evaluation.Run(product, data.Feeds([observation, .. actor.SelectMany(p => new[] { scope[p], vectors[p] })]));
        for (int i = 0; i < actor.Length; i++) data.AssertAgrees(results[i], $"product.{actor[i].Name}");
        data.Report();
    }

    [TestCaseSource(nameof(Policies))]
    public void A_step_of_the_policy_agrees(string name, int observationSize, Space actions, double targetKl)
    {
        var data = new OracleData(name);
        ActorCritic model = Model(observationSize, actions);
        using StateVector parameters = model.Parameters.MakeVector("parameters");
        using var statistics = new ObservationStatistics(observationSize);
        using var rollout = new RolloutBuffer(Rows, 1, observationSize, model.Head.EncodedSize, 0);
        Parameter[] actor = [.. model.Parameters.Of("actor").All];
        foreach (Parameter parameter in actor) data.Copy(parameter.Name, parameters[parameter.Name]);
        data.Copy("observation", rollout.Observations.Floats);
        double[] taken = data.Given("action").Values;
        for (int i = 0; i < taken.Length; i++) rollout.Actions.Floats[model.Head.IsDiscrete ? (i * model.Head.EncodedSize) + (int)taken[i] : i] = model.Head.IsDiscrete ? 1 : (float)taken[i];
        data.Copy("advantage", rollout.Advantages.Floats);

        var options = new TrpoOptions { ConjugateGradientSteps = 6, TargetKl = targetKl, Damping = 1, LineSearchShrink = 0.8 };
        var context = new OnPolicyContext(ExecutionDevice.Cpu, model, parameters, statistics, rollout, new RandomGenerator(0));
        using var evaluation = new RolloutEvaluation(context.Device, model, parameters, statistics, rollout, keepsDistribution: true);
        using var policy = new TrustRegion(context, Trpo.SinglePath(rollout, evaluation), options);
        evaluation.Run(rollout);
        TrustRegionFigures figures = policy.Step();
        data.AssertAgrees([figures.Loss], "after_loss");
        data.AssertAgrees([figures.Divergence], "divergence");
        data.AssertAgrees([figures.Share], "share");
        data.AssertAgrees([figures.GradientNorm], "gradient_norm");
        foreach (Parameter parameter in actor) data.AssertAgrees([.. parameters[parameter.Name].ToArray().Select(v => (double)v)], $"after.{parameter.Name}");
        data.Report();
    }

    private static ActorCritic Model(int observationSize, Space actions) =>
        new(new Box(-9, 9, observationSize), actions, [16, 16], Activation.Tanh, normalizeObservations: false, masked: false);
}
