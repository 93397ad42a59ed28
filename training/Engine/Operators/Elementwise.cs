using System;
using System.Collections.Generic;
using Pipeline.Training.Engine.Graphs;
using static Pipeline.Training.Engine.Operators.Broadcasting;

namespace Pipeline.Training.Engine.Operators;

/// <summary>Operators that work element by element on floats; those of two inputs broadcast.</summary>
public static class Elementwise
{
    /// <summary>−x</summary>
    public static readonly Operator Neg = Unary("Neg", (x, y, g) => -g);

    /// <summary>eˣ</summary>
    public static readonly Operator Exp = Unary("Exp", (x, y, g) => g * y);

    /// <summary>ln x</summary>
    public static readonly Operator Log = Unary("Log", (x, y, g) => g / x);

    /// <summary>√x</summary>
    public static readonly Operator Sqrt = Unary("Sqrt", (x, y, g) => g * 0.5 / y);

    /// <summary>tanh x</summary>
    public static readonly Operator Tanh = Unary("Tanh", (x, y, g) => g * (1 - (y * y)));

    /// <summary>1 / (1 + e⁻ˣ)</summary>
    public static readonly Operator Sigmoid = Unary("Sigmoid", (x, y, g) => g * (y * (1 - y)));

    /// <summary>max(x, 0); derivative 0 at 0.</summary>
    public static readonly Operator Relu = Unary("Relu", (x, y, g) => g * Op.Sign(y));

    /// <summary>ln(1 + eˣ)</summary>
    public static readonly Operator Softplus = Unary("Softplus", (x, y, g) => g * Op.Sigmoid(x));

    /// <summary>ln cosh x, as |x| + ln((1 + e^(−2|x|))/2) without overflow.</summary>
    public static readonly Operator LogCosh = Unary("LogCosh", (x, y, g) => g * Op.Tanh(x), EmitLogCosh);

    /// <summary>|x|; derivative 0 at 0.</summary>
    public static readonly Operator Abs = Unary("Abs", (x, y, g) => g * Op.Sign(x));

    /// <summary>−1, 0 or 1; derivative 0.</summary>
    public static readonly Operator Sign = Unary("Sign", null, EmitSign);

    /// <summary>The largest whole number not above x; derivative 0.</summary>
    public static readonly Operator Floor = Unary("Floor", null);

    /// <summary>sin x</summary>
    public static readonly Operator Sin = Unary("Sin", (x, y, g) => g * Op.Cos(x));

    /// <summary>cos x</summary>
    public static readonly Operator Cos = Unary("Cos", (x, y, g) => -(g * Op.Sin(x)));

    /// <summary>The error function 2/√π ∫₀ˣ e^(−t²) dt</summary>
    public static readonly Operator Erf = Unary("Erf", (x, y, g) => g * (Op.Exp(-(x * x)) * (2 / Math.Sqrt(Math.PI))));

    /// <summary>The same values; passes no gradient.</summary>
    public static readonly Operator StopGradient = new("StopGradient", SameAsFirst("StopGradient", anyType: true), null, (e, t) => e.Alias(t, t.InputArray[0]));

    /// <summary>a + b</summary>
    public static readonly Operator Add = Binary("Add", (a, b, y, g) => (g, g));

    /// <summary>a − b</summary>
    public static readonly Operator Sub = Binary("Sub", (a, b, y, g) => (g, -g));

    /// <summary>a · b</summary>
    public static readonly Operator Mul = Binary("Mul", (a, b, y, g) => (g * b, g * a), EmitMul);

    /// <summary>a / b</summary>
    public static readonly Operator Div = Binary("Div", (a, b, y, g) => (g / b, -(g * y / b)));

    /// <summary>The smaller of a and b; where they are equal the derivative is a's.</summary>
    public static readonly Operator Min = Binary("Min", (a, b, y, g) => Chosen(Op.LessOrEqual(a, b), g), (e, t) => EmitExtreme(e, t, "Min", "Less"));

    /// <summary>The larger of a and b; where they are equal the derivative is a's.</summary>
    public static readonly Operator Max = Binary("Max", (a, b, y, g) => Chosen(Op.GreaterOrEqual(a, b), g), (e, t) => EmitExtreme(e, t, "Max", "Greater"));

    /// <summary>xᵖ for a constant p (attribute <c>exponent</c>).</summary>
    public static readonly Operator Power = new(
        "Power",
        SameAsFirst("Power"),
        (y, g) =>
        {
            double p = y.Attributes.Real("exponent");
            return [g * (p * Op.Power(y.InputArray[0], p - 1))];
        },
        (e, t) => e.Node("Pow", t, [e.Name(t.InputArray[0]), e.Float((float)t.Attributes.Real("exponent"))]));

    /// <summary>min(max(x, low), high) with scalar bounds; derivative 1 from bound to bound, bounds included, and 0 outside. The bounds get none.</summary>
    public static readonly Operator Clip = new(
        "Clip",
        (inputs, _) =>
        {
            Operator.RequireFloat(inputs, "Clip");
            Operator.Require(inputs.Length == 3 && inputs[1].Shape.Rank == 0 && inputs[2].Shape.Rank == 0, "Clip", "takes a tensor and two scalar bounds", inputs);
            return (ElementType.Float32, inputs[0].Shape);
        },
        (y, g) => [g * Mask(Op.Equal(y, y.InputArray[0])), null, null],
        (e, t) => e.Node("Clip", t));

    internal static IReadOnlyList<Operator> Rows =>
        [Neg, Exp, Log, Sqrt, Tanh, Sigmoid, Relu, Softplus, LogCosh, Abs, Sign, Floor, Sin, Cos, Erf, StopGradient, Add, Sub, Mul, Div, Min, Max, Power, Clip];

    private static Operator Unary(string name, Func<Tensor, Tensor, Tensor, Tensor>? gradient, EmissionRule? emit = null) =>
        new(name, SameAsFirst(name), gradient is null ? null : (y, g) => [gradient(y.InputArray[0], y, g)], emit ?? ((e, t) => e.Node(name, t)));

    // ONNX Runtime's Softplus works on one element at a time; these do not.
    private static void EmitLogCosh(Onnx.Emitter e, Tensor t)
    {
        string size = e.Temporary(), exponent = e.Temporary(), small = e.Temporary(), half = e.Temporary(), mean = e.Temporary(), rest = e.Temporary();
        e.Node("Abs", [e.Name(t.InputArray[0])], size);
        e.Node("Mul", [size, e.Float(-2)], exponent);
        e.Node("Exp", [exponent], small);
        e.Node("Mul", [small, e.Float(0.5f)], half);
        e.Node("Add", [half, e.Float(0.5f)], mean);
        e.Node("Log", [mean], rest);
        e.Node("Add", t, [size, rest]);
    }

    // ONNX Runtime's Sign takes several times as long as its other element-wise operators. What is never negative, as in Relu's gradient, becomes
    // min(max · x, 1): exact from 2.9e-39 on, below all normal numbers.
    private static void EmitSign(Onnx.Emitter e, Tensor t)
    {
        if (t.InputArray[0].Operator == Relu) e.Node("HardSigmoid", t, [e.Name(t.InputArray[0])], ("alpha", float.MaxValue), ("beta", 0f));
        else e.Node("Sign", t);
    }

    // Whole numbers came with operator set 12.
    private static void EmitExtreme(Onnx.Emitter e, Tensor t, string name, string comparison)
    {
        if (t.ElementType == ElementType.Float32 || e.Opset >= 12)
        {
            e.Node(name, t);
            return;
        }

        string isFirst = e.Temporary(), a = e.Name(t.InputArray[0]), b = e.Name(t.InputArray[1]);
        e.Node(comparison, [a, b], isFirst);
        e.Node("Where", t, [isFirst, a, b]);
    }

    // ONNX Runtime broadcasts in runs as long as the last axis. Where that is 1, or a few, it is several times as fast to stretch the smaller
    // side first: a constant to its full shape, a column by a product with a row of ones.
    private static void EmitMul(Onnx.Emitter e, Tensor t)
    {
        Tensor a = t.InputArray[0], b = t.InputArray[1];
        bool isColumns = t.Shape.Rank == 2 && t.Shape.IsKnown && t.Shape[0].Value is >= 16 and <= 1 << 16 && t.Shape[1].Value <= 16;
        if (isColumns && b.UniformValue is float factor && t.Shape[1].IsOne && a.Shape.Equals(t.Shape))
        {
            e.Node("Mul", t, [e.Name(a), e.Filled(factor, [t.Shape[0].Value, 1])]);
            return;
        }

        (Tensor column, Tensor full) = a.Shape.Equals(t.Shape) ? (b, a) : (a, b);
        if (isColumns && !t.Shape[1].IsOne && full.Shape.Equals(t.Shape) && column.Shape.Equals(t.Shape.With(1, 1)))
        {
            string stretched = e.Temporary();
            e.Node("MatMul", [e.Name(column), e.Filled(1, [1, t.Shape[1].Value])], stretched);
            e.Node("Mul", t, [stretched, e.Name(full)]);
            return;
        }

        e.Node("Mul", t);
    }

    private static Operator Binary(string name, Func<Tensor, Tensor, Tensor, Tensor, (Tensor A, Tensor B)> gradient, EmissionRule? emit = null) => new(
        name,
        (inputs, _) =>
        {
            Operator.Require(inputs.Length == 2 && inputs[0].ElementType == inputs[1].ElementType && inputs[0].ElementType != ElementType.Boolean, name, "takes two inputs of one number type", inputs);
            return (inputs[0].ElementType, Shape.Broadcast(inputs[0].Shape, inputs[1].Shape));
        },
        (y, g) =>
        {
            if (y.ElementType != ElementType.Float32) return [null, null];
            (Tensor a, Tensor b) = gradient(y.InputArray[0], y.InputArray[1], y, g);
            return [ReduceTo(a, y, y.InputArray[0]), ReduceTo(b, y, y.InputArray[1])];
        },
        emit ?? ((e, t) => e.Node(name, t)));

    // A product with zeros and ones: ONNX Runtime's Where costs several times as much.
    private static (Tensor A, Tensor B) Chosen(Tensor isFirst, Tensor g)
    {
        Tensor first = Mask(isFirst);
        return (g * first, g * (1 - first));
    }

    private static Tensor Mask(Tensor condition) => Op.Cast(condition, ElementType.Float32);

    private static InferRule SameAsFirst(string name, bool anyType = false) => (inputs, _) =>
    {
        if (!anyType) Operator.RequireFloat(inputs, name);
        return (inputs[0].ElementType, inputs[0].Shape);
    };
}
