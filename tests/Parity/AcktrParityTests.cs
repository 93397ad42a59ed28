using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts.Spaces;
using Pipeline.Tests.Training.Engine;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Distributions;
using Pipeline.Training.Engine.Autodiff;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Networks;
using Pipeline.Training.Objectives;
using Pipeline.Training.Optimizers;

namespace Pipeline.Tests.Parity;

/// <summary>The factors of each layer, and the gradient through their eigenvectors as a dense solution with the whole Kronecker product has it (Oracles/acktr.py).</summary>
[TestFixture]
public sealed class AcktrParityTests
{
    private const double Damping = 0.1;

    private static IEnumerable<TestCaseData> Policies() =>
    [
        new TestCaseData("acktr_discrete", 4, new Discrete(3)).SetArgDisplayNames("three choices"),
        new TestCaseData("acktr_two_choices", 4, new Discrete(2)).SetArgDisplayNames("two choices"),
        new TestCaseData("acktr_gaussian", 3, new Box(-1, 1, 2)).SetArgDisplayNames("real numbers"),
    ];

    [TestCaseSource(nameof(Policies))]
    public void Factors_and_direction_agree(string name, int observationSize, Space actions)
    {
        var data = new OracleData(name);
        var model = new ActorCritic(new Box(-9, 9, observationSize), actions, [16, 16], Activation.Tanh, normalizeObservations: false, masked: false);
        var graph = new Graph();
        var scope = new ParameterScope(graph);
        Parameter[] actor = [.. model.Parameters.Of("actor").All];
        Tensor observation = data.Input(graph, "observation"), action = data.Input(graph, "action"), drawn = data.Input(graph, "drawn"), advantage = data.Input(graph, "advantage");
        LinearTrace[] layers = [.. model.PolicyLayers(scope, model.Encoder.Encode(observation))];
        IDistribution policy = model.Distribution(scope, layers[^1].Output, null);
        Tensor[] gradients = Gradients.Of(PolicyLosses.LogLikelihood(policy.LogProbability(action), advantage), [.. actor.Select(p => scope[p])]);
        (Tensor Inputs, Tensor Outputs)[] factors = KroneckerFactors.Of(layers, outputs => model.Distribution(scope, outputs, null).LogProbability(drawn));
        NdArray[] results = Evaluation.Run(
            [.. gradients, .. factors.SelectMany(f => new[] { f.Inputs, f.Outputs })], data.Feeds([observation, action, drawn, advantage, .. actor.Select(p => scope[p])]));
        for (int i = 0; i < actor.Length; i++) data.AssertAgrees(results[i], $"gradient.{actor[i].Name}");
        for (int i = 0; i < layers.Length; i++)
        {
            NdArray a = results[actor.Length + (2 * i)], g = results[actor.Length + (2 * i) + 1];
            data.AssertAgrees(a, $"inputs.{i}");
            data.AssertAgrees(g, $"outputs.{i}");
            data.AssertAgrees(Direction(new NdArray([a.Shape[0], g.Shape[0]], [.. results[2 * i].Values, .. results[(2 * i) + 1].Values]), a, g), $"direction.{i}");
        }

        data.Report();
    }

    private static NdArray Direction(NdArray gradient, NdArray a, NdArray g)
    {
        var graph = new Graph();
        long n = a.Shape[0], m = g.Shape[0];
        Tensor by = graph.Input("gradient", [n, m]);
        (Tensor Vectors, Tensor Values) inputs = (graph.Input("inputs", [n, n]), graph.Input("input_values", [n, 1]));
        (Tensor Vectors, Tensor Values) outputs = (graph.Input("outputs", [m, m]), graph.Input("output_values", [1, m]));
        (float[] Vectors, float[] Values) ofA = Apart(a), ofG = Apart(g);
        return Evaluation.Run(
            KroneckerFactors.Solve(by, inputs, outputs, Damping), new Feed(by, gradient), new Feed(inputs.Vectors, ofA.Vectors), new Feed(inputs.Values, ofA.Values),
            new Feed(outputs.Vectors, ofG.Vectors), new Feed(outputs.Values, ofG.Values));
    }

    private static (float[] Vectors, float[] Values) Apart(NdArray factor)
    {
        float[] vectors = new float[factor.Values.Length], values = new float[factor.Shape[0]];
        SymmetricEigen.Decompose([.. factor.Values.Select(v => (float)v)], vectors, values);
        return (vectors, values);
    }
}
