using System.Collections.Generic;
using System.IO;
using System.Linq;
using NUnit.Framework;
using Pipeline.Training.Engine.Autodiff;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;
using Pipeline.Training.Objectives;

namespace Pipeline.Tests.Training.Engine;

[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class GraphTests
{
    private readonly Graph _graph = new();

    private Tensor Input(string name, params long[] shape) => _graph.Input(name, Shape.Of(shape));

    [Test]
    public void The_same_application_is_the_same_tensor()
    {
        Tensor x = Input("x", 2, 3), y = Input("y", 2, 3), tanh = Op.Tanh(x), two = _graph.Constant(2);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Op.Tanh(x), Is.SameAs(tanh));
            Assert.That(x + y, Is.SameAs(y + x));
            Assert.That(x * y, Is.SameAs(y * x));
            Assert.That(x - y, Is.Not.SameAs(y - x));
            Assert.That(Op.Sum(x, [0]), Is.SameAs(Op.Sum(x, [-2])));
            Assert.That(Op.Sum(x, [0]), Is.Not.SameAs(Op.Sum(x, [0], keepDimensions: true)));
            Assert.That(Op.Clip(x, 0, 1), Is.Not.SameAs(Op.Clip(x, 0, 2)));
            Assert.That(Op.Minimum(x, y), Is.Not.SameAs(Op.Minimum(y, x)), "the derivative at a tie differs");
            Assert.That(_graph.Constant(2), Is.SameAs(two));
            Assert.That(_graph.Constant(2), Is.Not.SameAs(_graph.Constant([2f], [1])));
            Assert.That(Input("x", 2, 3), Is.SameAs(x));
        }
    }

    [Test]
    public void Constants_are_folded()
    {
        Tensor folded = ((_graph.Constant(2) * 3) + 4 - 1) / 3 * -_graph.Constant([1f, 1f], [2]);
        Assert.That(folded.Operator, Is.EqualTo(Sources.Constant));
        Assert.That(folded.Shape, Is.EqualTo(Shape.Of([2])));
        Assert.That(Evaluation.Run(folded).Values, Is.All.EqualTo(-3));
    }

    [Test]
    public void What_changes_nothing_is_left_out()
    {
        Tensor x = Input("x", 2, 3);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(x * 1, Is.SameAs(x));
            Assert.That(1 * x, Is.SameAs(x));
            Assert.That(x / 1, Is.SameAs(x));
            Assert.That(x + 0, Is.SameAs(x));
            Assert.That(0 + x, Is.SameAs(x));
            Assert.That(x - 0, Is.SameAs(x));
            Assert.That(-(-x), Is.SameAs(x));
            Assert.That(x * _graph.Constant([1f, 1f], [2, 1]), Is.SameAs(x));
            Assert.That(Op.Reshape(x, [2, 3]), Is.SameAs(x));
            Assert.That(Op.Reshape(Op.Reshape(x, [6]), [2, 3]), Is.SameAs(x));
            Assert.That(Op.Transpose(Op.Transpose(x, [1, 0]), [1, 0]), Is.SameAs(x));
            Assert.That(Op.Slice(x, 1, 0, 3), Is.SameAs(x));
            Assert.That(Op.Pad(x, 1, 0, 0), Is.SameAs(x));
            Assert.That(Op.Concat([x], 0), Is.SameAs(x));
            Assert.That(Op.Cast(x, ElementType.Float32), Is.SameAs(x));
            Assert.That(Op.Expand(x, [2, 3]), Is.SameAs(x));
        }
    }

    [Test]
    public void What_stretches_its_input_is_not_left_out()
    {
        Tensor x = Input("x", 3);
        Tensor ones = _graph.Constant([1f, 1f], [2, 1]), zeros = _graph.Constant([0f, 0f], [2, 1]);
        foreach (Tensor stretched in new[] { x * ones, x + zeros, zeros + x, x - zeros, zeros - x, ones * x, x * -ones })
            Assert.That(stretched.Shape, Is.EqualTo(Shape.Of([2, 3])));
    }

    [Test]
    public void Chains_become_one_operator()
    {
        Tensor x = Input("x", 2, 3, 4), y = Input("y", 2, 3, 4);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Applications(Op.Reshape(Op.Reshape(x, [6, 4]), [24])), Is.EqualTo(new[] { "Reshape" }));
            Assert.That(Applications(Op.Transpose(Op.Transpose(x, [1, 2, 0]), [1, 2, 0])), Is.EqualTo(new[] { "Transpose" }));
            Assert.That(Applications(x * 2 * 3 / 4), Is.EqualTo(new[] { "Mul" }));
            Assert.That(Applications(-(x * 2)), Is.EqualTo(new[] { "Mul" }));
            Assert.That(Applications(x + -y), Is.EqualTo(new[] { "Sub" }));
            Assert.That(Applications(x - -y), Is.EqualTo(new[] { "Add" }));
            Assert.That(Applications(-(x - y)), Is.EqualTo(new[] { "Sub" }));
            Assert.That(Applications(-x * -y), Is.EqualTo(new[] { "Mul" }));
        }
    }

    [Test]
    public void Simplified_chains_have_the_value_of_the_unsimplified()
    {
        Tensor x = Input("x", 2, 3);
        NdArray value = NdArray.Make([2, 3], i => (3 * i[0]) + i[1] - 2);
        NdArray[] results = Evaluation.Run([-(2 * x) * 3 / 4, 1 - -(x - 2), Op.Transpose(Op.Reshape(Op.Reshape(x, [6]), [3, 2]), [1, 0])], new Feed(x, value));
        Assert.That(results[0].Values, Is.EqualTo(value.Values.Select(v => -1.5 * v)));
        Assert.That(results[1].Values, Is.EqualTo(value.Values.Select(v => v - 1)));
        Assert.That(results[2].Values, Is.EqualTo(new[] { -2.0, 0, 2, -1, 1, 3 }));
    }

    [Test]
    public void The_gradient_of_a_small_network_is_the_approved_text()
    {
        var parameters = new ParameterSet();
        var network = new Mlp(parameters, "net", 3, [4], 1, Activation.Tanh, outputGain: 1);
        var scope = new ParameterScope(_graph);
        Tensor x = _graph.Input("x", [Dimension.Batch, 3]), target = _graph.Input("target", [Dimension.Batch, 1]);
        Tensor loss = ValueLosses.SquaredError(network.Apply(scope, x), target);
        Tensor[] gradients = Gradients.Of(loss, [.. parameters.All.Select(p => scope[p])]);
        KeyValuePair<string, Tensor>[] outputs = [new("loss", loss), .. parameters.All.Zip(gradients, (p, g) => new KeyValuePair<string, Tensor>($"d_{p.Name}", g))];
        string folder = Path.Combine(TestContext.CurrentContext.TestDirectory, "Training", "Engine", "Data");
        string approved = File.ReadAllText(Path.Combine(folder, "MlpGradient.txt")), actual = GraphText.Print(outputs);
        if (actual != approved) File.WriteAllText(Path.Combine(folder, "MlpGradient.actual.txt"), actual);
        Assert.That(actual, Is.EqualTo(approved), $"If the change is meant, put {folder}/MlpGradient.actual.txt in the place of MlpGradient.txt.");
    }

    [Test]
    public void The_text_does_not_depend_on_what_else_is_in_the_graph()
    {
        string Print(bool more)
        {
            var graph = new Graph();
            Tensor x = graph.Input("x", [2]);
            if (more) _ = Op.Sum(Op.Exp(graph.Input("y", [5])) * 3);
            return GraphText.Print([new("z", Op.Sum(Op.Tanh(x) * 2))]);
        }

        Assert.That(Print(more: true), Is.EqualTo(Print(more: false)));
        Assert.That(Print(more: false), Does.Contain("Tanh(x)").And.Contain("-> z = "));
    }

    [Test]
    public void Verification_passes_what_the_graph_built_and_names_what_does_not_fit_its_rule()
    {
        Tensor x = Input("x", 2, 3);
        Tensor y = Op.Sum(Op.Softmax(x) * x);
        Assert.That(() => GraphText.Verify(Gradients.Of(y, [x])), Throws.Nothing);
        var wrong = new Tensor(_graph, 999, Elementwise.Tanh, [x], Attributes.None, ElementType.Float32, [3, 2]);
        Assert.That(() => GraphText.Verify([wrong]), Throws.InvalidOperationException.With.Message.Contains("Tanh").And.Message.Contains("[3, 2]").And.Message.Contains("[2, 3]"));
        var early = new Tensor(_graph, -1, Elementwise.Tanh, [x], Attributes.None, ElementType.Float32, [2, 3]);
        Assert.That(() => GraphText.Verify([early]), Throws.InvalidOperationException.With.Message.Contains("before"));
    }

    [Test]
    public void Order_has_what_is_needed_and_no_more_each_after_its_inputs()
    {
        Tensor x = Input("x", 2), unused = Op.Exp(Input("other", 2));
        Tensor y = Op.Tanh(x) + Op.Sin(x);
        IReadOnlyList<Tensor> order = Graph.Order([y]);
        Assert.That(order, Has.Count.EqualTo(4).And.Not.Contain(unused));
        for (int i = 0; i < order.Count; i++) Assert.That(order[i].Inputs, Is.SubsetOf(order.Take(i)));
    }

    [Test]
    public void Symbolic_lengths_have_no_number_until_they_are_resolved()
    {
        Shape shape = [new Dimension(4, "batch"), 3];
        Assert.That(() => shape.ElementCount, Throws.InvalidOperationException.With.Message.Contains("4*batch"));
        Assert.That(shape.Resolve(_ => 5), Is.EqualTo(new long[] { 20, 3 }));
        Assert.That(shape.ToString(), Is.EqualTo("[4*batch, 3]"));
        Assert.That(Shape.Broadcast([Dimension.Batch, 1], [3]), Is.EqualTo(Shape.Of([1, 3]).With(0, Dimension.Batch)));
        Assert.That(() => Shape.Broadcast([Dimension.Batch], [3]), Throws.ArgumentException.With.Message.Contains("batch"));
    }

    private static string[] Applications(Tensor tensor) =>
        [.. Graph.Order([tensor]).Where(t => t.Operator != Sources.Input && t.Operator != Sources.Constant).Select(t => t.Operator.Name)];
}
