using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Tests.Training.Engine;
using Pipeline.Training.Engine.Autodiff;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;
using Pipeline.Training.Objectives;

namespace Pipeline.Tests.Parity;

/// <summary>Gradients of networks, first and second, against PyTorch (Oracles/gradients.py, images.py).</summary>
[TestFixture]
public sealed class GradientParityTests
{
    [Test]
    public void A_hessian_vector_product_agrees()
    {
        var data = new OracleData("hessian_vector_product");
        var graph = new Graph();
        (ParameterSet set, Mlp network) = Network(5, 1);
        var scope = new ParameterScope(graph);
        Tensor x = data.Input(graph, "x"), target = data.Input(graph, "target");
        Tensor loss = ValueLosses.SquaredError(network.Apply(scope, x), target);
        Tensor[] inputs = [.. set.All.Select(p => scope[p])], vectors = [.. set.All.Select(p => data.Input(graph, $"vector.{p.Name}"))];
        Tensor[] outputs = [.. Gradients.Of(loss, inputs), .. Gradients.HessianVectorProduct(loss, inputs, vectors)];
        NdArray[] results = Evaluation.Run(outputs, data.Feeds([x, target, .. inputs, .. vectors]));
        AssertAll(data, results, [.. set.All.Select(p => $"gradient.{p.Name}"), .. set.All.Select(p => $"product.{p.Name}")]);
    }

    [Test]
    public void A_gradient_through_an_inner_step_agrees()
    {
        var data = new OracleData("inner_step");
        var graph = new Graph();
        (ParameterSet set, Mlp network) = Network(3, 2);
        ParameterScope scope = new(graph), adapted = new(graph);
        Tensor[] batch = [.. new[] { "x", "target", "query_x", "query_target" }.Select(n => data.Input(graph, n))];
        Tensor inner = ValueLosses.SquaredError(network.Apply(scope, batch[0]), batch[1]);
        Tensor[] inputs = [.. set.All.Select(p => scope[p])], first = Gradients.Of(inner, inputs);
        foreach ((Parameter p, Tensor g) in set.All.Zip(first)) adapted[p] = scope[p] - (g * 0.1);
        Tensor outer = ValueLosses.SquaredError(network.Apply(adapted, batch[2]), batch[3]);
        NdArray[] results = Evaluation.Run([outer, .. Gradients.Of(outer, inputs)], data.Feeds([.. batch, .. inputs]));
        AssertAll(data, results, ["outer", .. set.All.Select(p => $"gradient.{p.Name}")]);
    }

    [Test]
    public void Convolutions_pooling_and_layer_normalisation_agree()
    {
        var data = new OracleData("images");
        var graph = new Graph();
        Tensor[] xs = [.. new[] { "x", "first", "first_bias", "second", "scale", "shift" }.Select(n => data.Input(graph, n))];
        Tensor weight = data.Input(graph, "weight");
        Tensor a = Op.Tanh(Op.Conv(xs[0], xs[1], stride: 2, padding: 1) + Op.Reshape(xs[2], [4, 1, 1]));
        Tensor b = Op.Conv(a, xs[3]);
        Tensor wide = Op.Conv(b, Op.Expand(Op.Slice(xs[3], 1, 0, 1), [5, 5, 2, 2]), stride: 3, padding: 1);
        Tensor[] parts = [Op.MaxPool(b, 2), Op.MaxPool(b, 3, stride: 2, padding: 1), Op.MeanPool(b, 2), wide];
        Tensor[] flat = [.. parts.Select(p => Op.Reshape(p, [2, p.Shape[1].Value * p.Shape[2].Value * p.Shape[3].Value]))];
        Tensor y = Op.LayerNormalize(Op.Concat([.. flat[..3], Op.Slice(flat[3], 1, 0, 5)], 1), xs[4], xs[5]);
        NdArray[] results = Evaluation.Run([y, .. Gradients.Of(Op.Sum(y * weight), xs)], data.Feeds([.. xs, weight]));
        AssertAll(data, results, ["y", .. xs.Select(x => $"gradient.{x.Name}")]);
    }

    private static (ParameterSet Set, Mlp Network) Network(int inputs, int outputs)
    {
        var set = new ParameterSet();
        return (set, new Mlp(set, "net", inputs, [8, 8], outputs, Activation.Tanh, outputGain: 1));
    }

    private static void AssertAll(OracleData data, NdArray[] results, IReadOnlyList<string> names)
    {
        Assert.That(results, Has.Length.EqualTo(names.Count));
        foreach ((NdArray result, string name) in results.Zip(names)) data.AssertAgrees(result, name);
        data.Report();
    }
}
