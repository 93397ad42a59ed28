using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Engine.Graphs;
using static Pipeline.Training.Engine.Operators.Broadcasting;

namespace Pipeline.Training.Engine.Operators;

/// <summary>Matrix products.</summary>
public static class MatrixProducts
{
    /// <summary>
    /// a · b over the last two axes, either one transposed first (attributes <c>transposeA</c>, <c>transposeB</c>); leading axes broadcast.
    /// </summary>
    public static readonly Operator MatMul = new("MatMul", Infer, Gradient, Emit);

    internal static IReadOnlyList<Operator> Rows => [MatMul];

    private static (ElementType ElementType, Shape Shape) Infer(Tensor[] inputs, Attributes attributes)
    {
        Operator.RequireFloat(inputs, "MatMul");
        Shape a = inputs[0].Shape, b = inputs[1].Shape;
        Operator.Require(a.Rank >= 2 && b.Rank >= 2, "MatMul", "takes two inputs of at least two axes", inputs);
        (Dimension m, Dimension k) = attributes.Flag("transposeA") ? (a[-1], a[-2]) : (a[-2], a[-1]);
        (Dimension k2, Dimension n) = attributes.Flag("transposeB") ? (b[-1], b[-2]) : (b[-2], b[-1]);
        Operator.Require(k == k2, "MatMul", $"the inner lengths {k} and {k2} must be equal", inputs);
        Shape leading = Shape.Broadcast(Leading(a), Leading(b));
        return (ElementType.Float32, leading.Insert(leading.Rank, m).Insert(leading.Rank + 1, n));
    }

    private static Tensor?[] Gradient(Tensor y, Tensor gradient)
    {
        Tensor a = y.InputArray[0], b = y.InputArray[1], g = Full(gradient, y);
        bool ta = y.Attributes.Flag("transposeA"), tb = y.Attributes.Flag("transposeB");
        Tensor da = ta ? Op.MatMul(b, g, tb, true) : Op.MatMul(g, b, false, !tb);
        Tensor db = tb ? Op.MatMul(g, a, true, ta) : Op.MatMul(a, g, !ta, false);
        return [ReduceTo(da, da, a), ReduceTo(db, db, b)];
    }

    private static void Emit(Onnx.Emitter e, Tensor t)
    {
        Tensor a = t.InputArray[0], b = t.InputArray[1];
        long ta = t.Attributes.Integer("transposeA"), tb = t.Attributes.Integer("transposeB");
        if (a.Shape.Rank == 2 && b.Shape.Rank == 2)
        {
            Tensor? bias = e.FusedBias(t, out Tensor result);
            if (bias is null && ta == 1 && tb == 0 && IsNarrow(t)) EmitNarrow(e, t);
            else if (bias is not null) e.Node("Gemm", result, [e.Name(a), e.Name(b), e.Name(bias)], ("transA", ta), ("transB", tb));
            else if (ta + tb > 0) e.Node("Gemm", t, [e.Name(a), e.Name(b)], ("transA", ta), ("transB", tb));
            else e.Node("MatMul", t);
            return;
        }

        if (ta + tb == 0) e.Node("MatMul", t);
        else if (e.AllowContributed) e.Contributed("FusedMatMul", t, [e.Name(a), e.Name(b)], ("transA", ta), ("transB", tb));
        else e.Node("MatMul", t, [Swapped(e, a, ta != 0), Swapped(e, b, tb != 0)]);
    }

    // aᵀ·b with a few columns would transpose all of a large a; (bᵀ·a)ᵀ transposes the small b and the small result.
    private static bool IsNarrow(Tensor t) =>
        t.Shape.IsKnown && t.InputArray[0].Shape.IsKnown && t.Shape[1].Value is > 1 and <= 8 && t.Shape[0].Value >= 4 * t.Shape[1].Value;

    private static void EmitNarrow(Onnx.Emitter e, Tensor t)
    {
        string product = e.Temporary();
        e.Node("Gemm", [e.Name(t.InputArray[1]), e.Name(t.InputArray[0])], product, ("transA", 1L));
        e.Node("Transpose", t, [product], ("perm", new long[] { 1, 0 }));
    }

    private static string Swapped(Onnx.Emitter e, Tensor x, bool swap)
    {
        if (!swap) return e.Name(x);
        long[] order = [.. Enumerable.Range(0, x.Shape.Rank - 2).Select(i => (long)i), x.Shape.Rank - 1, x.Shape.Rank - 2];
        string swapped = e.Temporary();
        e.Node("Transpose", [e.Name(x)], swapped, ("perm", order));
        return swapped;
    }

    private static Shape Leading(Shape shape) => Shape.Create([.. shape.Take(shape.Rank - 2)]);
}
