using System;
using System.Linq;

namespace Pipeline.Runtime.Onnx;

/// <summary>
/// A tensor in a graph for a known number of rows: element type and shape, and the elements where they are known ahead of the run (a list
/// of whole numbers that says a shape, an axis, a place).
/// </summary>
internal sealed class GraphValue
{
    internal GraphValue(int element, long[] shape, long[]? known = null)
    {
        Element = element;
        Shape = shape;
        Known = known;
        // In double: a product of hostile lengths overflows a whole number.
        Count = 1;
        foreach (long length in shape) Count *= length;
    }

    internal int Element { get; }

    internal long[] Shape { get; }

    internal long[]? Known { get; }

    internal double Count { get; }

    internal double Bytes => Count * ElementTypes.Size(Element);

    public override string ToString() => $"{ElementTypes.Name(Element)} [{string.Join(", ", Shape)}]";
}

/// <summary>A node with its inputs for a known number of rows, as an operator's rule sees it.</summary>
internal sealed class OperatorCall
{
    private readonly OnnxNode _node;

    internal OperatorCall(OnnxNode node, GraphValue[] inputs)
    {
        _node = node;
        Inputs = inputs;
    }

    internal GraphValue[] Inputs { get; }

    /// <summary>Multiplications and the like, besides reading every input and writing the output once.</summary>
    internal double Work { get; set; }

    /// <summary>Bytes the operator takes while it runs, besides its output.</summary>
    internal double Scratch { get; set; }

    internal GraphValue this[int input] => Inputs[input];

    internal static OperatorFault Fault(string found, string allowed) => new(found, allowed);

    internal void Require(bool holds, string allowed)
    {
        if (!holds) throw Fault(string.Join(", ", Inputs.Take(8).Select(input => input.ToString())), allowed);
    }

    internal void Floats()
    {
        foreach (GraphValue input in Inputs) Require(input.Element == ElementTypes.Float32, "float32 tensors");
    }

    internal long Integer(string name, long otherwise, long minimum, long maximum)
    {
        OnnxAttribute? attribute = Find(name);
        if (attribute is null) return otherwise;
        if (attribute.Integer < minimum || attribute.Integer > maximum) throw Fault($"{name} {attribute.Integer}", $"{minimum} to {maximum}");
        return attribute.Integer;
    }

    internal bool Flag(string name, bool otherwise) => Integer(name, otherwise ? 1 : 0, 0, 1) == 1;

    internal bool Has(string name) => Find(name) is not null;

    /// <summary>A list of numbers of a given length; all equal to one number where the node has none.</summary>
    internal long[] Integers(string name, int length, long otherwise, long minimum, long maximum)
    {
        long[]? numbers = Find(name)?.Integers;
        if (numbers is null) return Enumerable.Repeat(otherwise, length).ToArray();
        if (numbers.Length != length || numbers.Any(n => n < minimum || n > maximum))
            throw Fault($"{name} [{string.Join(", ", numbers)}]", $"{length} numbers from {minimum} to {maximum}");
        return numbers;
    }

    internal long[]? Integers(string name) => Find(name)?.Integers;

    /// <summary>An axis from an attribute, counted from 0.</summary>
    internal int AttributeAxis(string name, int otherwise, int rank)
    {
        Require(rank > 0, "at least one axis");
        return Axis(Integer(name, otherwise, long.MinValue, long.MaxValue), rank);
    }

    /// <summary>Counts an axis from 0 that may be counted from the end.</summary>
    internal static int Axis(long axis, int rank)
    {
        if (axis < -rank || axis >= rank) throw Fault($"axis {axis}", $"{-rank} to {rank - 1}");
        return (int)(axis < 0 ? axis + rank : axis);
    }

    internal static int[] Axes(long[] axes, int rank)
    {
        int[] counted = axes.Select(axis => Axis(axis, rank)).ToArray();
        if (counted.Distinct().Count() != counted.Length) throw Fault($"axes [{string.Join(", ", axes)}]", "each axis once");
        return counted;
    }

    /// <summary>The numbers of an input that must be known before the graph runs.</summary>
    internal long[] KnownList(int input, int maximum)
    {
        GraphValue value = Inputs[input];
        if (value.Known is null || value.Shape.Length != 1 || value.Known.Length > maximum) throw Unknown(input, $"a constant list of at most {maximum} whole numbers");
        return value.Known;
    }

    /// <summary>The number in an input that must be known before the graph runs.</summary>
    internal long KnownNumber(int input)
    {
        if (Inputs[input].Known is not { Length: 1 } numbers) throw Unknown(input, "one constant whole number");
        return numbers[0];
    }

    internal static GraphValue Float(params long[] shape) => new(ElementTypes.Float32, shape);

    /// <summary>The shape that two shapes broadcast to.</summary>
    internal static long[] Broadcast(long[] a, long[] b)
    {
        long[] shape = new long[Math.Max(a.Length, b.Length)];
        for (int i = 1; i <= shape.Length; i++)
        {
            long x = i <= a.Length ? a[^i] : 1;
            long y = i <= b.Length ? b[^i] : 1;
            if (x != y && x != 1 && y != 1) throw Fault($"[{string.Join(", ", a)}] with [{string.Join(", ", b)}]", "shapes that broadcast");
            shape[^i] = Math.Max(x, y);
        }

        return shape;
    }

    private OperatorFault Unknown(int input, string allowed) =>
        Fault($"input {input}, {Inputs[input]}{(Inputs[input].Known is null ? " computed from data" : "")}", allowed);

    private OnnxAttribute? Find(string name) => _node.Attributes.FirstOrDefault(attribute => attribute.Name == name);
}
