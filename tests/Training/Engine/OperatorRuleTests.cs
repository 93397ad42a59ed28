using System;
using System.Collections.Generic;
using NUnit.Framework;
using Pipeline.Training.Engine.Autodiff;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Tests.Training.Engine;

/// <summary>What operators refuse, and their stated derivatives where differences cannot tell: at kinks and ties.</summary>
[TestFixture]
public sealed class OperatorRuleTests
{
    private static readonly Graph _graph = new();
    private static readonly Tensor _a = _graph.Input("a", [2, 3]);
    private static readonly Tensor _b = _graph.Input("b", [4]);
    private static readonly Tensor _batch = _graph.Input("batch_rows", [Dimension.Batch, 3]);
    private static readonly Tensor _whole = _graph.Input("whole", [2], ElementType.Int64);
    private static readonly Tensor _flags = Op.Greater(_a, _graph.Constant(0));
    private static readonly Tensor _image = _graph.Input("image", [1, 2, 4, 4]);

    private static IEnumerable<TestCaseData> Refusals()
    {
        TestCaseData Case(string name, Func<Tensor> build, params string[] named) => new TestCaseData(build, named).SetArgDisplayNames(name);
        yield return Case("addition of lengths that differ", () => Op.Add(_a, _b), "[2, 3]", "[4]");
        yield return Case("addition of types that differ", () => Op.Add(_a, _whole), "Float32 [2, 3]", "Int64 [2]");
        yield return Case("addition of booleans", () => Op.Add(_flags, _flags), "Boolean [2, 3]");
        yield return Case("division of a batch and a number of rows", () => Op.Divide(_batch, _a), "[batch, 3]", "[2, 3]");
        yield return Case("tanh of whole numbers", () => Op.Tanh(_whole), "Int64 [2]", "Cast");
        yield return Case("power of whole numbers", () => Op.Power(_whole, 3), "Int64 [2]");
        yield return Case("clip of booleans", () => Op.Clip(_flags, 0, 1), "Boolean [2, 3]");
        yield return Case("clip between rows", () => Op.Clip(_a, _b, _b), "[2, 3]", "[4]", "scalar");
        yield return Case("log-softmax of choices of another shape", () => Op.ChosenLogSoftmax(_a, _graph.Input("choice", [2, 4])), "[2, 3]", "[2, 4]");
        yield return Case("comparison of booleans", () => Op.Less(_flags, _flags), "Boolean [2, 3]");
        yield return Case("comparison of types that differ", () => Op.Equal(_a, _whole), "Float32 [2, 3]", "Int64 [2]");
        yield return Case("logic on numbers", () => Op.And(_flags, _a), "Float32 [2, 3]");
        yield return Case("selection by numbers", () => Op.Where(_a, _a, _a), "Float32 [2, 3]");
        yield return Case("selection of types that differ", () => Op.Where(_flags, _a, _whole), "Float32 [2, 3]", "Int64 [2]");
        yield return Case("sum of whole numbers", () => Op.Sum(_whole), "Int64 [2]");
        yield return Case("sum over an axis that is not there", () => Op.Sum(_a, [2]), "[2, 3]", "-2 to 1");
        yield return Case("largest of booleans", () => Op.ArgMax(_flags), "Boolean [2, 3]");
        yield return Case("running sum along an axis that is not there", () => Op.CumSum(_a, -3), "[2, 3]", "-2 to 1");
        yield return Case("fourth largest of three", () => Op.KthLargest(_a, 4), "[2, 3]", "k = 4");
        yield return Case("softmax of whole numbers", () => Op.Softmax(_whole), "Int64 [2]");
        yield return Case("product of inner lengths that differ", () => Op.MatMul(_a, _a), "[2, 3]", "3 and 2");
        yield return Case("product of a vector", () => Op.MatMul(_a, _graph.Input("v", [3])), "[2, 3]", "[3]");
        yield return Case("product of leading lengths that differ", () => Op.MatMul(_graph.Input("p", [2, 2, 2]), _graph.Input("q", [3, 2, 2])), "[2]", "[3]");
        yield return Case("reshape to another number of elements", () => Op.Reshape(_a, [4, 2]), "[2, 3]", "[4, 2]");
        yield return Case("reshape of a batch to a number of rows", () => Op.Reshape(_batch, [6]), "[batch, 3]", "[6]");
        yield return Case("transpose that names an axis twice", () => Op.Transpose(_a, [0, 0]), "[2, 3]", "[0, 0]");
        yield return Case("concatenation of widths that differ", () => Op.Concat([_a, _graph.Input("c", [2, 4])], 0), "[2, 3]", "[2, 4]");
        yield return Case("concatenation of types that differ", () => Op.Concat([_b, _whole], 0), "Float32 [4]", "Int64 [2]");
        yield return Case("slice beyond the end", () => Op.Slice(_a, 1, 1, 4), "[2, 3]", "4");
        yield return Case("slice of a batch", () => Op.Slice(_batch, 0, 0, 2), "[batch, 3]");
        yield return Case("negative padding", () => Op.Pad(_a, 0, -1, 0), "[2, 3]", "-1");
        yield return Case("padding of whole numbers", () => Op.Pad(_whole, 0, 1, 1), "Int64 [2]");
        yield return Case("expansion to another length", () => Op.Expand(_a, [4, 3]), "[2, 3]", "[4, 3]");
        yield return Case("expansion to a shorter shape", () => Op.ExpandLike(_a, _graph.Input("row", [3])), "[2, 3]", "[3]");
        yield return Case("gather at floats", () => Op.Gather(_a, _b), "Float32 [4]");
        yield return Case("gather of elements with other lengths", () => Op.GatherElements(_a, _graph.Input("i", [3, 1], ElementType.Int64)), "[2, 3]", "[3, 1]");
        yield return Case("scatter of lengths that differ", () => Op.ScatterAdd(_a, _graph.Input("j", [3], ElementType.Int64), 0, 5), "[2, 3]", "[3]");
        yield return Case("scatter of elements of a shape that differs", () => Op.ScatterAddElements(_a, _graph.Input("k", [2, 2], ElementType.Int64), 1, 5), "[2, 3]", "[2, 2]");
        yield return Case("one-hot of floats", () => Op.OneHot(_b, 3), "Float32 [4]");
        yield return Case("one-hot of a scalar", () => Op.OneHot(_graph.Input("scalar", [], ElementType.Int64), 3), "Int64 []");
        yield return Case("convolution of channels that differ", () => Op.Conv(_image, _graph.Input("w", [1, 3, 2, 2])), "[1, 2, 4, 4]", "[1, 3, 2, 2]");
        yield return Case("convolution with too large a kernel", () => Op.Conv(_image, _graph.Input("large", [1, 2, 5, 5])), "5", "4");
        yield return Case("convolution with too large a kernel and a stride", () => Op.Conv(_image, _graph.Input("larger", [1, 2, 5, 5]), stride: 2), "5", "4");
        yield return Case("pooling of a table", () => Op.MaxPool(_a, 2), "[2, 3]");
        yield return Case("pooling with too large a window", () => Op.MaxPool(_image, 5), "[1, 2, 4, 4]", "5");
        yield return Case("pooling of whole numbers", () => Op.MaxPool(_graph.Input("counts", [1, 1, 4, 4], ElementType.Int64), 2), "Int64 [1, 1, 4, 4]");
        yield return Case("inputs of two graphs", () => Op.Add(_a, new Graph().Input("other", [2, 3])), "other", "another graph");
        yield return Case("differentiation of a table", () => Gradients.Of(_a, [_a])[0], "Float32 [2, 3]", "Sum or average");
        yield return Case("differentiation of a whole number", () => Gradients.Of(_graph.Constant([1L], Shape.Scalar), [_a])[0], "Int64 []");
        yield return Case("as many vectors as tensors", () => Gradients.HessianVectorProduct(Op.Sum(_a), [_a], [])[0], "1", "0");
        yield return Case("constants of another count", () => _graph.Constant([1f, 2f], [3]), "[3]", "2 values");
        yield return Case("an input of another shape under a known name", () => _graph.Input("a", [3, 2]), "'a'", "[2, 3]", "[3, 2]");
    }

    [TestCaseSource(nameof(Refusals))]
    public void What_does_not_fit_is_refused_with_what_was_given(Func<Tensor> build, string[] named)
    {
        Exception error = Assert.Catch<ArgumentException>(() => build())!;
        foreach (string part in named) Assert.That(error.Message, Does.Contain(part));
    }

    // Where a function has a kink, the derivative is the one that PyTorch takes.
    private static IEnumerable<TestCaseData> Kinks()
    {
        TestCaseData Case(string name, Func<Tensor, Tensor> build, double at, double derivative) => new TestCaseData(build, at, derivative).SetArgDisplayNames(name);
        yield return Case("Relu at 0", Op.Relu, 0, 0);
        yield return Case("Abs at 0", Op.Abs, 0, 0);
        yield return Case("Elu at 0", Op.Elu, 0, 1);
        yield return Case("Gelu at 0", Op.Gelu, 0, 0.5);
        yield return Case("Silu at 0", Op.Silu, 0, 0.5);
        yield return Case("Clip at its lower bound", x => Op.Clip(x, -1, 1), -1, 1);
        yield return Case("Clip at its upper bound", x => Op.Clip(x, -1, 1), 1, 1);
        yield return Case("Clip outside", x => Op.Clip(x, -1, 1), 1.5, 0);
        yield return Case("Minimum of equals", x => Op.Minimum(x, Op.StopGradient(x)), 0.5, 1);
        yield return Case("Minimum of equals the other way round", x => Op.Minimum(Op.StopGradient(x), x), 0.5, 0);
        yield return Case("Maximum of equals", x => Op.Maximum(x, Op.StopGradient(x)), 0.5, 1);
        yield return Case("Maximum of equals the other way round", x => Op.Maximum(Op.StopGradient(x), x), 0.5, 0);
        yield return Case("Softplus far to the right", Op.Softplus, 100, 1);
        yield return Case("LogCosh far to the right", Op.LogCosh, 200, 1);
        yield return Case("LogCosh far to the left", Op.LogCosh, -200, -1);
        yield return Case("Sigmoid far to the left", Op.Sigmoid, -100, 0);
    }

    [TestCaseSource(nameof(Kinks))]
    public void The_derivative_at_a_kink_is_the_stated_one(Func<Tensor, Tensor> build, double at, double derivative)
    {
        var graph = new Graph();
        Tensor x = graph.Input("x", Shape.Scalar);
        NdArray gradient = Evaluation.Run(Gradients.Of(build(x), [x])[0], new Feed(x, (float)at));
        Assert.That(gradient.Values[0], Is.EqualTo(derivative).Within(1e-6));
    }

    [Test]
    public void Equal_extremes_of_a_reduction_share_the_derivative()
    {
        var graph = new Graph();
        Tensor x = graph.Input("x", [2, 3]);
        var feed = new Feed(x, 4, 7, 7, -1, -1, -1);
        Assert.That(Evaluation.Run(Gradients.Of(Op.Sum(Op.Max(x, [1])), [x])[0], feed).Values, Is.EqualTo(new[] { 0, 0.5, 0.5, 1 / 3.0, 1 / 3.0, 1 / 3.0 }).Within(1e-6));
        Assert.That(Evaluation.Run(Gradients.Of(Op.Min(x), [x])[0], feed).Values, Is.EqualTo(new[] { 0, 0, 0, 1 / 3.0, 1 / 3.0, 1 / 3.0 }).Within(1e-6));
    }

    [Test]
    public void The_first_of_equal_elements_of_a_pooling_window_has_the_derivative()
    {
        var graph = new Graph();
        Tensor x = graph.Input("x", [1, 1, 2, 2]);
        Assert.That(Evaluation.Run(Gradients.Of(Op.Sum(Op.MaxPool(x, 2)), [x])[0], new Feed(x, 1, 3, 3, 3)).Values, Is.EqualTo(new[] { 0.0, 1, 0, 0 }));
    }

    [Test]
    public void Log_sum_exp_and_log_softmax_do_not_overflow()
    {
        var graph = new Graph();
        Tensor x = graph.Input("x", [2]);
        NdArray[] results = Evaluation.Run([Op.LogSumExp(x), Op.LogSoftmax(x), Op.Softplus(x), .. Gradients.Of(Op.LogSumExp(x), [x])], new Feed(x, 1000, 1000));
        Assert.That(results[0].Values[0], Is.EqualTo(1000 + Math.Log(2)).Within(1e-4));
        Assert.That(results[1].Values, Is.All.EqualTo(-Math.Log(2)).Within(1e-6));
        Assert.That(results[2].Values, Is.All.EqualTo(1000).Within(1e-4));
        // The neighbours of 1000 are 6e-5 away, and eˣ⁻ʸ is off by as much.
        Assert.That(results[3].Values, Is.All.EqualTo(0.5).Within(5e-5));
    }

    [Test]
    public void A_selection_between_zeros_keeps_the_broadcast_shape()
    {
        var graph = new Graph();
        Tensor condition = Op.Greater(graph.Input("x", [3]), graph.Constant(0));
        Assert.That(Op.Where(condition, graph.Constant(0), graph.Constant(0)).Shape, Is.EqualTo(Shape.Of([3])));
    }

    [Test]
    public void A_conversion_there_and_back_that_loses_something_is_kept()
    {
        var graph = new Graph();
        Tensor whole = graph.Input("whole", [3], ElementType.Int64);
        Tensor floats = graph.Input("floats", [2]);
        NdArray value = new([3], [-4, 0, 5]);
        Assert.That(Evaluation.Run(Op.Cast(Op.Cast(whole, ElementType.Boolean), ElementType.Int64), new Feed(whole, value)).Values, Is.EqualTo(new[] { 1.0, 0, 1 }));
        Assert.That(Evaluation.Run(Op.Cast(Op.Cast(floats, ElementType.Int64), ElementType.Float32), new Feed(floats, 1.75f, -0.5f)).Values, Is.EqualTo(new[] { 1.0, 0 }));
        Assert.That(Op.Cast(Op.Cast(whole, ElementType.Float32), ElementType.Int64), Is.SameAs(whole));
    }
}
