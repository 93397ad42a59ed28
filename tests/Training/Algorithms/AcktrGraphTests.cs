using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>The graph of the curvature as approved text; the loss is that of a2c, which has its own.</summary>
public sealed class AcktrGraphTests
{
    [TestCase("AcktrTwoChoices.txt", 2)]
    [TestCase("AcktrGaussian.txt", null)]
    public void The_factors_and_the_direction_are_the_approved_text(string file, int? choices) => ApprovedGraph.Check(file, Text(choices));

    internal static string Text(int? choices)
    {
        Space actions = choices is int n ? new Discrete(n) : new Box(-1, 1, 2);
        var model = new ActorCritic(new Box(-1, 1, 4), actions, [8], Activation.Tanh, normalizeObservations: false, masked: false);
        var graph = new Graph();
        var scope = new ParameterScope(graph);
        IReadOnlyList<LinearTrace> layers = model.PolicyLayers(scope, model.Encoder.Encode(graph.Input("observation", [16, 4])));
        Tensor drawn = graph.Input("drawn", [16, model.Head.EncodedSize]);
        IEnumerable<KeyValuePair<string, Tensor>> factors = KroneckerFactors.Of(layers, outputs => model.Distribution(scope, outputs, null).LogProbability(Op.StopGradient(drawn)))
            .SelectMany((f, i) => new[] { KeyValuePair.Create($"inputs.{i}", f.Inputs), KeyValuePair.Create($"outputs.{i}", f.Outputs) });
        Tensor direction = KroneckerFactors.Solve(
            graph.Input("gradient", [5, 8]), (graph.Input("inputs", [5, 5]), graph.Input("input_values", [5, 1])), (graph.Input("outputs", [8, 8]), graph.Input("output_values", [1, 8])), 0.01);
        return string.Join('\n', "The factors", GraphText.Print(factors), "The direction of a layer", GraphText.Print([KeyValuePair.Create("direction", direction)]));
    }
}
