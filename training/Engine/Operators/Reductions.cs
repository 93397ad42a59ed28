using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Engine.Graphs;
using static Pipeline.Training.Engine.Operators.Broadcasting;

namespace Pipeline.Training.Engine.Operators;

/// <summary>
/// Operators that reduce axes (attribute <c>axes</c>, numbers from 0, ascending; <c>keep</c> leaves them with length 1) or run along one.
/// </summary>
public static class Reductions
{
    /// <summary>Sum over axes.</summary>
    public static readonly Operator ReduceSum = Reduce("ReduceSum", (x, y, g) => g, axesAsInput: true);

    /// <summary>Mean over axes.</summary>
    public static readonly Operator ReduceMean = Reduce("ReduceMean", (x, y, g) => g / Count(x, ReducedAxes(x, y)));

    /// <summary>Largest over axes; where several are equal they share the derivative.</summary>
    public static readonly Operator ReduceMax = Reduce("ReduceMax", Extreme);

    /// <summary>Smallest over axes; where several are equal they share the derivative.</summary>
    public static readonly Operator ReduceMin = Reduce("ReduceMin", Extreme);

    /// <summary>ln Σ eˣ over axes, without overflow.</summary>
    public static readonly Operator ReduceLogSumExp = Reduce("ReduceLogSumExp", (x, y, g) => g * Op.Exp(x - y));

    /// <summary>Σ x² over axes.</summary>
    public static readonly Operator ReduceSumSquare = Reduce("ReduceSumSquare", (x, y, g) => g * (2 * x));

    /// <summary>Index of the largest along one axis (attribute <c>axis</c>), the first where several are equal; the axis is dropped.</summary>
    public static readonly Operator ArgMax = Arg("ArgMax");

    /// <summary>Index of the smallest along one axis, the first where several are equal; the axis is dropped.</summary>
    public static readonly Operator ArgMin = Arg("ArgMin");

    /// <summary>Sums of all elements up to each along one axis (attributes <c>axis</c>, <c>exclusive</c>, <c>reverse</c>).</summary>
    public static readonly Operator CumSum = new(
        "CumSum",
        (inputs, attributes) =>
        {
            Operator.RequireFloat(inputs, "CumSum");
            inputs[0].Shape.Axis((int)attributes.Integer("axis"));
            return (ElementType.Float32, inputs[0].Shape);
        },
        (y, g) => [Op.CumSum(Full(g, y), (int)y.Attributes.Integer("axis"), y.Attributes.Flag("exclusive"), !y.Attributes.Flag("reverse"))],
        (e, t) => e.Node(
            "CumSum", t, [e.Name(t.InputArray[0]), e.Integer(t.Attributes.Integer("axis"))],
            ("exclusive", t.Attributes.Integer("exclusive")), ("reverse", t.Attributes.Integer("reverse"))));

    /// <summary>The length of an axis that is known only when the graph runs, as a scalar float (attribute <c>axis</c>).</summary>
    public static readonly Operator Length = new(
        "Length",
        (inputs, attributes) =>
        {
            inputs[0].Shape.Axis((int)attributes.Integer("axis"));
            return (ElementType.Float32, Shape.Scalar);
        },
        null,
        (e, t) =>
        {
            string shape = e.Temporary(), length = e.Temporary();
            e.Node("Shape", [e.Name(t.InputArray[0])], shape);
            e.Node("Gather", [shape, e.Integer(t.Attributes.Integer("axis"))], length, ("axis", 0L));
            e.Node("Cast", t, [length], ("to", (long)ElementType.Float32));
        });

    /// <summary>The k-th largest element along the last axis, which keeps length 1 (attribute <c>k</c>, from 1). Passes no gradient.</summary>
    public static readonly Operator KthLargest = new(
        "KthLargest",
        (inputs, attributes) =>
        {
            Operator.RequireFloat(inputs, "KthLargest");
            long k = attributes.Integer("k");
            bool fits = inputs[0].Shape is { Rank: > 0 } shape && k >= 1 && (!shape[-1].IsKnown || k <= shape[-1].Value);
            Operator.Require(fits, "KthLargest", $"k = {k} must be from 1 to the length of the last axis", inputs);
            return (ElementType.Float32, inputs[0].Shape.With(-1, 1));
        },
        null,
        (e, t) =>
        {
            long k = t.Attributes.Integer("k");
            string largest = e.Temporary(), indices = e.Temporary();
            e.Node("TopK", [e.Name(t.InputArray[0]), e.Integers([k])], [largest, indices], ("axis", -1L));
            e.Node("Slice", t, [largest, e.Integers([k - 1]), e.Integers([k]), e.Integers([t.Shape.Rank - 1])]);
        });

    internal static IReadOnlyList<Operator> Rows =>
        [ReduceSum, ReduceMean, ReduceMax, ReduceMin, ReduceLogSumExp, ReduceSumSquare, ArgMax, ArgMin, CumSum, Length, KthLargest];

    /// <summary>A reduced tensor with its reduced axes put back as axes of length 1.</summary>
    internal static Tensor Restore(Tensor reduced, Tensor result, Shape original)
    {
        if (result.Attributes.Flag("keep")) return reduced;
        if (reduced.Shape.Rank == 0) return reduced;
        Shape kept = result.Attributes.Integers("axes").Aggregate(original, (shape, axis) => shape.With((int)axis, 1));
        return Op.Reshape(Full(reduced, result), kept);
    }

    private static Operator Reduce(string name, Func<Tensor, Tensor, Tensor, Tensor> gradient, bool axesAsInput = false) => new(
        name,
        (inputs, attributes) =>
        {
            Operator.RequireFloat(inputs, name);
            Shape shape = inputs[0].Shape;
            foreach (long axis in attributes.Integers("axes").Reverse())
                shape = attributes.Flag("keep") ? shape.With((int)axis, 1) : shape.Without((int)axis);
            return (ElementType.Float32, shape);
        },
        (y, g) =>
        {
            Tensor x = y.InputArray[0];
            return [gradient(x, Restore(y, y, x.Shape), Restore(g, y, x.Shape))];
        },
        (e, t) =>
        {
            long[] axes = t.Attributes.Integers("axes");
            if (axesAsInput && IsColumnSum(t)) e.Node("MatMul", t, [e.Filled(1, [1, t.InputArray[0].Shape[0].Value]), e.Name(t.InputArray[0])]);
            else if (axesAsInput) e.Node(name, t, [e.Name(t.InputArray[0]), e.Integers(axes)], ("keepdims", t.Attributes.Integer("keep")));
            else e.Node(name, t, [e.Name(t.InputArray[0])], ("axes", axes), ("keepdims", t.Attributes.Integer("keep")));
        });

    // Sums of the columns of a tall matrix, kept as a row: a product with a row of ones is several times as fast as ReduceSum.
    private static bool IsColumnSum(Tensor sum)
    {
        Shape x = sum.InputArray[0].Shape;
        return x.Rank == 2 && x[0].IsKnown && x[0].Value <= 1 << 16 && sum.Attributes.Flag("keep") && sum.Attributes.Integers("axes") is [0];
    }

    private static Operator Arg(string name) => new(
        name,
        (inputs, attributes) =>
        {
            Operator.RequireFloat(inputs, name);
            return (ElementType.Int64, inputs[0].Shape.Without((int)attributes.Integer("axis")));
        },
        null,
        (e, t) => e.Node(name, t, [e.Name(t.InputArray[0])], ("axis", t.Attributes.Integer("axis")), ("keepdims", 0L)));

    private static Tensor Extreme(Tensor x, Tensor y, Tensor g)
    {
        Tensor isExtreme = Op.Cast(Op.Equal(x, y), ElementType.Float32);
        return g * (isExtreme / Op.Sum(isExtreme, ReducedAxes(x, y), keepDimensions: true));
    }

    // The axes that were reduced, of a restored result; those of length 1 count for nothing.
    private static int[] ReducedAxes(Tensor x, Tensor y) =>
        [.. Enumerable.Range(0, x.Shape.Rank).Where(a => y.Shape.Rank == 0 || (y.Shape[a].IsOne && !x.Shape[a].IsOne))];

    private static Tensor Count(Tensor x, int[] axes)
    {
        Tensor count = x.Graph.Constant(1);
        foreach (int axis in axes) count *= Op.Length(x, axis);
        return count;
    }
}
