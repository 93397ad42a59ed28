using NUnit.Framework;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Networks;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>The update graphs as approved text: a change of the mathematics, or of what the builder makes of it, is seen here.</summary>
public sealed class PolicyGradientGraphTests
{
    [TestCase("A2cTwoChoices.txt", 2)]
    [TestCase("A2cGaussian.txt", null)]
    public void The_update_graph_of_a2c_is_the_approved_text(string file, int? choices)
    {
        ActorCritic model = Model(choices is int n ? new Discrete(n) : new Box(-1, 1, 2));
        var graph = new Graph();
        var scope = new ParameterScope(graph);
        Tensor Column(string name) => graph.Input(name, [16, 1]);
        var batch = new ActorCriticBatch(
            model.Encoder.Encode(graph.Input("observation", [16, 4])), null, graph.Input("action", [16, model.Head.EncodedSize]), Column("advantage"), Column("value_target"));
        ActorCriticLoss loss = ActorCriticLoss.Of(model, scope, batch, new A2cOptions { EntropyCoefficient = 0.01 });
        ApprovedGraph.Check(file, ApprovedGraph.Gradient(loss.Total, model.Parameters, scope));
    }

    [TestCase("A2cLstm.txt", MemoryKind.Lstm, false)]
    [TestCase("A2cGru.txt", MemoryKind.Gru, true)]
    public void The_update_graph_of_a2c_with_a_memory_is_the_approved_text(string file, MemoryKind kind, bool shared)
    {
        ActorCritic model = Model(new Discrete(2), new MemorySettings(kind, 6, shared, PreviousAction: true));
        var graph = new Graph();
        var scope = new ParameterScope(graph);
        Tensor Column(string name) => graph.Input(name, [6, 1]);
        var batch = new ActorCriticBatch(
            model.Encoder.Encode(graph.Input("observation", [6, 4])), null, graph.Input("action", [6, 2]), Column("advantage"), Column("value_target"),
            new SequenceTensors(graph.Input("memory", [3, model.Memory!.StateSize]), Column("keep"), graph.Input("previous", [6, 2]), 3));
        ApprovedGraph.Check(file, ApprovedGraph.Gradient(ActorCriticLoss.Of(model, scope, batch, new A2cOptions()).Total, model.Parameters, scope));
    }

    [Test]
    public void The_policys_update_graph_of_vpg_is_the_approved_text()
    {
        ActorCritic model = Model(new Discrete(3));
        var graph = new Graph();
        var scope = new ParameterScope(graph);
        Tensor encoded = model.Encoder.Encode(graph.Input("observation", [16, 4]));
        (Tensor loss, _) = Vpg.PolicyLoss(model, scope, encoded, null, graph.Input("action", [16, 3]), graph.Input("weight", [16, 1]));
        ApprovedGraph.Check("VpgThreeChoices.txt", ApprovedGraph.Gradient(loss, model.Parameters.Of("actor"), scope));
    }

    private static ActorCritic Model(Space actions, MemorySettings? memory = null) =>
        new(new Box(-1, 1, 4), actions, [8], Activation.Tanh, normalizeObservations: false, masked: false, memory: memory);
}
