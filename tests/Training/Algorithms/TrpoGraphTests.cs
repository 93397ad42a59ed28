using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Distributions;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Networks;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>The update graphs as approved text: a change of the mathematics, or of what the builder makes of it, is seen here.</summary>
public sealed class TrpoGraphTests
{
    [TestCase("TrpoTwoChoices.txt", 2)]
    [TestCase("TrpoGaussian.txt", null)]
    public void The_gradient_and_the_part_of_the_product_that_is_repeated_are_the_approved_text(string file, int? choices)
    {
        Space actions = choices is int n ? new Discrete(n) : new Box(-1, 1, 2);
        var model = new ActorCritic(new Box(-1, 1, 4), actions, [8], Activation.Tanh, normalizeObservations: false, masked: false);
        var graph = new Graph();
        ParameterScope scope = new(graph), vectors = new(graph, "vector.");
        Tensor observation = graph.Input("observation", [16, 4]);
        IDistribution policy = model.Distribution(scope, model.PolicyOutputs(scope, model.Encoder.Encode(observation)), null);
        Tensor loss = Trpo.SinglePathLoss(policy, graph.Input("action", [16, model.Head.EncodedSize]), graph.Input("old_log_probability", [16, 1]), graph.Input("advantage", [16, 1]));
        ParameterSet actor = model.Parameters.Of("actor");
        var cut = new GraphCut(TrustRegion.FisherProduct(policy, actor, scope, vectors), [.. actor.All.Select(p => vectors[p])]);
        ApprovedGraph.Check(file, string.Join(
            '\n',
            "The gradient", ApprovedGraph.Gradient(loss, actor, scope),
            "Computed once for all products", GraphText.Print(cut.Shared),
            "The rest of a product", GraphText.Print(actor.All.Zip(cut.Outputs, (p, t) => KeyValuePair.Create(p.Name, t)))));
    }
}
