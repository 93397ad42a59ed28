using System;
using Pipeline.Training.Engine.Graphs;

namespace Pipeline.Training.Engine.Operators;

/// <summary>
/// Builds tensors. Constants are folded and operations that change nothing are left out as the graph is built.
/// Element-wise functions keep their input's shape; those of two inputs broadcast.
/// </summary>
public static partial class Op
{
    /// <summary>a + b</summary>
    public static Tensor Add(Tensor a, Tensor b)
    {
        if (Fold(a, b, (x, y) => x + y) is Tensor folded) return folded;
        if (Is(b, 0) && KeepsShape(a, b)) return a;
        if (Is(a, 0) && KeepsShape(b, a)) return b;
        if (b.Operator == Elementwise.Neg) return Subtract(a, b.InputArray[0]);
        if (a == b) return Multiply(a, a.Graph.Constant(2));
        return Commutative(Elementwise.Add, a, b);
    }

    /// <summary>a − b</summary>
    public static Tensor Subtract(Tensor a, Tensor b)
    {
        if (Fold(a, b, (x, y) => x - y) is Tensor folded) return folded;
        if (Is(b, 0) && KeepsShape(a, b)) return a;
        if (Is(a, 0) && KeepsShape(b, a)) return Negate(b);
        if (b.Operator == Elementwise.Neg) return Add(a, b.InputArray[0]);
        return Apply(Elementwise.Sub, a, b);
    }

    /// <summary>a · b</summary>
    public static Tensor Multiply(Tensor a, Tensor b)
    {
        if (Fold(a, b, (x, y) => x * y) is Tensor folded) return folded;
        if (a.UniformValue is not null) (a, b) = (b, a);
        if (b.UniformValue is float factor)
        {
            if (factor == 1 && KeepsShape(a, b)) return a;
            if (factor == -1 && KeepsShape(a, b)) return Negate(a);
            if (a.Operator == Elementwise.Neg) return Multiply(a.InputArray[0], Negate(b));
            if (a.Operator == Elementwise.Mul && a.InputArray[1].UniformValue is not null) return Multiply(a.InputArray[0], Multiply(a.InputArray[1], b));
            return Apply(Elementwise.Mul, a, b);
        }

        if (a.Operator == Elementwise.Neg && b.Operator == Elementwise.Neg) return Multiply(a.InputArray[0], b.InputArray[0]);
        return Commutative(Elementwise.Mul, a, b);
    }

    /// <summary>a / b</summary>
    public static Tensor Divide(Tensor a, Tensor b)
    {
        if (Fold(a, b, (x, y) => x / y) is Tensor folded) return folded;
        if (b.UniformValue is float divisor) return Multiply(a, Fill(b, 1 / divisor));
        return Apply(Elementwise.Div, a, b);
    }

    /// <summary>−x</summary>
    public static Tensor Negate(Tensor x)
    {
        if (x.UniformValue is float value) return Fill(x, -value);
        if (x.Operator == Elementwise.Neg) return x.InputArray[0];
        if (x.Operator == Elementwise.Sub) return Subtract(x.InputArray[1], x.InputArray[0]);
        if (x.Operator == Elementwise.Mul && x.InputArray[1].UniformValue is not null) return Multiply(x.InputArray[0], Negate(x.InputArray[1]));
        return Apply(Elementwise.Neg, x);
    }

    /// <summary>eˣ</summary>
    public static Tensor Exp(Tensor x) => Apply(Elementwise.Exp, x);

    /// <summary>ln x</summary>
    public static Tensor Log(Tensor x) => Apply(Elementwise.Log, x);

    /// <summary>√x</summary>
    public static Tensor Sqrt(Tensor x) => Apply(Elementwise.Sqrt, x);

    /// <summary>x²</summary>
    public static Tensor Square(Tensor x) => Multiply(x, x);

    /// <summary>xᵖ for a constant p.</summary>
    public static Tensor Power(Tensor x, double p) => p switch
    {
        0 => ExpandLike(x.Graph.Constant(1), x),
        1 => x,
        2 => Square(x),
        0.5 => Sqrt(x),
        _ => x.Graph.Apply(Elementwise.Power, Attributes.Of(("exponent", p)), x),
    };

    /// <summary>tanh x</summary>
    public static Tensor Tanh(Tensor x) => Apply(Elementwise.Tanh, x);

    /// <summary>1 / (1 + e⁻ˣ)</summary>
    public static Tensor Sigmoid(Tensor x) => Apply(Elementwise.Sigmoid, x);

    /// <summary>max(x, 0)</summary>
    public static Tensor Relu(Tensor x) => Apply(Elementwise.Relu, x);

    /// <summary>ln(1 + eˣ)</summary>
    public static Tensor Softplus(Tensor x) => Apply(Elementwise.Softplus, x);

    /// <summary>ln cosh x</summary>
    public static Tensor LogCosh(Tensor x) => Apply(Elementwise.LogCosh, x);

    /// <summary>x · sigmoid(x)</summary>
    public static Tensor Silu(Tensor x) => x * Sigmoid(x);

    /// <summary>x where x &gt; 0, otherwise eˣ − 1.</summary>
    public static Tensor Elu(Tensor x) => Relu(x) + (Exp(Minimum(x, x.Graph.Constant(0))) - 1);

    /// <summary>x where x &gt; 0, otherwise slope · x.</summary>
    public static Tensor LeakyRelu(Tensor x, double slope = 0.01) => Maximum(x, x * slope);

    /// <summary>x · Φ(x), Φ the standard normal distribution function.</summary>
    public static Tensor Gelu(Tensor x) => x * 0.5 * (Apply(Elementwise.Erf, x * Math.Sqrt(0.5)) + 1);

    /// <summary>|x|</summary>
    public static Tensor Abs(Tensor x) => Apply(Elementwise.Abs, x);

    /// <summary>−1, 0 or 1.</summary>
    public static Tensor Sign(Tensor x) => Apply(Elementwise.Sign, x);

    /// <summary>The largest whole number not above x.</summary>
    public static Tensor Floor(Tensor x) => Apply(Elementwise.Floor, x);

    /// <summary>sin x</summary>
    public static Tensor Sin(Tensor x) => Apply(Elementwise.Sin, x);

    /// <summary>cos x</summary>
    public static Tensor Cos(Tensor x) => Apply(Elementwise.Cos, x);

    /// <summary>The error function.</summary>
    public static Tensor Erf(Tensor x) => Apply(Elementwise.Erf, x);

    /// <summary>The smaller of a and b.</summary>
    public static Tensor Minimum(Tensor a, Tensor b) => Apply(Elementwise.Min, a, b);

    /// <summary>The larger of a and b.</summary>
    public static Tensor Maximum(Tensor a, Tensor b) => Apply(Elementwise.Max, a, b);

    /// <summary>min(max(x, low), high)</summary>
    public static Tensor Clip(Tensor x, double low, double high)
    {
        ArgumentNullException.ThrowIfNull(x);
        return Clip(x, x.Graph.Constant((float)low), x.Graph.Constant((float)high));
    }

    /// <summary>min(max(x, low), high) with scalar bounds, which get no gradient.</summary>
    public static Tensor Clip(Tensor x, Tensor low, Tensor high) => Apply(Elementwise.Clip, x, low, high);

    /// <summary>The same values; gradients stop here.</summary>
    public static Tensor StopGradient(Tensor x) => x.Payload is not null ? x : Apply(Elementwise.StopGradient, x);

    /// <summary>a &lt; b</summary>
    public static Tensor Less(Tensor a, Tensor b) => Apply(Comparison.Less, a, b);

    /// <summary>a ≤ b</summary>
    public static Tensor LessOrEqual(Tensor a, Tensor b) => Apply(Comparison.LessOrEqual, a, b);

    /// <summary>a &gt; b</summary>
    public static Tensor Greater(Tensor a, Tensor b) => Apply(Comparison.Greater, a, b);

    /// <summary>a ≥ b</summary>
    public static Tensor GreaterOrEqual(Tensor a, Tensor b) => Apply(Comparison.GreaterOrEqual, a, b);

    /// <summary>a = b</summary>
    public static Tensor Equal(Tensor a, Tensor b) => Apply(Comparison.Equal, a, b);

    /// <summary>a and b</summary>
    public static Tensor And(Tensor a, Tensor b) => Apply(Comparison.And, a, b);

    /// <summary>a or b</summary>
    public static Tensor Or(Tensor a, Tensor b) => Apply(Comparison.Or, a, b);

    /// <summary>not a</summary>
    public static Tensor Not(Tensor a) => Apply(Comparison.Not, a);

    /// <summary>a where the condition is true, b elsewhere.</summary>
    public static Tensor Where(Tensor condition, Tensor a, Tensor b) =>
        Is(a, 0) && Is(b, 0) && KeepsShape(a, condition) && KeepsShape(a, b) ? a : Apply(Comparison.Where, condition, a, b);

    /// <summary>Conversion to another element type. There and back again is left out.</summary>
    public static Tensor Cast(Tensor x, ElementType to)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (x.ElementType == to) return x;
        if (x.Operator == Shaping.Reshape) return Reshape(Cast(x.InputArray[0], to), x.Shape);
        if (x.Operator == Comparison.Cast && x.ElementType == ElementType.Float32 && x.InputArray[0].ElementType == to) return x.InputArray[0];
        return x.Graph.Apply(Comparison.Cast, Attributes.Of(("to", (long)to)), x);
    }

    private static Tensor Apply(Operator source, params Tensor[] inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs[0]);
        return inputs[0].Graph.Apply(source, Attributes.None, inputs);
    }

    private static Tensor Commutative(Operator source, Tensor a, Tensor b) =>
        b.UniformValue is null && (a.UniformValue is not null || a.Id > b.Id) ? Apply(source, b, a) : Apply(source, a, b);

    private static bool Is(Tensor x, float value) => x.UniformValue == value;

    private static bool KeepsShape(Tensor x, Tensor other) => Shape.Broadcast(x.Shape, other.Shape).Equals(x.Shape);

    private static Tensor? Fold(Tensor a, Tensor b, Func<float, float, float> function)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        if (a.UniformValue is not float x || b.UniformValue is not float y) return null;
        return Fill(a, function(x, y), Shape.Broadcast(a.Shape, b.Shape));
    }

    private static Tensor Fill(Tensor like, float value, Shape? shape = null)
    {
        shape ??= like.Shape;
        float[] values = new float[shape.ElementCount];
        Array.Fill(values, value);
        return like.Graph.Constant(values, shape);
    }
}
