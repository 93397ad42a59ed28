using System;
using System.Collections.Generic;
using System.Linq;

namespace Pipeline.Runtime.Onnx;

/// <content>Shapes, parts, places. Numbers that say a shape or a place have to be known before the graph runs.</content>
internal static partial class OperatorRules
{
    private const int MaximumParts = 1024;
    private const int MaximumKnown = 1024;
    private const int MaximumDepth = 1 << 24;

    private static void AddShaping(Dictionary<string, OperatorRule> table)
    {
        table.Add("Reshape", new OperatorRule(2, 2, Reshape, ("allowzero", AttributeKind.Integer)));
        table.Add("Transpose", new OperatorRule(1, 1, Transpose, ("perm", AttributeKind.Integers)));
        table.Add("Concat", new OperatorRule(1, MaximumParts, Concat, ("axis", AttributeKind.Integer)));
        table.Add("Slice", new OperatorRule(3, 4, Slice));
        table.Add("Pad", new OperatorRule(2, 2, Pad));
        table.Add("Expand", new OperatorRule(2, 2, Expand));
        table.Add("Shape", new OperatorRule(1, 1, call => new GraphValue(ElementTypes.Int64, new long[] { call[0].Shape.Length }, call[0].Shape)));
        table.Add("Unsqueeze", new OperatorRule(2, 2, Unsqueeze));
        table.Add("Gather", new OperatorRule(2, 2, Gather, ("axis", AttributeKind.Integer)));
        table.Add("OneHot", new OperatorRule(3, 3, OneHot, ("axis", AttributeKind.Integer)));
    }

    private static GraphValue Reshape(OperatorCall call)
    {
        long[] said = call.KnownList(1, ShapeCheck.MaximumRank);
        bool zeroIsZero = call.Flag("allowzero", false);
        long[] shape = (long[])said.Clone();
        double others = 1;
        for (int i = 0; i < shape.Length; i++)
        {
            if (shape[i] == 0 && !zeroIsZero && i < call[0].Shape.Length) shape[i] = call[0].Shape[i];
            if (shape[i] != -1) others *= shape[i];
        }

        bool open = shape.Count(n => n == -1) == 1;
        double rest = call[0].Count / others;
        bool fits = shape.All(n => n >= 1 || (n == -1 && open)) && (open ? rest >= 1 && rest == Math.Floor(rest) : rest == 1);
        if (!fits) throw OperatorCall.Fault($"{call[0]} as [{string.Join(", ", said)}]", "a shape of as many elements, one length at most being -1");
        return new GraphValue(call[0].Element, shape.Select(n => n == -1 ? (long)rest : n).ToArray(), call[0].Known);
    }

    private static GraphValue Transpose(OperatorCall call)
    {
        long[] shape = call[0].Shape;
        long[] order = call.Integers("perm") ?? Enumerable.Range(0, shape.Length).Reverse().Select(i => (long)i).ToArray();
        if (!order.OrderBy(i => i).SequenceEqual(Enumerable.Range(0, shape.Length).Select(i => (long)i)))
            throw OperatorCall.Fault($"perm [{string.Join(", ", order)}] for {call[0]}", "each axis once");
        return new GraphValue(call[0].Element, order.Select(i => shape[i]).ToArray());
    }

    private static GraphValue Concat(OperatorCall call)
    {
        if (!call.Has("axis")) throw OperatorCall.Fault("no axis", "the axis to join along");
        GraphValue first = call[0];
        int axis = call.AttributeAxis("axis", 0, first.Shape.Length);
        bool fit = call.Inputs.All(part =>
            part.Element == first.Element && part.Shape.Length == first.Shape.Length && part.Shape.Where((n, i) => i != axis && n != first.Shape[i]).Any() == false);
        call.Require(fit, $"tensors of one type and of equal lengths but for axis {axis}");
        long[] shape = (long[])first.Shape.Clone();
        shape[axis] = call.Inputs.Sum(part => part.Shape[axis]);
        bool known = shape.Length == 1 && shape[0] <= MaximumKnown && call.Inputs.All(part => part.Known is not null);
        return new GraphValue(first.Element, shape, known ? call.Inputs.SelectMany(part => part.Known!).ToArray() : null);
    }

    private static GraphValue Slice(OperatorCall call)
    {
        GraphValue x = call[0];
        long[] starts = call.KnownList(1, ShapeCheck.MaximumRank);
        long[] ends = call.KnownList(2, ShapeCheck.MaximumRank);
        long[] axes = call.Inputs.Length > 3 ? call.KnownList(3, ShapeCheck.MaximumRank) : Enumerable.Range(0, starts.Length).Select(i => (long)i).ToArray();
        call.Require(starts.Length == ends.Length && starts.Length == axes.Length, "as many starts as ends and axes");
        int[] counted = OperatorCall.Axes(axes, x.Shape.Length);
        long[] shape = (long[])x.Shape.Clone();
        for (int i = 0; i < counted.Length; i++)
        {
            long length = x.Shape[counted[i]];
            long start = Clamp(starts[i], length);
            long end = Clamp(ends[i], length);
            if (start >= end) throw OperatorCall.Fault($"{starts[i]} to {ends[i]} of an axis of length {length}", "a part of at least one element");
            shape[counted[i]] = end - start;
        }

        bool known = x.Known is not null && x.Shape.Length == 1 && counted.Length == 1;
        return new GraphValue(x.Element, shape, known ? x.Known!.Skip((int)Clamp(starts[0], x.Shape[0])).Take((int)shape[0]).ToArray() : null);
    }

    private static GraphValue Pad(OperatorCall call)
    {
        call.Require(call[0].Element == ElementTypes.Float32, "a float32 tensor");
        long[] x = call[0].Shape;
        long[] pads = call.KnownList(1, 2 * ShapeCheck.MaximumRank);
        if (pads.Length != 2 * x.Length || pads.Any(n => n is < 0 or > int.MaxValue))
            throw OperatorCall.Fault($"pads [{string.Join(", ", pads)}] for {call[0]}", "two numbers for each axis, from 0");
        return OperatorCall.Float(x.Select((n, i) => n + pads[i] + pads[i + x.Length]).ToArray());
    }

    private static GraphValue Expand(OperatorCall call)
    {
        long[] shape = call.KnownList(1, ShapeCheck.MaximumRank);
        if (shape.Any(n => n is < 1 or > int.MaxValue)) throw OperatorCall.Fault($"the shape [{string.Join(", ", shape)}]", $"lengths from 1 to {int.MaxValue}");
        return new GraphValue(call[0].Element, OperatorCall.Broadcast(call[0].Shape, shape));
    }

    private static GraphValue Unsqueeze(OperatorCall call)
    {
        long[] axes = call.KnownList(1, ShapeCheck.MaximumRank);
        int rank = call[0].Shape.Length + axes.Length;
        int[] added = OperatorCall.Axes(axes, rank);
        var rest = new Queue<long>(call[0].Shape);
        long[] shape = Enumerable.Range(0, rank).Select(i => added.Contains(i) ? 1 : rest.Dequeue()).ToArray();
        return new GraphValue(call[0].Element, shape, call[0].Known);
    }

    private static GraphValue Gather(OperatorCall call)
    {
        GraphValue x = call[0];
        GraphValue places = call[1];
        int axis = call.AttributeAxis("axis", 0, x.Shape.Length);
        if (places.Known is null) throw OperatorCall.Fault($"places {places} computed from data, or very many", "constant whole numbers");
        long length = x.Shape[axis];
        if (places.Known.Any(place => place < -length || place >= length)) throw OperatorCall.Fault($"a place outside an axis of length {length}", $"{-length} to {length - 1}");
        long[] shape = x.Shape.Take(axis).Concat(places.Shape).Concat(x.Shape.Skip(axis + 1)).ToArray();
        bool known = x.Known is not null && x.Shape.Length == 1 && places.Known.Length <= MaximumKnown;
        return new GraphValue(x.Element, shape, known ? places.Known.Select(place => x.Known![place < 0 ? place + length : place]).ToArray() : null);
    }

    private static GraphValue OneHot(OperatorCall call)
    {
        call.Require(call[0].Element == ElementTypes.Int64 && call[2].Element == ElementTypes.Float32 && call[2].Shape.SequenceEqual(new long[] { 2 }), "int64 places, a depth, and the two float32 values for off and on");
        long depth = call.KnownNumber(1);
        if (depth is < 1 or > MaximumDepth) throw OperatorCall.Fault($"depth {depth}", $"1 to {MaximumDepth}");
        int axis = call.AttributeAxis("axis", -1, call[0].Shape.Length + 1);
        return OperatorCall.Float(call[0].Shape.Take(axis).Append(depth).Concat(call[0].Shape.Skip(axis)).ToArray());
    }

    private static long Clamp(long place, long length) => Math.Max(0, Math.Min(length, place < 0 ? place + length : place));
}
