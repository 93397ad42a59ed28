using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Engine.Graphs;

/// <summary>
/// A symbolic computation under construction. Applying the same operator to the same inputs twice gives the same tensor, so common
/// subexpressions are shared as they arise. Not safe for use by several threads.
/// </summary>
public sealed class Graph
{
    private readonly List<Tensor> _tensors = [];
    private readonly Dictionary<string, Tensor> _known = [];
    private readonly Dictionary<string, Tensor> _inputs = [];

    /// <summary>Everything in the graph, in an order in which it can be computed.</summary>
    public IReadOnlyList<Tensor> Tensors => _tensors;

    /// <summary>Declares an input: data, a parameter or state.</summary>
    /// <param name="name">Its name, unique in the graph.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="elementType">What its elements are.</param>
    /// <exception cref="ArgumentException">The name is taken by an input of another shape or type.</exception>
    public Tensor Input(string name, Shape shape, ElementType elementType = ElementType.Float32)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (_inputs.TryGetValue(name, out Tensor? known))
        {
            if (!known.Shape.Equals(shape) || known.ElementType != elementType)
                throw new ArgumentException($"The graph has an input '{name}' of {known.ElementType} {known.Shape} already; {elementType} {shape} needs another name.", nameof(name));
            return known;
        }

        var input = new Tensor(this, _tensors.Count, Sources.Input, [], Attributes.None, elementType, shape) { Name = name };
        _tensors.Add(input);
        _inputs.Add(name, input);
        return input;
    }

    /// <summary>A scalar constant.</summary>
    /// <param name="value">Its value.</param>
    public Tensor Constant(float value) => Constant([value], Shape.Scalar);

    /// <summary>A constant of floats.</summary>
    /// <param name="values">The elements, row-major.</param>
    /// <param name="shape">The shape; all lengths known.</param>
    /// <exception cref="ArgumentException">The number of elements is not the shape's.</exception>
    public Tensor Constant(float[] values, Shape shape) => Constant(values, shape, ElementType.Float32);

    /// <summary>A constant of whole numbers.</summary>
    /// <param name="values">The elements, row-major.</param>
    /// <param name="shape">The shape; all lengths known.</param>
    /// <exception cref="ArgumentException">The number of elements is not the shape's.</exception>
    public Tensor Constant(long[] values, Shape shape) => Constant(values, shape, ElementType.Int64);

    /// <summary>Applies an operator after checking its inputs by the operator's shape rule.</summary>
    /// <param name="source">The operator.</param>
    /// <param name="attributes">Its settings.</param>
    /// <param name="inputs">What it is applied to.</param>
    /// <exception cref="ArgumentException">The inputs do not fit the operator or belong to another graph.</exception>
    public Tensor Apply(Operator source, Attributes attributes, params Tensor[] inputs)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(attributes);
        ArgumentNullException.ThrowIfNull(inputs);
        foreach (Tensor input in inputs)
        {
            if (input.Graph != this)
                throw new ArgumentException($"{source.Name}: the input {input} belongs to another graph. Build everything that is combined in one graph.");
        }

        string key = $"{source.Name}({string.Join(",", inputs.Select(i => i.Id))}){attributes.Text}";
        if (_known.TryGetValue(key, out Tensor? known)) return known;
        (ElementType elementType, Shape shape) = source.Infer(inputs, attributes);
        var tensor = new Tensor(this, _tensors.Count, source, inputs, attributes, elementType, shape);
        _tensors.Add(tensor);
        _known.Add(key, tensor);
        return tensor;
    }

    /// <summary>What is needed to compute some tensors, in an order in which it can be computed.</summary>
    /// <param name="targets">The tensors.</param>
    public static IReadOnlyList<Tensor> Order(IEnumerable<Tensor> targets)
    {
        ArgumentNullException.ThrowIfNull(targets);
        var needed = new HashSet<Tensor>();
        var open = new Stack<Tensor>(targets);
        while (open.TryPop(out Tensor? tensor))
        {
            if (!needed.Add(tensor)) continue;
            foreach (Tensor input in tensor.InputArray) open.Push(input);
        }

        return [.. needed.OrderBy(t => t.Id)];
    }

    internal Tensor Constant(Array values, Shape shape, ElementType elementType)
    {
        if (shape.ElementCount != values.Length)
            throw new ArgumentException($"The shape {shape} has {shape.ElementCount} elements, but {values.Length} values were given.", nameof(values));
        string key = $"Constant {elementType} {shape} {Convert.ToBase64String(Bytes(values))}";
        if (_known.TryGetValue(key, out Tensor? known)) return known;
        float? uniform = values is float[] floats && floats.Length > 0 && floats.AsSpan().IndexOfAnyExcept(floats[0]) < 0 ? floats[0] : null;
        var constant = new Tensor(this, _tensors.Count, Sources.Constant, [], Attributes.None, elementType, shape)
        {
            Payload = (Array)values.Clone(),
            UniformValue = uniform,
        };
        _tensors.Add(constant);
        _known.Add(key, constant);
        return constant;
    }

    internal static byte[] Bytes(Array values) => values switch
    {
        float[] floats => MemoryMarshal.AsBytes<float>(floats).ToArray(),
        long[] longs => MemoryMarshal.AsBytes<long>(longs).ToArray(),
        bool[] flags => [.. flags.Select(f => f ? (byte)1 : (byte)0)],
        _ => throw new ArgumentException($"Constants hold float, long or bool, not {values.GetType().Name}.", nameof(values)),
    };
}
