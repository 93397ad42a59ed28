using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using static Pipeline.Tests.Training.Engine.CaseInput;

namespace Pipeline.Tests.Training.Engine;

/// <summary>Cases for reductions, running sums, softmax.</summary>
internal static class ReductionCases
{
    private delegate Tensor ReduceFunction(Tensor x, int[]? axes, bool keepDimensions);

    public static IEnumerable<OperatorCase> All => [.. Reduced(), .. Empty(), .. Arguments(), .. RunningSums(), .. Lengths(), .. Ranked(), .. Softmaxes()];

    public static double LogSumExp(double[] x) => x.Max() + Math.Log(x.Sum(a => Math.Exp(a - x.Max())));

    private static IEnumerable<OperatorCase> Reduced()
    {
        (Operator Row, ReduceFunction Build, Func<double[], double> Reference)[] rows =
        [
            (Reductions.ReduceSum, Op.Sum, x => x.Sum()),
            (Reductions.ReduceMean, Op.Mean, x => x.Average()),
            (Reductions.ReduceMax, Op.Max, x => x.Max()),
            (Reductions.ReduceMin, Op.Min, x => x.Min()),
            (Reductions.ReduceLogSumExp, Op.LogSumExp, LogSumExp),
            (Reductions.ReduceSumSquare, Op.SumSquare, x => x.Sum(a => a * a)),
        ];
        (CaseInput Input, int[] Axes)[] variants =
        [
            (Of(2, 3, 2), [0]), (Of(2, 3, 2), [1]), (Of(2, 3, 2), [-1]), (Of(2, 3, 2), [0, 2]), (Of(2, 3, 2), [2, 1]), (Of(2, 3, 2), [0, 1, 2]),
            (Of(3), [0]), (Of(2, 1), [1]), (Of(1, 1), [0, 1]), (Of(1, 2, 3), [0, 2]),
            (Batch(3, 2), [0]), (Batch(3, 2), [1]), (Batch(3, 2), [0, 1]), (Batch(3, 1), [1]), (Batch(3, 1, 2), [0, 2]), (Of(4, 3), [0]), (Of(4, 3), [1]),
        ];
        foreach ((Operator row, ReduceFunction build, Func<double[], double> reference) in rows)
        {
            foreach ((CaseInput input, int[] axes) in variants)
            {
                foreach (bool keep in new[] { false, true })
                {
                    int[] positive = [.. axes.Select(a => a < 0 ? a + input.Actual.Length : a)];
                    yield return new(
                        row, $"{row.Name} over [{string.Join(",", axes)}]{(keep ? " kept" : string.Empty)}", [input],
                        x => build(x[0], axes, keep), x => x[0].Reduce(positive, keep, reference));
                }
            }
        }
    }

    private static IEnumerable<OperatorCase> Empty() =>
    [
        new(Reductions.ReduceSum, "ReduceSum of an empty axis", [Of(0, 3)], x => Op.Sum(x[0], [0]), x => x[0].Reduce([0], false, v => v.Sum())),
        new(Reductions.ReduceSum, "ReduceSum of an empty axis kept", [Of(0, 3)], x => Op.Sum(x[0], [0], keepDimensions: true), x => x[0].Reduce([0], true, v => v.Sum())),
        new(Reductions.ReduceSum, "ReduceSum of an empty batch", [Batch(0, 3)], x => Op.Sum(x[0]), _ => NdArray.Scalar(0)),
        new(Reductions.ReduceSumSquare, "ReduceSumSquare beside an empty axis", [Of(0, 3)], x => Op.SumSquare(x[0], [1]), x => x[0].Reduce([1], false, v => v.Sum())),
    ];

    private static IEnumerable<OperatorCase> Arguments()
    {
        CaseInput ties = Exactly([2, 3], 1, 5, 5, -2, -2, -7);
        (Operator Row, Func<Tensor, int, Tensor> Build, Func<double[], double> Best)[] rows =
            [(Reductions.ArgMax, Op.ArgMax, x => x.Max()), (Reductions.ArgMin, Op.ArgMin, x => x.Min())];
        foreach ((Operator row, Func<Tensor, int, Tensor> build, Func<double[], double> best) in rows)
        {
            foreach ((CaseInput input, int axis) in new[] { (ties, 1), (ties, 0), (ties, -1), (Of(2, 3, 2), 1), (Batch(3, 4), -1), (Of(3), 0), (Of(2, 1), 1) })
            {
                int positive = axis < 0 ? axis + input.Actual.Length : axis;
                yield return new(row, $"{row.Name} along {axis}", [input], x => build(x[0], axis), x => x[0].Reduce([positive], false, v => Array.IndexOf(v, best(v))));
            }
        }
    }

    private static IEnumerable<OperatorCase> Ranked()
    {
        CaseInput ties = Exactly([2, 4], 1, 5, 5, -2, 3, 3, 3, 3);
        foreach ((CaseInput input, int k) in new[] { (ties, 1), (ties, 2), (ties, 3), (ties, 4), (Of(2, 3, 5), 3), (Batch(3, 4), 2), (Of(3), 3), (Of(2, 1), 1) })
        {
            yield return new(
                Reductions.KthLargest, $"KthLargest {k}", [input], x => Op.KthLargest(x[0], k),
                x => x[0].Reduce([x[0].Shape.Length - 1], true, v => v.OrderDescending().ElementAt(k - 1)));
        }
    }

    private static IEnumerable<OperatorCase> RunningSums()
    {
        foreach ((CaseInput input, int axis) in new[] { (Of(2, 4), 1), (Of(2, 4), 0), (Of(2, 3, 2), -2), (Batch(3, 2), 0), (Batch(3, 2), 1), (Of(3), 0), (Of(2, 1), 1), (Of(0, 2), 0) })
        {
            foreach ((bool exclusive, bool reverse) in new[] { (false, false), (true, false), (false, true), (true, true) })
            {
                int positive = axis < 0 ? axis + input.Actual.Length : axis;
                yield return new(
                    Reductions.CumSum, $"CumSum along {axis}{(exclusive ? " exclusive" : string.Empty)}{(reverse ? " reverse" : string.Empty)}", [input],
                    x => Op.CumSum(x[0], axis, exclusive, reverse), x => x[0].Along(positive, line => RunningSum(line, exclusive, reverse)));
            }
        }
    }

    private static double[] RunningSum(double[] line, bool exclusive, bool reverse)
    {
        double[] result = new double[line.Length];
        for (int i = 0; i < line.Length; i++)
        {
            for (int j = 0; j < line.Length; j++)
            {
                bool counted = reverse ? j > i : j < i;
                if (counted || (j == i && !exclusive)) result[i] += line[j];
            }
        }

        return result;
    }

    private static IEnumerable<OperatorCase> Lengths() =>
    [
        new(Reductions.Length, "Length", [Batch(5, 2)], x => Op.Length(x[0], 0), _ => NdArray.Scalar(5)),
        new(Reductions.Length, "Length of an empty batch", [Batch(0, 2)], x => Op.Length(x[0], 0), _ => NdArray.Scalar(0)),
    ];

    private static IEnumerable<OperatorCase> Softmaxes()
    {
        foreach ((CaseInput input, CaseInput choice) in new[] { (Of(3, 4), Integers([3], 1, 0, 3)), (Batch(3, 4), Integers([3], 2, 2, 0) with { Declared = [Dimension.Batch] }), (Of(2, 1), Integers([2], 0, 0)) })
        {
            yield return new(
                Normalizing.ChosenLogSoftmax, "ChosenLogSoftmax", [input, choice], x => Op.ChosenLogSoftmax(x[0], Op.OneHot(x[1], (int)x[0].Shape[1].Value)),
                x => NdArray.Make([x[0].Shape[0], 1], i => x[0].At(i[0], (long)x[1].At(i[0])) - LogSumExp(x[0].Line(1, i))));
        }

        foreach ((CaseInput input, int axis) in new[] { (Of(2, 3), 1), (Of(2, 3), 0), (Of(2, 3, 2), 1), (Of(2, 3, 2), -1), (Batch(3, 4), -1), (Batch(3, 4), 0), (Of(2, 1), 1), (Of(3), 0), (Of(0, 3), 1) })
        {
            int positive = axis < 0 ? axis + input.Actual.Length : axis;
            yield return new(
                Normalizing.Softmax, $"Softmax along {axis}", [input], x => Op.Softmax(x[0], axis),
                x => x[0].Along(positive, line => [.. line.Select(a => Math.Exp(a - LogSumExp(line)))]));
            yield return new(
                Normalizing.LogSoftmax, $"LogSoftmax along {axis}", [input], x => Op.LogSoftmax(x[0], axis),
                x => x[0].Along(positive, line => [.. line.Select(a => a - LogSumExp(line))]));
        }
    }
}
