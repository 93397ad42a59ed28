using System.Collections.Generic;
using Pipeline.Training.Engine.Graphs;
using static Pipeline.Training.Engine.Operators.Broadcasting;

namespace Pipeline.Training.Engine.Operators;

/// <summary>Softmax and its logarithm along one axis (attribute <c>axis</c>).</summary>
public static class Normalizing
{
    /// <summary>softmax(x)ᵢ = eˣⁱ / Σⱼ eˣʲ</summary>
    public static readonly Operator Softmax = Along("Softmax", (y, g, axis) => y * (g - Op.Sum(g * y, [axis], keepDimensions: true)));

    /// <summary>ln softmax(x)</summary>
    public static readonly Operator LogSoftmax = Along("LogSoftmax", (y, g, axis) => g - (Op.Exp(y) * Op.Sum(Full(g, y), [axis], keepDimensions: true)));

    /// <summary>
    /// ln softmax(x) of one choice a row: inputs x, ln softmax(x) and the choice one-hot, each [B, n]; result [B, 1]. As one row its
    /// gradient is g·(choice − softmax(x)) with nothing to sum.
    /// </summary>
    public static readonly Operator ChosenLogSoftmax = new(
        "ChosenLogSoftmax",
        (inputs, _) =>
        {
            Operator.RequireFloat(inputs, "ChosenLogSoftmax");
            bool fits = inputs.Length == 3 && inputs[0].Shape.Rank == 2 && inputs[1].Shape.Equals(inputs[0].Shape) && inputs[2].Shape.Equals(inputs[0].Shape);
            Operator.Require(fits, "ChosenLogSoftmax", "takes three tensors [B, n] of one shape", inputs);
            return (ElementType.Float32, inputs[0].Shape.With(1, 1));
        },
        (y, g) => [g * (y.InputArray[2] - Op.Exp(y.InputArray[1])), null, null],
        (e, t) =>
        {
            string chosen = e.Temporary();
            e.Node("Mul", [e.Name(t.InputArray[1]), e.Name(t.InputArray[2])], chosen);
            e.Node("ReduceSum", t, [chosen, e.Integers([1])], ("keepdims", 1L));
        });

    internal static IReadOnlyList<Operator> Rows => [Softmax, LogSoftmax, ChosenLogSoftmax];

    private static Operator Along(string name, System.Func<Tensor, Tensor, int, Tensor> gradient) => new(
        name,
        (inputs, attributes) =>
        {
            Operator.RequireFloat(inputs, name);
            inputs[0].Shape.Axis((int)attributes.Integer("axis"));
            return (ElementType.Float32, inputs[0].Shape);
        },
        (y, g) => [gradient(y, g, (int)y.Attributes.Integer("axis"))],
        (e, t) => e.Node(name, t, [e.Name(t.InputArray[0])], ("axis", t.Attributes.Integer("axis"))));
}
