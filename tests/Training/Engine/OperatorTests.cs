using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Training.Engine.Autodiff;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Tests.Training.Engine;

/// <summary>
/// Every operator row against plain loops in double precision: values, gradients, and gradients of gradients. The differences are taken of
/// the loops, so that they have no float32 noise; what remains is the rounding of the graph itself.
/// </summary>
[TestFixture]
public sealed class OperatorTests
{
    // A value is a few float32 operations away from its reference (2⁻²⁴ ≈ 6e-8 each); a gradient some ten, a second gradient some fifty.
    private const double ForwardTolerance = 2e-6;
    private const double GradientTolerance = 5e-6;
    private const double SecondTolerance = 2e-5;

    private static readonly OperatorCase[] _cases = [.. ElementwiseCases.All, .. ReductionCases.All, .. ShapingCases.All, .. ImageCases.All, .. CompositeCases.All];

    private static IEnumerable<TestCaseData> Cases => _cases.Select(c => new TestCaseData(c).SetArgDisplayNames(c.Label(string.Empty)));

    private static IEnumerable<TestCaseData> PassingCases => _cases.Where(Passes).Select(c => new TestCaseData(c).SetArgDisplayNames(c.Label(string.Empty)));

    private static IEnumerable<TestCaseData> StoppingCases =>
        _cases.Where(c => c.Row is { Gradient: null } && c.Row != Sources.Input && c.Row != Sources.Constant && FloatInputs(c).Length > 0)
            .Select(c => new TestCaseData(c).SetArgDisplayNames(c.Label(string.Empty)));

    [Test]
    public void Every_row_of_the_operator_table_has_a_case_and_every_differentiable_row_a_gradient_check()
    {
        HashSet<Operator> covered = [.. _cases.Select(c => c.Row).OfType<Operator>()];
        HashSet<Operator> differentiated = [.. _cases.Where(Passes).Where(c => FloatInputs(c).Any(i => NdArray.Size(c.Inputs[i].Actual) > 0)).Select(c => c.Row).OfType<Operator>()];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Operator.All.Except(covered).Select(o => o.Name), Is.Empty, "rows without a case");
            Assert.That(Operator.All.Where(o => o.Gradient is not null).Except(differentiated).Select(o => o.Name), Is.Empty, "differentiable rows without a gradient check");
            Assert.That(Operator.All.Select(o => o.Name), Is.Unique);
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void A_value_is_that_of_a_plain_loop(object row)
    {
        var c = (OperatorCase)row;
        (Tensor[] inputs, NdArray[] values) = Declare(c);
        Tensor y = c.Build(inputs);
        if (c.Row is not null) Assert.That(Graph.Order([y]).Select(t => t.Operator), Does.Contain(c.Row), "the row that the case is for");
        NdArray actual = Evaluation.Run(y, Feeds(inputs, values));
        Evaluation.AssertClose(actual, c.Reference(values), ForwardTolerance, c.Name);
    }

    // The scalar that is differentiated is Σ weight · y, written in three ways, which reach the row's gradient rule as a gradient of the
    // full shape, as one that is the same along the first axis, and as a scalar.
    [TestCaseSource(nameof(PassingCases))]
    public void First_and_second_gradients_are_those_of_differences(object row)
    {
        var c = (OperatorCase)row;
        (Tensor[] inputs, NdArray[] values) = Declare(c);
        int[] floats = FloatInputs(c);
        Tensor[] xs = [.. floats.Select(i => inputs[i])];
        Tensor[] directions = [.. xs.Select((x, i) => x.Graph.Input($"direction_{i}", x.Shape))];
        NdArray[] directionValues = [.. floats.Select((f, i) => Random(values[f].Shape, 50 + i))];
        Tensor y = c.Build(inputs);
        NdArray expected = c.Reference(values);
        (Tensor Scalar, Tensor Weight, NdArray WeightValue)[] forms = [.. Forms(y, expected.Shape)];

        Tensor[][] first = [.. forms.Select(f => Gradients.Of(f.Scalar, xs))];
        Tensor[][] second = [.. first.Select(g => Gradients.Of(g.Zip(directions, (a, d) => Op.Sum(a * d)).Aggregate((a, b) => a + b), xs))];
        Feed[] feeds = [.. Feeds(inputs, values), .. directions.Zip(directionValues, (d, v) => new Feed(d, v)), .. forms.Where(f => f.Weight.Name is not null).Select(f => new Feed(f.Weight, f.WeightValue))];
        Tensor[] outputs = [.. first.SelectMany(g => g), .. second.SelectMany(g => g)];
        GraphText.Verify(outputs);
        NdArray[] actual = Evaluation.Run(outputs, feeds);

        var differences = new Differences(c.Reference, values, [.. forms.Select(f => NdArray.Make(expected.Shape, f.WeightValue.At))]);
        for (int i = 0; i < xs.Length; i++)
        {
            NdArray[] single = differences.First(floats[i]), mixed = differences.Second(floats[i], floats, directionValues);
            for (int f = 0; f < forms.Length; f++)
            {
                int at = (f * xs.Length) + i;
                Evaluation.AssertClose(actual[at], single[f], GradientTolerance, $"form {f}, gradient of input {floats[i]}");
                Evaluation.AssertClose(actual[(forms.Length * xs.Length) + at], mixed[f], SecondTolerance, $"form {f}, second gradient of input {floats[i]}");
            }
        }
    }

    [TestCaseSource(nameof(StoppingCases))]
    public void A_row_without_a_gradient_rule_passes_none(object row)
    {
        var c = (OperatorCase)row;
        (Tensor[] inputs, NdArray[] values) = Declare(c);
        Tensor[] xs = [.. FloatInputs(c).Select(i => inputs[i])];
        Tensor loss = Op.Sum(Op.Cast(c.Build(inputs), ElementType.Float32)) + xs.Select(x => 3 * Op.Sum(x)).Aggregate((a, b) => a + b);
        NdArray[] gradients = Evaluation.Run(Gradients.Of(loss, xs), Feeds(inputs, values));
        foreach (NdArray gradient in gradients) Assert.That(gradient.Values, Is.All.EqualTo(3));
    }

    private static IEnumerable<(Tensor Scalar, Tensor Weight, NdArray WeightValue)> Forms(Tensor y, long[] shape)
    {
        Tensor full = y.Graph.Input("weight", y.Shape);
        yield return (Op.Sum(y * full), full, Random(shape, 40));
        if (shape.Length > 0)
        {
            Tensor row = y.Graph.Input("row_weight", y.Shape.With(0, 1));
            yield return (Op.Sum(Op.Sum(y, [0], keepDimensions: true) * row), row, Random(NdArray.Replace(shape, 0, 1), 41));
        }

        yield return (Op.Sum(y), y.Graph.Constant(1), NdArray.Scalar(1));
    }

    private static bool Passes(OperatorCase c) => c.Row is null || (c.Row.Gradient is not null && FloatInputs(c).Length > 0 && !c.Name.EndsWith("whole numbers", StringComparison.Ordinal));

    private static int[] FloatInputs(OperatorCase c) => [.. Enumerable.Range(0, c.Inputs.Length).Where(i => c.Inputs[i].ElementType == ElementType.Float32)];

    private static (Tensor[] Inputs, NdArray[] Values) Declare(OperatorCase c)
    {
        var graph = new Graph();
        return ([.. c.Inputs.Select((input, i) => graph.Input($"input_{i}", input.Declared, input.ElementType))], [.. c.Inputs.Select((input, i) => new NdArray(input.Actual, input.Values(i)))]);
    }

    private static Feed[] Feeds(Tensor[] inputs, NdArray[] values) => [.. inputs.Zip(values, (t, v) => new Feed(t, v))];

    private static NdArray Random(long[] shape, int stream)
    {
        var random = new RandomGenerator(9, (ulong)stream);
        return NdArray.Make(shape, _ => (float)random.NextDouble(-1, 1));
    }
}
