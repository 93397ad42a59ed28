using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Training.Engine.Autodiff;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Onnx;
using Pipeline.Training.Engine.Onnx.Messages;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Tests.Training.Engine;

[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class OnnxWriterTests
{
    private readonly Graph _graph = new();

    private Tensor Input(string name, params long[] shape) => _graph.Input(name, Shape.Of(shape));

    private static KeyValuePair<string, Tensor> Named(string name, Tensor tensor) => new(name, tensor);

    private static Model Write(ModelDefinition definition) => Model.Parser.ParseFrom(OnnxWriter.Write(definition));

    private static string[] Nodes(Model model) => [.. model.Graph.Node.Select(n => n.OpType)];

    [Test]
    public void A_bias_is_written_into_the_only_product_that_it_follows()
    {
        Tensor x = Input("x", 2, 3), w = Input("w", 3, 2), b = Input("b", 2);
        Model model = Write(new("m", [x, w, b], [Named("y", Op.Tanh(Op.MatMul(x, w) + b))]));
        Assert.That(Nodes(model), Is.EqualTo(new[] { "Gemm", "Tanh" }));
    }

    [Test]
    public void A_product_that_is_used_twice_or_is_an_output_keeps_its_own_value()
    {
        Tensor x = Input("x", 2, 3), w = Input("w", 3, 2), b = Input("b", 2);
        Tensor product = Op.MatMul(x, w);
        Feed[] feeds = [new(x, 1, 2, 3, 4, 5, 6), new(w, 1, 0, 0, 1, 1, 1), new(b, 10, 20)];
        double[] plain = [4, 5, 10, 11], biased = [14, 25, 20, 31];

        NdArray[] both = Evaluation.Run([product, product + b], feeds);
        Assert.That(both[0].Values, Is.EqualTo(plain));
        Assert.That(both[1].Values, Is.EqualTo(biased));
        Assert.That(Evaluation.Run((product + b) * product, feeds).Values, Is.EqualTo(plain.Zip(biased, (p, q) => p * q)));
        Assert.That(Evaluation.Run(product + product, feeds).Values, Is.EqualTo(plain.Select(p => 2 * p)));
        Assert.That(Evaluation.Run((product + b) + (product + Op.Reshape(b, [2, 1])), feeds).Values, Is.EqualTo(new[] { 28.0, 40, 50, 62 }));
    }

    [Test]
    public void A_bias_that_comes_after_the_product_or_is_one_itself_is_added_rightly()
    {
        Tensor x = Input("x", 2, 2), w = Input("w", 2, 2), v = Input("v", 2, 2);
        Tensor first = Op.MatMul(x, w), later = Op.Exp(Op.MatMul(x, v) * 0);
        Feed[] feeds = [new(x, 1, 2, 3, 4), new(w, 1, 1, 0, 1), new(v, 2, 0, 0, 2)];
        Assert.That(Evaluation.Run(first + later, feeds).Values, Is.EqualTo(new[] { 2.0, 4, 4, 8 }));
        Assert.That(Evaluation.Run(first + Op.MatMul(x, v), feeds).Values, Is.EqualTo(new[] { 3.0, 7, 9, 15 }));
        Tensor wide = Input("wide", 3, 1, 2);
        Assert.That(Evaluation.Run(first + wide, [.. feeds, new(wide, 0, 0, 1, 1, 2, 2)]).Shape, Is.EqualTo(new long[] { 3, 2, 2 }));
    }

    [Test]
    public void One_tensor_can_be_two_outputs()
    {
        Tensor x = Input("x", 2);
        Tensor y = Op.Exp(x) * 2;
        NdArray[] results = Evaluation.Run([y, y, Op.StopGradient(y), Op.Tanh(y)], new Feed(x, 0, 0));
        Assert.That(results.Take(3).Select(r => r.Values), Is.All.EqualTo(new[] { 2.0, 2 }));
        Assert.That(results[3].Values, Is.All.EqualTo(System.Math.Tanh(2)).Within(1e-6));
    }

    [Test]
    public void An_input_and_a_constant_can_be_outputs()
    {
        Tensor x = Input("x", 2);
        NdArray[] results = Evaluation.Run([x, x, _graph.Constant([7f, 8f], [2]), Op.StopGradient(x)], new Feed(x, 3, 4));
        Assert.That(results.Select(r => r.Values), Is.EqualTo(new[] { new[] { 3.0, 4 }, [3, 4], [7, 8], [3, 4] }));
    }

    [Test]
    public void Names_of_inputs_and_outputs_are_kept_whatever_they_are()
    {
        // What the writer makes up for tensors, constants and nodes in between must not meet them.
        Tensor[] inputs = [.. new[] { "x0", "x1", "x2", "t0", "t9", "c0", "c1" }.Select(n => _graph.Input(n, [Dimension.Batch, 2]))];
        Tensor sum = inputs.Aggregate((a, b) => a + (b * Op.Length(b, 0)));
        Tensor y = Op.Exp(sum * 0.5);
        Model model = Write(new("m", inputs, [Named("t10", y), Named("x3", sum), Named("c2", Op.Clip(y, 0, 1))]));
        Assert.That(model.Graph.Input.Select(i => i.Name), Is.EqualTo(inputs.Select(i => i.Name)));
        Assert.That(model.Graph.Output.Select(o => o.Name), Is.EqualTo(new[] { "t10", "x3", "c2" }));
        string[] made = [.. model.Graph.Node.SelectMany(n => n.Output), .. model.Graph.Initializer.Select(i => i.Name), .. model.Graph.Input.Select(i => i.Name)];
        Assert.That(made, Is.Unique);
    }

    [Test]
    public void An_output_cannot_have_the_name_of_an_input_or_of_another_output()
    {
        Tensor x = Input("x", 2);
        Assert.That(() => OnnxWriter.Write(new("m", [x], [Named("x", Op.Exp(x))])), Throws.ArgumentException.With.Message.Contains("'x'"));
        Assert.That(() => OnnxWriter.Write(new("m", [x], [Named("y", Op.Exp(x)), Named("y", Op.Tanh(x))])), Throws.ArgumentException.With.Message.Contains("'y'"));
    }

    [Test]
    public void An_input_that_is_needed_and_not_declared_is_named()
    {
        Tensor x = Input("x", 2), w = Input("weights", 2, 3);
        Assert.That(
            () => OnnxWriter.Write(new("policy", [x], [Named("y", x * Op.Sum(w))])),
            Throws.ArgumentException.With.Message.Contains("'policy'").And.Message.Contains("'weights' [2, 3]"));
        Assert.That(() => OnnxWriter.Write(new("policy", [x], [Named("y", x)]) { Opset = 8 }), Throws.ArgumentException.With.Message.Contains("8").And.Message.Contains("9 to 17"));
    }

    [Test]
    public void What_an_operator_set_does_not_have_is_refused()
    {
        Tensor x = Input("x", 2, 3), indices = _graph.Input("indices", [2], ElementType.Int64);
        Tensor sums = Op.ScatterAdd(x, indices, 0, 4);
        Assert.That(
            () => OnnxWriter.Write(new("policy", [x, indices], [Named("y", sums)]) { Opset = 15 }),
            Throws.ArgumentException.With.Message.Contains("'policy'").And.Message.Contains("ScatterND").And.Message.Contains("16"));
        Assert.That(OnnxWriter.Write(new("policy", [x, indices], [Named("y", sums)]) { Opset = 16 }), Is.Not.Empty);
    }

    [Test]
    public void Values_of_inputs_become_constants_of_the_file()
    {
        Tensor x = Input("x", 2), w = Input("w", 2);
        Model model = Write(new("m", [x], [Named("y", x * w)]) { Values = new Dictionary<Tensor, float[]> { [w] = [1.5f, -2] }, Metadata = [new("key", "value")], Opset = 15 });
        Assert.That(model.Graph.Input.Select(i => i.Name), Is.EqualTo(new[] { "x" }));
        TensorData data = model.Graph.Initializer.Single(i => i.Name == "w");
        Assert.That(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(data.RawData.Span).ToArray(), Is.EqualTo(new[] { 1.5f, -2 }));
        Assert.That(model.MetadataProps.Single().Value, Is.EqualTo("value"));
        Assert.That(model.OpsetImport.Select(o => (o.Domain, o.Version)), Is.EqualTo(new[] { (string.Empty, 15L) }));
    }

    [Test]
    public void Only_a_model_that_may_use_them_has_operators_of_onnx_runtime()
    {
        Tensor a = Input("a", 2, 3, 2), b = Input("b", 2, 3, 2);
        Tensor product = Op.MatMul(a, b, transposeA: true);
        Model own = Write(new("m", [a, b], [Named("y", product)]) { AllowContributed = true });
        Model portable = Write(new("m", [a, b], [Named("y", product)]));
        Assert.That(own.Graph.Node.Select(n => n.Domain), Does.Contain("com.microsoft"));
        Assert.That(portable.Graph.Node.Select(n => n.Domain), Is.All.Empty);
        Assert.That(portable.OpsetImport.Select(o => o.Domain), Is.All.Empty);
    }

    [Test]
    public void The_same_graph_is_written_as_the_same_bytes()
    {
        static byte[] Make()
        {
            var graph = new Graph();
            Tensor x = graph.Input("x", [Dimension.Batch, 3]), w = graph.Input("w", [3, 2]);
            return OnnxWriter.Write(new("m", [x, w], [Named("g", Gradients.Of(Op.Mean(Op.Square(Op.MatMul(x, w))), [w])[0])]));
        }

        byte[] first = Make(), second = Make();
        Assert.That(second, Is.EqualTo(first));
    }
}
