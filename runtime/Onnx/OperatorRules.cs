using System;
using System.Collections.Generic;
using System.Linq;

namespace Pipeline.Runtime.Onnx;

/// <summary>What an operator may have, and what it makes of its inputs.</summary>
internal sealed record OperatorRule(int MinimumInputs, int MaximumInputs, Func<OperatorCall, GraphValue> Infer, params (string Name, AttributeKind Kind)[] Attributes)
{
    internal string AttributeNames => Attributes.Length == 0 ? "none" : string.Join(", ", Attributes.Select(attribute => $"{attribute.Name} ({attribute.Kind})"));

    internal bool Has(OnnxAttribute attribute) => Attributes.Contains((attribute.Name, attribute.Kind));
}

/// <summary>
/// The operators that a policy may be made of: those that exported actors use, in the form of opsets 13 to 17, with one output each. A rule
/// checks all that the operator's implementation relies on, and gives the result's type and shape. Left out on purpose are operators of
/// training alone and those that could fault on data which no check ahead of the run sees: places computed from data (Gather is
/// allowed with constant ones), division of whole numbers, TopK (its order is undefined with NaN).
/// </summary>
internal static partial class OperatorRules
{
    private static readonly Dictionary<string, OperatorRule> Table = Make();

    /// <summary>The operators' names, for messages.</summary>
    internal static string Names => string.Join(", ", Table.Keys.OrderBy(name => name, StringComparer.Ordinal));

    internal static bool Knows(string name) => Table.ContainsKey(name);

    internal static OperatorRule Of(string name) => Table[name];

    private static Dictionary<string, OperatorRule> Make()
    {
        var table = new Dictionary<string, OperatorRule>(StringComparer.Ordinal);
        AddElementwise(table);
        AddProducts(table);
        AddReductions(table);
        AddShaping(table);
        return table;
    }

    private static void AddElementwise(Dictionary<string, OperatorRule> table)
    {
        foreach (string name in new[] { "Abs", "Cos", "Erf", "Exp", "Floor", "Log", "Neg", "Relu", "Sigmoid", "Sign", "Sin", "Softplus", "Sqrt", "Tanh" })
            table.Add(name, new OperatorRule(1, 1, Unary));
        foreach (string name in new[] { "Add", "Div", "Max", "Min", "Mul", "Pow", "Sub" })
            table.Add(name, new OperatorRule(2, 2, call => Binary(call, ElementTypes.Float32, ElementTypes.Float32)));
        foreach (string name in new[] { "Greater", "GreaterOrEqual", "Less", "LessOrEqual" })
            table.Add(name, new OperatorRule(2, 2, call => Binary(call, ElementTypes.Float32, ElementTypes.Bool)));
        foreach (string name in new[] { "And", "Or" })
            table.Add(name, new OperatorRule(2, 2, call => Binary(call, ElementTypes.Bool, ElementTypes.Bool)));
        table.Add("Equal", new OperatorRule(2, 2, call => Binary(call, call[0].Element, ElementTypes.Bool)));
        table.Add("Not", new OperatorRule(1, 1, Not));
        table.Add("HardSigmoid", new OperatorRule(1, 1, Unary, ("alpha", AttributeKind.Real), ("beta", AttributeKind.Real)));
        table.Add("Identity", new OperatorRule(1, 1, call => call[0]));
        table.Add("Clip", new OperatorRule(3, 3, Clip));
        table.Add("Where", new OperatorRule(3, 3, Where));
        table.Add("Cast", new OperatorRule(1, 1, Cast, ("to", AttributeKind.Integer)));
    }

    private static GraphValue Unary(OperatorCall call)
    {
        call.Floats();
        return call[0];
    }

    private static GraphValue Not(OperatorCall call)
    {
        call.Require(call[0].Element == ElementTypes.Bool, "a bool tensor");
        return call[0];
    }

    private static GraphValue Binary(OperatorCall call, int from, int to)
    {
        call.Require(call[0].Element == from && call[1].Element == from, $"two {ElementTypes.Name(from)} tensors");
        return new GraphValue(to, OperatorCall.Broadcast(call[0].Shape, call[1].Shape));
    }

    private static GraphValue Clip(OperatorCall call)
    {
        call.Floats();
        call.Require(call[1].Shape.Length == 0 && call[2].Shape.Length == 0, "scalar bounds");
        return call[0];
    }

    private static GraphValue Where(OperatorCall call)
    {
        call.Require(call[0].Element == ElementTypes.Bool && call[1].Element == call[2].Element, "a bool tensor, and two of one type");
        return new GraphValue(call[1].Element, OperatorCall.Broadcast(call[0].Shape, OperatorCall.Broadcast(call[1].Shape, call[2].Shape)));
    }

    private static GraphValue Cast(OperatorCall call)
    {
        long to = call.Integer("to", 0, ElementTypes.Float32, ElementTypes.Bool);
        if (ElementTypes.Size(to) == 0) throw OperatorCall.Fault($"to {to}", "1 (float32), 7 (int64) or 9 (bool)");
        return new GraphValue((int)to, call[0].Shape, to == ElementTypes.Int64 ? call[0].Known : null);
    }

    private static void AddReductions(Dictionary<string, OperatorRule> table)
    {
        foreach (string name in new[] { "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceSumSquare" })
            table.Add(name, new OperatorRule(1, 1, call => Reduce(call, call.Integers("axes")), ("axes", AttributeKind.Integers), ("keepdims", AttributeKind.Integer)));
        table.Add("ReduceSum", new OperatorRule(1, 2, call => Reduce(call, call.Inputs.Length > 1 ? call.KnownList(1, ShapeCheck.MaximumRank) : null), ("keepdims", AttributeKind.Integer)));
        foreach (string name in new[] { "ArgMax", "ArgMin" })
            table.Add(name, new OperatorRule(1, 1, Arg, ("axis", AttributeKind.Integer), ("keepdims", AttributeKind.Integer)));
        foreach (string name in new[] { "LogSoftmax", "Softmax" })
            table.Add(name, new OperatorRule(1, 1, AlongAxis, ("axis", AttributeKind.Integer)));
        table.Add("CumSum", new OperatorRule(2, 2, CumSum, ("exclusive", AttributeKind.Integer), ("reverse", AttributeKind.Integer)));
    }

    private static GraphValue Reduce(OperatorCall call, long[]? axes)
    {
        call.Require(call[0].Element == ElementTypes.Float32, "a float32 tensor");
        long[] shape = call[0].Shape;
        if (axes is { Length: 0 }) throw OperatorCall.Fault("axes []", "at least one axis, or none said");
        int[] reduced = axes is null ? Enumerable.Range(0, shape.Length).ToArray() : OperatorCall.Axes(axes, shape.Length);
        return OperatorCall.Float(Without(shape, reduced, call.Flag("keepdims", true)));
    }

    private static GraphValue Arg(OperatorCall call)
    {
        call.Floats();
        int axis = call.AttributeAxis("axis", 0, call[0].Shape.Length);
        return new GraphValue(ElementTypes.Int64, Without(call[0].Shape, new[] { axis }, call.Flag("keepdims", true)));
    }

    private static GraphValue AlongAxis(OperatorCall call)
    {
        call.Floats();
        call.AttributeAxis("axis", -1, call[0].Shape.Length);
        return call[0];
    }

    private static GraphValue CumSum(OperatorCall call)
    {
        call.Require(call[0].Element == ElementTypes.Float32, "a float32 tensor");
        OperatorCall.Axis(call.KnownNumber(1), call[0].Shape.Length);
        call.Flag("exclusive", false);
        call.Flag("reverse", false);
        return call[0];
    }

    private static long[] Without(long[] shape, int[] axes, bool keep) => keep
        ? shape.Select((n, i) => axes.Contains(i) ? 1 : n).ToArray()
        : shape.Where((_, i) => !axes.Contains(i)).ToArray();
}
