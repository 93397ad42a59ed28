using System;
using System.Collections.Generic;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Engine.Graphs;

/// <summary>
/// An edge of the symbolic graph: the result of an operator, an input or a constant. It has a type and a shape, and no value until the
/// graph is compiled and run. Arithmetic operators build further edges and broadcast.
/// </summary>
public sealed class Tensor
{
    internal Tensor(Graph graph, int id, Operator source, Tensor[] inputs, Attributes attributes, ElementType elementType, Shape shape)
    {
        Graph = graph;
        Id = id;
        Operator = source;
        InputArray = inputs;
        Attributes = attributes;
        ElementType = elementType;
        Shape = shape;
    }

    /// <summary>The graph it belongs to.</summary>
    public Graph Graph { get; }

    /// <summary>Its number in the graph; inputs have smaller numbers than what is made from them.</summary>
    public int Id { get; }

    /// <summary>The operator it is the result of.</summary>
    public Operator Operator { get; }

    /// <summary>What the operator was applied to.</summary>
    public IReadOnlyList<Tensor> Inputs => InputArray;

    /// <summary>The operator's settings.</summary>
    public Attributes Attributes { get; }

    /// <summary>What the elements are.</summary>
    public ElementType ElementType { get; }

    /// <summary>The lengths of the axes.</summary>
    public Shape Shape { get; }

    /// <summary>The name of an input; null for everything else.</summary>
    public string? Name { get; internal init; }

    internal Tensor[] InputArray { get; }

    /// <summary>The elements of a constant (float[], long[] or bool[]); null for everything else.</summary>
    internal Array? Payload { get; init; }

    /// <summary>The value of a constant all of whose elements are the same float; null for everything else.</summary>
    internal float? UniformValue { get; init; }

    /// <summary>a + b, element by element.</summary>
    public static Tensor operator +(Tensor a, Tensor b) => Op.Add(a, b);

    /// <summary>a + b, element by element.</summary>
    public static Tensor operator +(Tensor a, double b) => Op.Add(a, Of(a, b));

    /// <summary>a + b, element by element.</summary>
    public static Tensor operator +(double a, Tensor b) => Op.Add(Of(b, a), b);

    /// <summary>a − b, element by element.</summary>
    public static Tensor operator -(Tensor a, Tensor b) => Op.Subtract(a, b);

    /// <summary>a − b, element by element.</summary>
    public static Tensor operator -(Tensor a, double b) => Op.Subtract(a, Of(a, b));

    /// <summary>a − b, element by element.</summary>
    public static Tensor operator -(double a, Tensor b) => Op.Subtract(Of(b, a), b);

    /// <summary>−a, element by element.</summary>
    public static Tensor operator -(Tensor a) => Op.Negate(a);

    /// <summary>a · b, element by element.</summary>
    public static Tensor operator *(Tensor a, Tensor b) => Op.Multiply(a, b);

    /// <summary>a · b, element by element.</summary>
    public static Tensor operator *(Tensor a, double b) => Op.Multiply(a, Of(a, b));

    /// <summary>a · b, element by element.</summary>
    public static Tensor operator *(double a, Tensor b) => Op.Multiply(Of(b, a), b);

    /// <summary>a / b, element by element.</summary>
    public static Tensor operator /(Tensor a, Tensor b) => Op.Divide(a, b);

    /// <summary>a / b, element by element.</summary>
    public static Tensor operator /(Tensor a, double b) => Op.Divide(a, Of(a, b));

    /// <summary>a / b, element by element.</summary>
    public static Tensor operator /(double a, Tensor b) => Op.Divide(Of(b, a), b);

    /// <inheritdoc/>
    public override string ToString() => Name ?? $"%{Id}";

    private static Tensor Of(Tensor like, double value)
    {
        ArgumentNullException.ThrowIfNull(like);
        return like.Graph.Constant((float)value);
    }
}
