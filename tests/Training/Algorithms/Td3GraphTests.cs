using NUnit.Framework;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Networks;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>The update graphs as approved text: a change of the mathematics, or of what the builder makes of it, is seen here.</summary>
public sealed class Td3GraphTests
{
    [TestCase("Td3Update.txt", CriticCount.Twin)]
    [TestCase("DdpgUpdate.txt", CriticCount.Single)]
    public void The_update_graphs_are_the_approved_text(string file, CriticCount critics)
    {
        var options = new Td3Options { HiddenSizes = [8], Critics = critics };
        var networks = new Td3Networks(new Box(-1, 1, 4), new Box(-1, 1, 2), options);
        ApprovedGraph.Check(file, string.Join('\n', "The critics' gradient", Critic(networks, options), "The actor's gradient", Actor(networks)));
    }

    private static string Critic(Td3Networks networks, Td3Options options)
    {
        var graph = new Graph();
        ParameterScope critics = new(graph), actorTarget = new(graph, "target."), criticsTarget = new(graph, "target.");
        var batch = new Td3Batch(
            graph.Input("observation", [16, 4]), graph.Input("action", [16, 2]), graph.Input("reward", [16, 1]), graph.Input("discount", [16, 1]),
            graph.Input("next_observation", [16, 4]), options.Critics == CriticCount.Twin ? graph.Input("target_noise", [16, 2]) : null);
        Tensor loss = Td3.CriticLoss(networks, critics, Td3.NextValue(networks, actorTarget, criticsTarget, batch, options), batch).Loss;
        return ApprovedGraph.Gradient(loss, networks.CriticParameters, critics);
    }

    private static string Actor(Td3Networks networks)
    {
        var graph = new Graph();
        ParameterScope actor = new(graph), critics = new(graph);
        return ApprovedGraph.Gradient(Td3.ActorLoss(networks, actor, critics, graph.Input("observation", [16, 4])), networks.Policy.Parameters, actor);
    }
}
