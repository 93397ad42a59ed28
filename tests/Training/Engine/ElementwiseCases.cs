using System;
using System.Collections.Generic;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using static Pipeline.Tests.Training.Engine.CaseInput;

namespace Pipeline.Tests.Training.Engine;

/// <summary>Cases for sources, element-wise operators, comparisons and selection.</summary>
internal static class ElementwiseCases
{
    public static IEnumerable<OperatorCase> All => [.. SourceCases(), .. Unary(), .. Binary(), .. Comparisons(), .. Selections()];

    /// <summary>The error function by its Taylor series, which converges everywhere.</summary>
    public static double Erf(double x)
    {
        double term = x, sum = x;
        for (int n = 1; n < 200; n++)
        {
            term *= -x * x / n;
            sum += term / ((2 * n) + 1);
        }

        return 2 / Math.Sqrt(Math.PI) * sum;
    }

    private static IEnumerable<OperatorCase> SourceCases() =>
    [
        new(Sources.Input, "Input", [Of(2, 3)], x => x[0], x => x[0]),
        new(Sources.Constant, "Constant", [Of(2)], x => Op.Add(x[0], x[0].Graph.Constant([1f, -2.5f], [2])), x => NdArray.Zip(x[0], new NdArray([2], [1, -2.5]), (a, b) => a + b)),
    ];

    private static IEnumerable<OperatorCase> Unary()
    {
        (Operator Row, Func<Tensor, Tensor> Build, Func<double, double> Reference, bool Positive)[] rows =
        [
            (Elementwise.Neg, Op.Negate, x => -x, false),
            (Elementwise.Exp, Op.Exp, Math.Exp, false),
            (Elementwise.Log, Op.Log, Math.Log, true),
            (Elementwise.Sqrt, Op.Sqrt, Math.Sqrt, true),
            (Elementwise.Tanh, Op.Tanh, Math.Tanh, false),
            (Elementwise.Sigmoid, Op.Sigmoid, x => 1 / (1 + Math.Exp(-x)), false),
            (Elementwise.Relu, Op.Relu, x => x > 0 ? x : 0, false),
            (Elementwise.Softplus, Op.Softplus, x => Math.Log(1 + Math.Exp(x)), false),
            (Elementwise.LogCosh, Op.LogCosh, x => Math.Log(Math.Cosh(x)), false),
            (Elementwise.Abs, Op.Abs, Math.Abs, false),
            (Elementwise.Sign, Op.Sign, x => Math.Sign(x), false),
            (Elementwise.Floor, Op.Floor, Math.Floor, false),
            (Elementwise.Sin, Op.Sin, Math.Sin, false),
            (Elementwise.Cos, Op.Cos, Math.Cos, false),
            (Elementwise.Erf, Op.Erf, Erf, false),
            (Elementwise.StopGradient, Op.StopGradient, x => x, false),
            (Elementwise.Power, x => Op.Power(x, 3), x => x * x * x, false),
            (Elementwise.Power, x => Op.Power(x, -1.5), x => Math.Pow(x, -1.5), true),
            (Elementwise.Power, x => Op.Power(x, 2.5), x => Math.Pow(x, 2.5), true),
            (Elementwise.Clip, x => Op.Clip(x, -1.1, 0.8), x => Math.Clamp(x, -1.1, 0.8), false),
        ];
        foreach ((Operator row, Func<Tensor, Tensor> build, Func<double, double> reference, bool positive) in rows)
        {
            foreach (CaseInput shape in new[] { Of(2, 3), Batch(3, 2), Of(), Of(0, 3) })
            {
                CaseInput input = positive ? Positive(shape.Actual) with { Declared = shape.Declared } : shape;
                yield return new(row, row.Name, [input], x => build(x[0]), x => x[0].Map(reference));
            }
        }
    }

    private static IEnumerable<OperatorCase> Binary()
    {
        (Operator Row, Func<Tensor, Tensor, Tensor> Build, Func<double, double, double> Reference)[] rows =
        [
            (Elementwise.Add, Op.Add, (a, b) => a + b),
            (Elementwise.Sub, Op.Subtract, (a, b) => a - b),
            (Elementwise.Mul, Op.Multiply, (a, b) => a * b),
            (Elementwise.Div, Op.Divide, (a, b) => a / b),
            (Elementwise.Min, Op.Minimum, Math.Min),
            (Elementwise.Max, Op.Maximum, Math.Max),
        ];
        foreach ((Operator row, Func<Tensor, Tensor, Tensor> build, Func<double, double, double> reference) in rows)
        {
            foreach ((CaseInput a, CaseInput b) in Pairs())
            {
                // Divisors near 0 would need a tolerance of their own.
                CaseInput right = row == Elementwise.Div ? Positive(b.Actual) with { Declared = b.Declared } : b;
                yield return new(row, row.Name, [a, right], x => build(x[0], x[1]), x => NdArray.Zip(x[0], x[1], reference));
            }

            yield return new(null, $"{row.Name} with a number", [Of(17, 1)], x => build(x[0], x[0].Graph.Constant(2.5f)), x => x[0].Map(a => reference(a, 2.5)));
            yield return new(
                row, $"{row.Name} of whole numbers", [Integers([3], -7, 4, 9), Integers([], 2)],
                x => Op.Cast(build(x[0], x[1]), ElementType.Float32), x => NdArray.Zip(x[0], x[1], (a, b) => Math.Truncate(reference(a, b))));
        }
    }

    private static IEnumerable<(CaseInput A, CaseInput B)> Pairs() =>
    [
        (Of(2, 3), Of(2, 3)), (Of(2, 3), Of(3)), (Of(3), Of(2, 3)), (Of(2, 1), Of(1, 3)), (Of(2, 3), Of()), (Of(), Of(2, 3)),
        (Of(1, 1), Of(2, 3)), (Of(2, 1, 3), Of(4, 1)), (Of(1, 3), Of(3)), (Of(0, 3), Of(1, 3)), (Of(3), Of(0, 3)),
        (Batch(3, 2), Of(2)), (Of(1, 2), Batch(3, 2)), (Batch(3, 1), Of(2)), (Of(2, 1, 1), Batch(3, 2)), (Batch(3, 2), Batch(3, 1)),
        // Tall and narrow: products of these are written in another way.
        (Of(17, 3), Of(17, 1)), (Of(17, 1), Of(17, 3)), (Of(17, 3), Of(3)), (Of(17, 1), Of(1)), (Of(17, 1), Of(17, 1)),
    ];

    private static IEnumerable<OperatorCase> Comparisons()
    {
        (Operator Row, Func<Tensor, Tensor, Tensor> Build, Func<double, double, bool> Reference)[] rows =
        [
            (Comparison.Less, Op.Less, (a, b) => a < b),
            (Comparison.LessOrEqual, Op.LessOrEqual, (a, b) => a <= b),
            (Comparison.Greater, Op.Greater, (a, b) => a > b),
            (Comparison.GreaterOrEqual, Op.GreaterOrEqual, (a, b) => a >= b),
            (Comparison.Equal, Op.Equal, (a, b) => a == b),
        ];
        CaseInput table = Exactly([2, 3], -1, 0, 2, 3, -0.5, -1), row3 = Exactly([3], -1, 0.5, 2);
        foreach ((Operator row, Func<Tensor, Tensor, Tensor> build, Func<double, double, bool> reference) in rows)
        {
            NdArray Reference(NdArray[] x) => NdArray.Zip(x[0], x[1], (a, b) => reference(a, b) ? 1 : 0);
            yield return new(row, row.Name, [table, row3], x => build(x[0], x[1]), Reference);
            yield return new(row, row.Name, [row3, table with { Declared = [Dimension.Batch, 3] }], x => build(x[0], x[1]), Reference);
            yield return new(row, $"{row.Name} of whole numbers", [Integers([2, 1], 1, 5), Integers([3], 0, 1, 5)], x => build(x[0], x[1]), Reference);
        }

        CaseInput p = Exactly([2, 2], 1, 1, -1, -1), q = Exactly([2], 1, -1);
        yield return new(Comparison.And, "And", [p, q], x => Op.And(Positives(x[0]), Positives(x[1])), x => NdArray.Zip(x[0], x[1], (a, b) => a > 0 && b > 0 ? 1 : 0));
        yield return new(Comparison.Or, "Or", [p, q], x => Op.Or(Positives(x[0]), Positives(x[1])), x => NdArray.Zip(x[0], x[1], (a, b) => a > 0 || b > 0 ? 1 : 0));
        yield return new(Comparison.Not, "Not", [q], x => Op.Not(Positives(x[0])), x => x[0].Map(a => a > 0 ? 0 : 1));
        yield return new(Comparison.Cast, "Cast of booleans", [p], x => Op.Cast(Positives(x[0]), ElementType.Float32), x => x[0].Map(a => a > 0 ? 1 : 0));
        yield return new(Comparison.Cast, "Cast to whole numbers", [Exactly([4], -1.7, -0.2, 0.9, 3)], x => Op.Cast(x[0], ElementType.Int64), x => x[0].Map(Math.Truncate));
        yield return new(Comparison.Cast, "Cast of whole numbers", [Integers([2], -3, 12)], x => Op.Cast(x[0], ElementType.Float32), x => x[0]);
    }

    private static IEnumerable<OperatorCase> Selections()
    {
        (CaseInput Condition, CaseInput A, CaseInput B)[] shapes =
        [
            (Of(2, 3), Of(2, 3), Of(2, 3)), (Of(2, 3), Of(3), Of()), (Of(2, 1), Of(1, 3), Of(3)), (Of(3), Of(2, 3), Of(2, 1)),
            (Batch(3, 2), Of(2), Batch(3, 1)), (Of(0, 2), Of(2), Of(0, 2)),
        ];
        foreach ((CaseInput condition, CaseInput a, CaseInput b) in shapes)
        {
            yield return new(
                Comparison.Where, "Where", [condition, a, b], x => Op.Where(Positives(x[0]), x[1], x[2]),
                x => NdArray.Make(
                    NdArray.BroadcastShape(x[0].Shape, NdArray.BroadcastShape(x[1].Shape, x[2].Shape)), i => x[0].At(i) > 0 ? x[1].At(i) : x[2].At(i)));
        }

        yield return new(
            Comparison.Where, "Where of whole numbers", [Exactly([3], 1, -1, 1), Integers([3], 1, 2, 3), Integers([], 9)],
            x => Op.Where(Positives(x[0]), x[1], x[2]), _ => new NdArray([3], [1, 9, 3]));
    }

    private static Tensor Positives(Tensor x) => Op.Greater(x, x.Graph.Constant(0));
}
