using System.Linq;
using NUnit.Framework;
using Pipeline.Training.Engine.Autodiff;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Tests.Training.Engine;

[TestFixture]
public sealed class GraphPartsTests
{
    private const int Rows = 512, Width = 64;

    [Test]
    public void Networks_without_a_layer_in_common_are_parts_of_their_losses_gradient()
    {
        var graph = new Graph();
        Tensor x = graph.Input("x", [Rows, Width]) * 0.5;
        Tensor first = Weight(graph, "first"), second = Weight(graph, "second"), free = graph.Input("free", [Width]);
        Tensor loss = Loss(x, first) + Loss(x, second) + Op.Mean(Op.Square(free));
        Tensor[] outputs = [.. Gradients.Of(loss, [second, free, first]), Loss(x, first), Loss(x, second)];
        Assert.That(GraphParts.Of(outputs).Select(Sorted), Is.EquivalentTo(new[] { "0 4", "1 2 3" }).Or.EquivalentTo(new[] { "0 1 4", "2 3" }), "what is in neither comes with one of them");
        Assert.That(GraphParts.Of([.. outputs, loss]), Has.Count.EqualTo(1), "their sum is made of both");
    }

    [Test]
    public void Networks_that_share_a_layer_are_one_part()
    {
        var graph = new Graph();
        Tensor trunk = Op.Tanh(Op.MatMul(graph.Input("x", [Rows, Width]), Weight(graph, "trunk")));
        Assert.That(GraphParts.Of([Loss(trunk, Weight(graph, "first")), Loss(trunk, Weight(graph, "second"))]), Has.Count.EqualTo(1));
    }

    [Test]
    public void What_only_repeats_numbers_is_shared_without_making_one_part()
    {
        var graph = new Graph();
        Tensor stretched = Op.MatMul(graph.Input("keep", [Rows, 1]), graph.Input("ones", [1, Width]));
        Assert.That(GraphParts.Of([Loss(stretched, Weight(graph, "first")), Loss(stretched, Weight(graph, "second"))]), Has.Count.EqualTo(2));
    }

    [TestCase(16)]
    [TestCase(Rows)]
    public void Little_work_is_not_worth_a_part(int rows)
    {
        var graph = new Graph();
        Tensor few = graph.Input("few", [rows, Width]), many = graph.Input("many", [Rows, Width]);
        Assert.That(GraphParts.Of([Loss(few, Weight(graph, "first")), Loss(many, Weight(graph, "second"))]), Has.Count.EqualTo(rows == Rows ? 2 : 1));
    }

    [Test]
    public void Convolutions_count_as_work()
    {
        var graph = new Graph();
        Tensor images = graph.Input("images", [8, 4, 20, 20]);
        Tensor[] kernels = [.. new[] { "first", "second" }.Select(name => graph.Input(name, [16, 4, 5, 5]))];
        Tensor[] losses = [.. kernels.Select(kernel => Op.Mean(Op.Square(Op.Conv(images, kernel, 1))))];
        Tensor[] gradients = Gradients.Of(losses[0] + losses[1], kernels);
        Assert.That(GraphParts.Of([.. losses, .. gradients]).Select(Sorted), Is.EquivalentTo(new[] { "0 2", "1 3" }));
    }

    [Test]
    public void A_symbolic_batch_leaves_the_graph_whole()
    {
        var graph = new Graph();
        Tensor x = graph.Input("x", [Dimension.Batch, Width]);
        Assert.That(GraphParts.Of([Op.MatMul(x, Weight(graph, "first")), Op.MatMul(x, Weight(graph, "second"))]), Has.Count.EqualTo(1));
    }

    private static string Sorted(int[] part) => string.Join(' ', part.Order());

    private static Tensor Weight(Graph graph, string name) => graph.Input(name, [Width, Width]);

    private static Tensor Loss(Tensor x, Tensor weight) => Op.Mean(Op.Square(Op.MatMul(x, weight)));
}
