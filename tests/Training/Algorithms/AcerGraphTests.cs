using NUnit.Framework;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Networks;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>The update graphs as approved text: a change of the mathematics, or of what the builder makes of it, is seen here.</summary>
public sealed class AcerGraphTests
{
    [TestCase("AcerThreeChoices.txt", 3)]
    [TestCase("AcerGaussian.txt", null)]
    [TestCase("AcerLstm.txt", 3, MemoryKind.Lstm, false)]
    [TestCase("AcerGru.txt", null, MemoryKind.Gru, true)]
    public void The_update_graph_is_the_approved_text(string file, int? choices, MemoryKind kind = MemoryKind.None, bool shared = false)
    {
        Space actions = choices is int n ? new Discrete(n) : new Box(-1, 1, 2);
        var options = new AcerOptions { HiddenSizes = [8], DuelingSamples = 2, LearnStd = true, Memory = kind, MemorySize = 6, SharedMemory = shared };
        IAcerMethod method = Acer.Method(new Box(-1, 1, 4), actions, masked: false, options);
        var graph = new Graph();
        ParameterScope scope = new(graph), average = new(graph, "average.");
        var batch = new AcerBatch(
            method.Model.Encoder.Encode(graph.Input("observation", [16, 4])), null, graph.Input("action", [16, method.Model.Head.EncodedSize]),
            graph.Input("behaviour", [16, method.StatisticsSize]), choices is null ? graph.Input("noise", [16 * method.DrawnActions, 2]) : null,
            method.Model.Memory is PolicyMemory memory ? new SequenceTensors(graph.Input("memory", [8, memory.StateSize]), graph.Input("keep", [16, 1]), null, 8) : null, scope, average);
        AcerLoss loss = method.Loss(batch, graph.Input("target", [16, 1]), graph.Input("uncorrected", [16, 1]));
        ApprovedGraph.Check(file, ApprovedGraph.Gradient(loss.Total, method.Model.Parameters, scope));
    }
}
