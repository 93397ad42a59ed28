using System;
using System.Collections.Generic;
using NUnit.Framework;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Networks;
using Pipeline.Training.Objectives;
using Pipeline.Training.Rollout;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>The update graphs of the family as approved text: a change of the mathematics, or of what the builder makes of it, is seen here.</summary>
public sealed class DqnGraphTests
{
    private static readonly Space Observations = new Box(-1, 1, 4);

    private static readonly Dictionary<string, Func<IQMethod>> Methods = new()
    {
        ["Dqn.txt"] = () => new Dqn(Observations, 4, 2, new DqnOptions { HiddenSizes = [8] }),
        ["DqnDoubleDueling.txt"] = () => new Dqn(Observations, 4, 2, new DqnOptions { HiddenSizes = [8], Target = QTarget.Double, Streams = QStreams.Dueling }),
        ["C51.txt"] = () => new C51(Observations, 4, 2, new C51Options { HiddenSizes = [8], Atoms = 5 }),
        ["QrDqn.txt"] = () => new QrDqn(Observations, 4, 2, new QrDqnOptions { HiddenSizes = [8], Quantiles = 3 }),
        ["Iqn.txt"] = () => new Iqn(Observations, 4, 2, new IqnOptions { HiddenSizes = [8, 8], Fractions = 3, TargetFractions = 3, PolicyFractions = 3 }),
    };

    private static string[] Files() => [.. Methods.Keys];

    [TestCaseSource(nameof(Files))]
    public void The_update_graph_is_the_approved_text(string file)
    {
        IQMethod method = Methods[file]();
        var graph = new Graph();
        ParameterScope online = new(graph), target = new(graph, "target.");
        Tensor Column(string name) => graph.Input(name, [16, 1]);
        var batch = new QBatch(
            graph.Input("observation", [16, 4]), graph.Input("action", [16, 2]), Column("reward"), Column("discount"), graph.Input("next_observation", [16, 4]), null,
            online, target, null, null, null);
        using var noise = new UpdateNoise();
        Tensor loss = QLosses.WeightedMean(method.Loss(batch, new FunctionBuilder(graph), noise).Losses, Column("weight"));
        ApprovedGraph.Check(file, ApprovedGraph.Gradient(loss, method.Parameters, online));
    }
}
