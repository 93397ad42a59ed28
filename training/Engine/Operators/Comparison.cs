using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Engine.Graphs;
using static Pipeline.Training.Engine.Operators.Broadcasting;

namespace Pipeline.Training.Engine.Operators;

/// <summary>Comparisons (numbers to booleans, with broadcasting), logic on booleans, selection and conversion.</summary>
public static class Comparison
{
    /// <summary>a &lt; b</summary>
    public static readonly Operator Less = Compare("Less");

    /// <summary>a ≤ b</summary>
    public static readonly Operator LessOrEqual = Compare("LessOrEqual");

    /// <summary>a &gt; b</summary>
    public static readonly Operator Greater = Compare("Greater");

    /// <summary>a ≥ b</summary>
    public static readonly Operator GreaterOrEqual = Compare("GreaterOrEqual");

    /// <summary>a = b</summary>
    public static readonly Operator Equal = Compare("Equal");

    /// <summary>a and b</summary>
    public static readonly Operator And = Logic("And");

    /// <summary>a or b</summary>
    public static readonly Operator Or = Logic("Or");

    /// <summary>not a</summary>
    public static readonly Operator Not = Logic("Not");

    /// <summary>The second input where the first is true, the third elsewhere; all three broadcast.</summary>
    public static readonly Operator Where = new(
        "Where",
        (inputs, _) =>
        {
            Operator.Require(inputs.Length == 3 && inputs[0].ElementType == ElementType.Boolean && inputs[1].ElementType == inputs[2].ElementType, "Where", "takes a Boolean and two inputs of one type", inputs);
            return (inputs[1].ElementType, Shape.Broadcast(inputs[0].Shape, Shape.Broadcast(inputs[1].Shape, inputs[2].Shape)));
        },
        (y, g) =>
        {
            if (y.ElementType != ElementType.Float32) return [null, null, null];
            Tensor condition = y.InputArray[0], zero = y.Graph.Constant(0);
            return [null, ReduceTo(Op.Where(condition, g, zero), y, y.InputArray[1]), ReduceTo(Op.Where(condition, zero, g), y, y.InputArray[2])];
        },
        (e, t) => e.Node("Where", t));

    /// <summary>Conversion to another element type (attribute <c>to</c>); true is 1. Passes no gradient.</summary>
    public static readonly Operator Cast = new(
        "Cast",
        (inputs, attributes) => ((ElementType)attributes.Integer("to"), inputs[0].Shape),
        null,
        (e, t) => e.Node("Cast", t, [e.Name(t.InputArray[0])], ("to", t.Attributes.Integer("to"))));

    internal static IReadOnlyList<Operator> Rows => [Less, LessOrEqual, Greater, GreaterOrEqual, Equal, And, Or, Not, Where, Cast];

    private static Operator Compare(string name) => new(
        name,
        (inputs, _) =>
        {
            Operator.Require(inputs.Length == 2 && inputs[0].ElementType == inputs[1].ElementType && inputs[0].ElementType != ElementType.Boolean, name, "takes two inputs of one number type", inputs);
            return (ElementType.Boolean, Shape.Broadcast(inputs[0].Shape, inputs[1].Shape));
        },
        null,
        (e, t) => e.Node(name, t));

    private static Operator Logic(string name) => new(
        name,
        (inputs, _) =>
        {
            Operator.Require(inputs.All(i => i.ElementType == ElementType.Boolean), name, "takes Booleans", inputs);
            return (ElementType.Boolean, inputs.Aggregate(Shape.Scalar, (shape, i) => Shape.Broadcast(shape, i.Shape)));
        },
        null,
        (e, t) => e.Node(name, t));
}
