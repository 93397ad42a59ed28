using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Onnx.Messages;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Engine.Onnx;

/// <summary>Receives the ONNX nodes of a graph, operator by operator, and keeps names and constants.</summary>
public sealed class Emitter
{
    private const string ContributedDomain = "com.microsoft";
    private readonly GraphDefinition _graph;
    private readonly Dictionary<Tensor, string> _names = [];
    private readonly Dictionary<string, string> _constants = [];
    private readonly Dictionary<Tensor, Tensor> _biasOf = [];
    private readonly HashSet<Tensor> _fused = [];
    private readonly HashSet<string> _taken;
    private int _temporaries;

    internal Emitter(GraphDefinition graph, IReadOnlyList<Tensor> order, IReadOnlyCollection<Tensor> outputs, IEnumerable<string> names, ModelDefinition definition)
    {
        _graph = graph;
        _taken = [.. names];
        AllowContributed = definition.AllowContributed;
        Opset = definition.Opset;
        FindBiases(order, outputs);
    }

    /// <summary>Whether operators of ONNX Runtime's own domain may be used; never in a model that is shipped.</summary>
    public bool AllowContributed { get; }

    /// <summary>
    /// The operator set of the model. Operators write the forms of set 13, which later sets have too and <see cref="OpsetLowering"/> turns into older ones; only what hangs on an
    /// element type, which that does not know, is asked here.
    /// </summary>
    public int Opset { get; }

    internal bool UsesContributed { get; private set; }

    /// <summary>The name of a tensor in the model.</summary>
    /// <param name="tensor">The tensor.</param>
    public string Name(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return _names.TryGetValue(tensor, out string? name) ? name : _names[tensor] = tensor.Name ?? Free($"t{tensor.Id}");
    }

    /// <summary>A name that nothing else has.</summary>
    public string Temporary() => Free($"x{_temporaries++}");

    /// <summary>Makes a tensor another name for one that is already there.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="same">What it is the same as.</param>
    public void Alias(Tensor tensor, Tensor same) => _names[tensor] = Name(same);

    /// <summary>A node that computes a tensor from its own inputs.</summary>
    /// <param name="type">The ONNX operator.</param>
    /// <param name="result">The tensor.</param>
    public void Node(string type, Tensor result)
    {
        ArgumentNullException.ThrowIfNull(result);
        Node(type, result, [.. result.Inputs.Select(Name)]);
    }

    /// <summary>A node that computes a tensor.</summary>
    /// <param name="type">The ONNX operator.</param>
    /// <param name="result">The tensor.</param>
    /// <param name="inputs">Names of the node's inputs.</param>
    /// <param name="attributes">Its attributes: long, long[], float, float[] or string.</param>
    public void Node(string type, Tensor result, string[] inputs, params (string Name, object Value)[] attributes) =>
        Write(type, string.Empty, inputs, [Name(result)], attributes);

    /// <summary>A node that computes something that has a name only.</summary>
    /// <param name="type">The ONNX operator.</param>
    /// <param name="inputs">Names of the node's inputs.</param>
    /// <param name="output">The name.</param>
    /// <param name="attributes">Its attributes.</param>
    public void Node(string type, string[] inputs, string output, params (string Name, object Value)[] attributes) =>
        Write(type, string.Empty, inputs, [output], attributes);

    /// <summary>A node with several outputs.</summary>
    /// <param name="type">The ONNX operator.</param>
    /// <param name="inputs">Names of the node's inputs.</param>
    /// <param name="outputs">Names of its outputs.</param>
    /// <param name="attributes">Its attributes.</param>
    public void Node(string type, string[] inputs, string[] outputs, params (string Name, object Value)[] attributes) =>
        Write(type, string.Empty, inputs, outputs, attributes);

    /// <summary>A node of ONNX Runtime's own domain; only where <see cref="AllowContributed"/>.</summary>
    /// <param name="type">The operator.</param>
    /// <param name="result">The tensor it computes.</param>
    /// <param name="inputs">Names of the node's inputs.</param>
    /// <param name="attributes">Its attributes.</param>
    public void Contributed(string type, Tensor result, string[] inputs, params (string Name, object Value)[] attributes)
    {
        UsesContributed = true;
        Write(type, ContributedDomain, inputs, [Name(result)], attributes);
    }

    /// <summary>A scalar float constant.</summary>
    /// <param name="value">Its value.</param>
    public string Float(float value) => Constant(new[] { value }, []);

    /// <summary>A list of floats as a constant.</summary>
    /// <param name="values">Its values.</param>
    public string Floats(float[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return Constant(values, [values.Length]);
    }

    /// <summary>A scalar whole number as a constant.</summary>
    /// <param name="value">Its value.</param>
    public string Integer(long value) => Constant(new[] { value }, []);

    /// <summary>A list of whole numbers as a constant.</summary>
    /// <param name="values">Its values.</param>
    public string Integers(long[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return Constant(values, [values.Length]);
    }

    /// <summary>A float constant with the same value everywhere.</summary>
    /// <param name="value">The value.</param>
    /// <param name="shape">The shape.</param>
    public string Filled(float value, long[] shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        float[] values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        Array.Fill(values, value);
        return Constant(values, shape);
    }

    /// <summary>
    /// The bias that the matrix product writes itself because an addition follows that is its only use; the product then computes
    /// the addition's result and the addition writes nothing.
    /// </summary>
    /// <param name="product">The matrix product.</param>
    /// <param name="result">What the product's node computes: the addition's result.</param>
    public Tensor? FusedBias(Tensor product, out Tensor result)
    {
        if (_biasOf.TryGetValue(product, out Tensor? addition))
        {
            result = addition;
            return addition.InputArray[0] == product ? addition.InputArray[1] : addition.InputArray[0];
        }

        result = product;
        return null;
    }

    internal bool IsFused(Tensor tensor) => _fused.Contains(tensor);

    internal void Constant(Tensor tensor) => _names[tensor] = Constant(tensor.Payload!, tensor.Shape.Resolve(_ => 0));

    internal void Initializer(string name, ReadOnlySpan<float> values, Shape shape)
    {
        var data = new TensorData { Name = name, DataType = (int)ElementType.Float32, RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values)) };
        data.Dims.AddRange(shape.Resolve(_ => 0));
        _graph.Initializer.Add(data);
    }

    private string Constant(Array values, long[] shape)
    {
        byte[] bytes = Graph.Bytes(values);
        ElementType type = values switch { float[] => ElementType.Float32, long[] => ElementType.Int64, _ => ElementType.Boolean };
        string key = $"{type}[{string.Join(",", shape)}]{Convert.ToBase64String(bytes)}";
        if (_constants.TryGetValue(key, out string? known)) return known;
        string name = Free($"c{_constants.Count}");
        _constants.Add(key, name);
        var data = new TensorData { Name = name, DataType = (int)type, RawData = ByteString.CopyFrom(bytes) };
        data.Dims.AddRange(shape);
        _graph.Initializer.Add(data);
        return name;
    }

    // Inputs and outputs may be called anything.
    private string Free(string name)
    {
        while (!_taken.Add(name)) name += "_";
        return name;
    }

    private void Write(string type, string domain, string[] inputs, string[] outputs, (string Name, object Value)[] attributes)
    {
        Node node = Make(type, inputs, outputs, attributes);
        node.Domain = domain;
        node.Name = $"{type}_{_graph.Node.Count}";
        _graph.Node.Add(node);
    }

    /// <summary>A node without a name, of the standard's domain.</summary>
    internal static Node Make(string type, string[] inputs, string[] outputs, params (string Name, object Value)[] attributes)
    {
        var node = new Node { OpType = type };
        node.Input.AddRange(inputs);
        node.Output.AddRange(outputs);
        foreach ((string name, object value) in attributes) node.Attribute.Add(Encode(name, value));
        return node;
    }

    private static Messages.Attribute Encode(string name, object value)
    {
        var attribute = new Messages.Attribute { Name = name };
        switch (value)
        {
            case long number: (attribute.I, attribute.Type) = (number, 2); break;
            case float real: (attribute.F, attribute.Type) = (real, 1); break;
            case string text: (attribute.S, attribute.Type) = (ByteString.CopyFromUtf8(text), 3); break;
            case long[] numbers: attribute.Ints.AddRange(numbers); attribute.Type = 7; break;
            case float[] reals: attribute.Floats.AddRange(reals); attribute.Type = 6; break;
            default: throw new ArgumentException($"An attribute is long, float, string or a list of numbers, not {value.GetType().Name}.", nameof(value));
        }

        return attribute;
    }

    // Adding a vector to the only use of a two-axis product is the product's own bias.
    private void FindBiases(IReadOnlyList<Tensor> order, IReadOnlyCollection<Tensor> outputs)
    {
        var uses = new Dictionary<Tensor, int>();
        foreach (Tensor tensor in order)
        {
            foreach (Tensor input in tensor.InputArray) uses[input] = uses.GetValueOrDefault(input) + 1;
        }

        foreach (Tensor addition in order.Where(t => t.Operator == Elementwise.Add))
        {
            Tensor a = addition.InputArray[0], b = addition.InputArray[1];
            (Tensor product, Tensor bias) = a.Operator == MatrixProducts.MatMul ? (a, b) : (b, a);
            bool fits = product.Operator == MatrixProducts.MatMul && product.InputArray.All(i => i.Shape.Rank == 2) && product.Shape.Rank == 2 &&
                uses[product] == 1 && !outputs.Contains(product) && !_biasOf.ContainsKey(product) &&
                addition.Shape.Equals(product.Shape) && bias.Shape.Rank <= 2 && bias.Id < product.Id;
            if (!fits) continue;
            _biasOf.Add(product, addition);
            _fused.Add(addition);
        }
    }
}
