using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using static Pipeline.Tests.Training.Engine.CaseInput;

namespace Pipeline.Tests.Training.Engine;

/// <summary>Cases for operators that move elements: shapes, slices, indices.</summary>
internal static class ShapingCases
{
    public static IEnumerable<OperatorCase> All =>
        [.. Reshapes(), .. Transposes(), .. Concatenations(), .. SlicesAndPads(), .. Expansions(), .. Gathers(), .. Scatters(), .. OneHots()];

    private static IEnumerable<OperatorCase> Reshapes()
    {
        (CaseInput Input, Shape Target, long[] Actual)[] variants =
        [
            (Of(2, 3), [3, 2], [3, 2]), (Of(2, 3), [6], [6]), (Of(), [1, 1], [1, 1]), (Of(1), [], []), (Of(2, 3), [1, 2, 3], [1, 2, 3]),
            (Batch(3, 2, 2), [Dimension.Batch, 4], [3, 4]), (Batch(3, 2), [new Dimension(2, "batch")], [6]), (Batch(3, 2), [2, Dimension.Batch], [2, 3]),
            (Batch(0, 2, 2), [Dimension.Batch, 4], [0, 4]), (Of(0, 4), [4, 0], [4, 0]), (Of(2, 0), [0], [0]),
        ];
        foreach ((CaseInput input, Shape target, long[] actual) in variants)
            yield return new(Shaping.Reshape, $"Reshape to {target}", [input], x => Op.Reshape(x[0], target), x => new NdArray(actual, x[0].Values));
    }

    private static IEnumerable<OperatorCase> Transposes()
    {
        foreach ((CaseInput input, int[] order) in new (CaseInput, int[])[] { (Of(2, 3), [1, 0]), (Of(2, 3, 2), [2, 0, 1]), (Of(2, 3, 2), [0, 2, 1]), (Batch(3, 2), [1, 0]), (Of(2, 1, 3, 2), [3, 1, 0, 2]), (Of(0, 2), [1, 0]) })
        {
            yield return new(
                Shaping.Transpose, $"Transpose to {string.Join(",", order)}", [input], x => Op.Transpose(x[0], order),
                x => NdArray.Make([.. order.Select(i => x[0].Shape[i])], index => x[0].At([.. Enumerable.Range(0, order.Length).Select(axis => index[Array.IndexOf(order, axis)])])));
        }
    }

    private static IEnumerable<OperatorCase> Concatenations()
    {
        (CaseInput[] Inputs, int Axis)[] variants =
        [
            ([Of(2, 3), Of(1, 3)], 0), ([Of(2, 3), Of(2, 1), Of(2, 2)], 1), ([Of(2, 3), Of(2, 2)], -1), ([Batch(3, 2), Batch(3, 1)], 1),
            ([Of(0, 2), Of(3, 2)], 0), ([Of(2), Of(1)], 0), ([Of(1, 2, 2), Of(1, 1, 2)], 1),
        ];
        foreach ((CaseInput[] inputs, int axis) in variants)
        {
            int positive = axis < 0 ? axis + inputs[0].Actual.Length : axis;
            yield return new(Shaping.Concat, $"Concat along {axis}", inputs, x => Op.Concat(x, axis), x => Concatenate(x, positive));
        }

        yield return new(Shaping.Concat, "Concat of one input twice", [Of(2, 2)], x => Op.Concat([x[0], x[0]], 0), x => Concatenate([x[0], x[0]], 0));
    }

    private static NdArray Concatenate(NdArray[] parts, int axis)
    {
        long[] shape = NdArray.Replace(parts[0].Shape, axis, parts.Sum(p => p.Shape[axis]));
        return NdArray.Make(shape, index =>
        {
            long at = index[axis];
            int part = 0;
            while (at >= parts[part].Shape[axis]) at -= parts[part++].Shape[axis];
            return parts[part].At(NdArray.Replace(index, axis, at));
        });
    }

    private static IEnumerable<OperatorCase> SlicesAndPads()
    {
        foreach ((CaseInput input, int axis, int start, int end) in new[] { (Of(4, 2), 0, 1, 3), (Of(2, 4), -1, 2, 4), (Of(2, 4), 1, 0, 1), (Batch(3, 4), 1, 1, 2), (Of(5), 0, 2, 2), (Of(2, 3, 2), 1, 1, 3) })
        {
            int positive = axis < 0 ? axis + input.Actual.Length : axis;
            yield return new(
                Shaping.Slice, $"Slice along {axis} {start} to {end}", [input], x => Op.Slice(x[0], axis, start, end),
                x => NdArray.Make(NdArray.Replace(x[0].Shape, positive, end - start), i => x[0].At(NdArray.Replace(i, positive, i[positive] + start))));
        }

        foreach ((CaseInput input, int axis, int before, int after) in new[] { (Of(2, 3), 0, 1, 2), (Of(2, 3), -1, 0, 1), (Batch(3, 2), 1, 2, 0), (Of(0), 0, 1, 1), (Of(2, 2, 2), 1, 1, 1) })
        {
            int positive = axis < 0 ? axis + input.Actual.Length : axis;
            yield return new(
                Shaping.Pad, $"Pad along {axis} {before} and {after}", [input], x => Op.Pad(x[0], axis, before, after),
                x => NdArray.Make(
                    NdArray.Replace(x[0].Shape, positive, x[0].Shape[positive] + before + after),
                    i => i[positive] >= before && i[positive] < before + x[0].Shape[positive] ? x[0].At(NdArray.Replace(i, positive, i[positive] - before)) : 0));
        }
    }

    private static IEnumerable<OperatorCase> Expansions()
    {
        foreach ((CaseInput input, long[] target) in new (CaseInput, long[])[] { (Of(3), [2, 3]), (Of(2, 1), [2, 3]), (Of(), [2]), (Of(1, 3), [0, 3]), (Of(2, 1, 1), [4, 2, 3, 1]) })
            yield return new(Shaping.Expand, $"Expand to [{string.Join(",", target)}]", [input], x => Op.Expand(x[0], Shape.Of(target)), x => NdArray.Make(target, x[0].At));
        foreach ((CaseInput input, CaseInput like) in new[] { (Of(2), Batch(3, 2)), (Of(), Batch(3, 2)), (Of(1, 1), Batch(3, 2)), (Batch(3, 1), Batch(3, 2)), (Of(2, 1, 1), Batch(3, 2) with { Declared = [2, Dimension.Batch, 2], Actual = [2, 3, 2], Values = i => Of(2, 3, 2).Values(i) }), (Of(2), Batch(0, 2)) })
            yield return new(Shaping.ExpandLike, "ExpandLike", [input, like], x => Op.ExpandLike(x[0], x[1]), x => NdArray.Make(x[1].Shape, x[0].At));
    }

    private static IEnumerable<OperatorCase> Gathers()
    {
        CaseInput one = Integers([], 1), four = Integers([4], 2, 0, 2, 1), table = Integers([2, 2], 1, 1, 0, 2);
        foreach (CaseInput indices in new[] { one, four, table, four with { Declared = [Dimension.Batch] }, Integers([0]) })
        {
            foreach ((CaseInput input, int axis) in new[] { (Of(3, 2), 0), (Of(2, 3), 1), (Of(2, 3, 2), 1), (Of(3), 0), (Of(2, 3), -1) })
            {
                int positive = axis < 0 ? axis + input.Actual.Length : axis;
                yield return new(Indexing.Gather, $"Gather along {axis} at [{string.Join(",", indices.Values(0))}]", [input, indices], x => Op.Gather(x[0], x[1], axis), x => Gather(x[0], x[1], positive));
            }
        }

        foreach ((CaseInput input, CaseInput indices, int axis) in new[]
        {
            (Of(2, 3), Integers([2, 2], 2, 2, 0, 1), 1), (Of(3, 2), Integers([1, 2], 2, 0), 0), (Of(2, 3), Integers([2, 1], 1, 2), -1), (Of(2, 3, 1), Integers([2, 2, 1], 0, 0, 2, 1), 1),
        })
        {
            int positive = axis < 0 ? axis + input.Actual.Length : axis;
            yield return new(
                Indexing.GatherElements, $"GatherElements along {axis}", [input, indices], x => Op.GatherElements(x[0], x[1], axis),
                x => NdArray.Make(x[1].Shape, i => x[0].At(NdArray.Replace(i, positive, (long)x[1].At(i)))));
        }
    }

    private static NdArray Gather(NdArray x, NdArray indices, int axis)
    {
        int rank = indices.Shape.Length;
        return NdArray.Make(
            [.. x.Shape[..axis], .. indices.Shape, .. x.Shape[(axis + 1)..]],
            i => x.At([.. i[..axis], (long)indices.At(i[axis..(axis + rank)]), .. i[(axis + rank)..]]));
    }

    private static IEnumerable<OperatorCase> Scatters()
    {
        foreach ((CaseInput updates, CaseInput indices, int axis) in new[]
        {
            (Of(4, 2), Integers([4], 2, 0, 2, 1), 0), (Of(2, 4), Integers([4], 2, 0, 2, 2), 1), (Of(2), Integers([], 1), 0), (Of(2, 2, 3), Integers([2, 2], 0, 1, 1, 1), 0),
            (Of(2, 2, 2, 1), Integers([2, 2], 0, 1, 1, 1), 1), (Batch(4, 2), Integers([4], 0, 0, 1, 1) with { Declared = [Dimension.Batch] }, 0), (Of(0, 2), Integers([0]), 0),
        })
        {
            yield return new(
                Indexing.ScatterAdd, $"ScatterAdd along {axis} at [{string.Join(",", indices.Values(0))}]", [updates, indices], x => Op.ScatterAdd(x[0], x[1], axis, 3), x => ScatterAdd(x[0], x[1], axis, 3));
        }

        foreach ((CaseInput updates, CaseInput indices, int axis) in new[] { (Of(2, 2), Integers([2, 2], 2, 2, 0, 1), 1), (Of(3, 2), Integers([3, 2], 0, 1, 0, 3, 2, 3), 0), (Of(2, 1), Integers([2, 1], 3, 0), -1) })
        {
            int positive = axis < 0 ? axis + updates.Actual.Length : axis;
            yield return new(
                Indexing.ScatterAddElements, $"ScatterAddElements along {axis}", [updates, indices], x => Op.ScatterAddElements(x[0], x[1], axis, 4),
                x => NdArray.Make(NdArray.Replace(x[0].Shape, positive, 4), i => NdArray.Indices(x[0].Shape).Where(u => NdArray.Replace(u, positive, (long)x[1].At(u)).SequenceEqual(i)).Sum(u => x[0].At(u))));
        }
    }

    private static NdArray ScatterAdd(NdArray updates, NdArray indices, int axis, int size)
    {
        int rank = indices.Shape.Length;
        return NdArray.Make(
            [.. updates.Shape[..axis], size, .. updates.Shape[(axis + rank)..]],
            i => NdArray.Indices(indices.Shape).Where(k => (long)indices.At(k) == i[axis]).Sum(k => updates.At([.. i[..axis], .. k, .. i[(axis + 1)..]])));
    }

    private static IEnumerable<OperatorCase> OneHots()
    {
        foreach (CaseInput indices in new[] { Integers([3], 2, 0, 1), Integers([2, 2], 1, 1, 3, 0), Integers([2], 0, 3) with { Declared = [Dimension.Batch] }, Integers([0]) })
            yield return new(Indexing.OneHot, "OneHot", [indices], x => Op.OneHot(x[0], 4), x => NdArray.Make([.. x[0].Shape, 4], i => x[0].At(i[..^1]) == i[^1] ? 1 : 0));
    }
}
