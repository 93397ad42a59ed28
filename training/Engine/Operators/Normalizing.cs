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

    internal static IReadOnlyList<Operator> Rows => [Softmax, LogSoftmax];

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
