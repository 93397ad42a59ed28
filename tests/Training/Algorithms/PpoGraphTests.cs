using NUnit.Framework;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Networks;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>The update graphs as approved text: a change of the mathematics, or of what the builder makes of it, is seen here.</summary>
public sealed class PpoGraphTests
{
    [TestCase("PpoLstm.txt", MemoryKind.Lstm)]
    [TestCase("PpoGru.txt", MemoryKind.Gru)]
    public void The_update_graph_with_a_memory_is_the_approved_text(string file, MemoryKind kind)
    {
        var model = new ActorCritic(
            new Box(-1, 1, 4), new Discrete(2), [8], Activation.Tanh, normalizeObservations: false, masked: false,
            memory: new MemorySettings(kind, 6, PreviousAction: true));
        var graph = new Graph();
        var scope = new ParameterScope(graph);
        Tensor Column(string name) => graph.Input(name, [6, 1]);
        var batch = new PpoBatch(
            graph.Input("observation", [6, 4]), null, graph.Input("action", [6, 2]), Column("old_log_probability"), Column("advantage"), Column("value_target"), null, null, null,
            graph.Input("clip_range", []), graph.Input("kl_coefficient", []),
            new SequenceTensors(graph.Input("memory", [3, model.Memory!.StateSize]), Column("keep"), graph.Input("previous", [6, 2]), 3));
        ApprovedGraph.Check(file, ApprovedGraph.Gradient(Ppo.Loss(model, scope, batch, new PpoOptions()).Total, model.Parameters, scope));
    }

    [TestCase("PpoClipTwoChoices.txt", PpoObjective.Clip, 2)]
    [TestCase("PpoClipThreeChoices.txt", PpoObjective.Clip, 3)]
    [TestCase("PpoPenaltyGaussian.txt", PpoObjective.KlPenalty, null)]
    public void The_update_graph_is_the_approved_text(string file, PpoObjective objective, int? choices)
    {
        bool continuous = choices is null;
        Space actions = choices is int n ? new Discrete(n) : new Box(-1, 1, 2);
        var model = new ActorCritic(new Box(-1, 1, 4), actions, [8], Activation.Tanh, normalizeObservations: false, masked: false);
        var graph = new Graph();
        var scope = new ParameterScope(graph);
        Tensor Column(string name) => graph.Input(name, [16, 1]);
        bool penalty = objective == PpoObjective.KlPenalty;
        var batch = new PpoBatch(
            graph.Input("observation", [16, 4]), null, graph.Input("action", [16, model.Head.EncodedSize]), Column("old_log_probability"), Column("advantage"), Column("value_target"), null,
            penalty ? graph.Input("old_outputs", [16, model.Head.ParameterSize]) : null, continuous ? graph.Input("old_log_std", [2]) : null,
            graph.Input("clip_range", []), graph.Input("kl_coefficient", []));
        PpoLoss loss = Ppo.Loss(model, scope, batch, new PpoOptions { Objective = objective, EntropyCoefficient = 0.01 });
        ApprovedGraph.Check(file, ApprovedGraph.Gradient(loss.Total, model.Parameters, scope));
    }
}
