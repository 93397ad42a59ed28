using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Engine.Graphs;
using static Pipeline.Training.Engine.Operators.Broadcasting;

namespace Pipeline.Training.Engine.Operators;

/// <summary>Operators that rearrange elements without computing on them. They take any element type.</summary>
public static class Shaping
{
    /// <summary>The same elements in row-major order under another shape (attribute <c>shape</c>).</summary>
    public static readonly Operator Reshape = new(
        "Reshape",
        (inputs, attributes) =>
        {
            Shape target = attributes.Shape("shape");
            Operator.Require(SameCount(inputs[0].Shape, target), "Reshape", $"the elements do not fit {target}", inputs);
            Operator.Require(target.Count(d => !d.IsKnown) <= 1, "Reshape", $"at most one symbolic length is possible in {target}", inputs);
            return (inputs[0].ElementType, target);
        },
        (y, g) => [Op.Reshape(Full(g, y), y.InputArray[0].Shape)],
        (e, t) =>
        {
            // A length of 0 would mean: as it is in the input.
            string[] inputs = [e.Name(t.InputArray[0]), e.Integers([.. t.Shape.Select(d => d.IsKnown ? d.Value : -1)])];
            if (t.Shape.Any(d => d.IsKnown && d.Value == 0)) e.Node("Reshape", t, inputs, ("allowzero", 1L));
            else e.Node("Reshape", t, inputs);
        });

    /// <summary>Axes in another order (attribute <c>order</c>: axis i of the result is axis order[i] of the input).</summary>
    public static readonly Operator Transpose = new(
        "Transpose",
        (inputs, attributes) =>
        {
            long[] order = attributes.Integers("order");
            Shape shape = inputs[0].Shape;
            Operator.Require(order.Order().SequenceEqual(Enumerable.Range(0, shape.Rank).Select(i => (long)i)), "Transpose", $"[{string.Join(", ", order)}] must name each axis once", inputs);
            return (inputs[0].ElementType, Shape.Create([.. order.Select(i => shape[(int)i])]));
        },
        (y, g) =>
        {
            long[] order = y.Attributes.Integers("order");
            return [Op.Transpose(Full(g, y), [.. Enumerable.Range(0, order.Length).Select(i => Array.IndexOf(order, i))])];
        },
        (e, t) => e.Node("Transpose", t, [e.Name(t.InputArray[0])], ("perm", t.Attributes.Integers("order"))));

    /// <summary>Tensors one after the other along an axis (attribute <c>axis</c>); the other lengths are equal.</summary>
    public static readonly Operator Concat = new(
        "Concat",
        (inputs, attributes) =>
        {
            int axis = (int)attributes.Integer("axis");
            Shape first = inputs[0].Shape;
            bool fit = inputs.All(i => i.ElementType == inputs[0].ElementType && i.Shape.Rank == first.Rank && i.Shape.With(axis, 1).Equals(first.With(axis, 1)));
            Operator.Require(fit, "Concat", $"types and all lengths but those of axis {axis} must be equal", inputs);
            return (inputs[0].ElementType, first.With(axis, inputs.Select(i => i.Shape[axis]).Aggregate(Sum)));
        },
        (y, g) =>
        {
            if (y.ElementType != ElementType.Float32) return new Tensor?[y.InputArray.Length];
            int axis = (int)y.Attributes.Integer("axis");
            Tensor full = Full(g, y);
            long start = 0;
            return [.. y.InputArray.Select(i => (Tensor?)Op.Slice(full, axis, start, start += i.Shape[axis].Value))];
        },
        (e, t) => e.Node("Concat", t, [.. t.InputArray.Select(e.Name)], ("axis", t.Attributes.Integer("axis"))));

    /// <summary>The part of an axis from <c>start</c> to before <c>end</c> (attributes, with <c>axis</c>).</summary>
    public static readonly Operator Slice = new(
        "Slice",
        (inputs, attributes) =>
        {
            int axis = (int)attributes.Integer("axis");
            long start = attributes.Integer("start"), end = attributes.Integer("end");
            Dimension length = inputs[0].Shape[axis];
            Operator.Require(length.IsKnown && start >= 0 && start <= end && end <= length.Value, "Slice", $"0 ≤ start {start} ≤ end {end} ≤ length of axis {axis} must hold", inputs);
            return (inputs[0].ElementType, inputs[0].Shape.With(axis, end - start));
        },
        (y, g) =>
        {
            int axis = (int)y.Attributes.Integer("axis");
            Shape shape = y.InputArray[0].Shape;
            return [Op.Pad(Full(g, y), axis, y.Attributes.Integer("start"), shape[axis].Value - y.Attributes.Integer("end"))];
        },
        (e, t) => e.Node(
            "Slice", t,
            [e.Name(t.InputArray[0]), e.Integers([t.Attributes.Integer("start")]), e.Integers([t.Attributes.Integer("end")]), e.Integers([t.Attributes.Integer("axis")])]));

    /// <summary>Zeros put before and after along an axis (attributes <c>axis</c>, <c>before</c>, <c>after</c>).</summary>
    public static readonly Operator Pad = new(
        "Pad",
        (inputs, attributes) =>
        {
            Operator.RequireFloat(inputs, "Pad");
            int axis = (int)attributes.Integer("axis");
            long before = attributes.Integer("before"), after = attributes.Integer("after");
            Operator.Require(before >= 0 && after >= 0, "Pad", $"{before} before and {after} after must not be negative", inputs);
            return (ElementType.Float32, inputs[0].Shape.With(axis, inputs[0].Shape[axis].Value + before + after));
        },
        (y, g) =>
        {
            int axis = (int)y.Attributes.Integer("axis");
            long before = y.Attributes.Integer("before");
            return [Op.Slice(Full(g, y), axis, before, before + y.InputArray[0].Shape[axis].Value)];
        },
        (e, t) =>
        {
            int rank = t.Shape.Rank, axis = (int)t.Attributes.Integer("axis");
            long[] pads = new long[2 * rank];
            pads[axis] = t.Attributes.Integer("before");
            pads[rank + axis] = t.Attributes.Integer("after");
            e.Node("Pad", t, [e.Name(t.InputArray[0]), e.Integers(pads)]);
        });

    /// <summary>The first input stretched by broadcasting to the shape of the second.</summary>
    public static readonly Operator ExpandLike = new(
        "ExpandLike",
        (inputs, _) =>
        {
            Operator.Require(Shape.Broadcast(inputs[0].Shape, inputs[1].Shape).Equals(inputs[1].Shape), "ExpandLike", "the first must broadcast to the second", inputs);
            return (inputs[0].ElementType, inputs[1].Shape);
        },
        (y, g) => [ReduceTo(g, y, y.InputArray[0]), null],
        (e, t) =>
        {
            string shape = e.Temporary();
            e.Node("Shape", [e.Name(t.InputArray[1])], shape);
            e.Node("Expand", t, [e.Name(t.InputArray[0]), shape]);
        });

    /// <summary>The input stretched by broadcasting to a known shape (attribute <c>shape</c>).</summary>
    public static readonly Operator Expand = new(
        "Expand",
        (inputs, attributes) =>
        {
            Shape target = attributes.Shape("shape");
            Operator.Require(Shape.Broadcast(inputs[0].Shape, target).Equals(target), "Expand", $"the input must broadcast to {target}", inputs);
            return (inputs[0].ElementType, target);
        },
        (y, g) => [ReduceTo(g, y, y.InputArray[0])],
        (e, t) => e.Node("Expand", t, [e.Name(t.InputArray[0]), e.Integers([.. t.Shape.Select(d => d.Value)])]));

    internal static IReadOnlyList<Operator> Rows => [Reshape, Transpose, Concat, Slice, Pad, ExpandLike, Expand];

    private static Dimension Sum(Dimension a, Dimension b)
    {
        if (a.Symbol == b.Symbol) return new Dimension(a.Factor + b.Factor, a.Symbol);
        throw new ArgumentException($"Concat: the lengths {a} and {b} cannot be added while one is symbolic. Build the graph with numbers here.");
    }

    private static bool SameCount(Shape a, Shape b)
    {
        static (long Product, string Symbols) Count(Shape shape) =>
            (shape.Aggregate(1L, (p, d) => p * d.Factor), string.Join("*", shape.Where(d => !d.IsKnown).Select(d => d.Symbol).Order()));
        return Count(a) == Count(b);
    }
}
