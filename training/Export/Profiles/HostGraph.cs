using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Onnx;
using Pipeline.Training.Engine.Onnx.Messages;

namespace Pipeline.Training.Export.Profiles;

/// <summary>
/// A policy's graph while it is given another host's inputs and outputs. What the native file holds is there under names of its own, so that the host's
/// names are free; whatever no output needs in the end is left out. Operators are added in forms that operator sets 9 to 17 share.
/// </summary>
internal sealed class HostGraph
{
    /// <summary>The length of an axis that is the number of rows in a call.</summary>
    public const long Batch = -1;

    private const string Inner = "policy/";
    private static readonly long[] _columnAxis = [1];
    private readonly GraphDefinition _graph;
    private readonly Model _model;
    private readonly int _opset;
    private readonly Dictionary<string, string> _fed = [];
    private readonly List<(string Name, string Value)> _outputs = [];
    private int _count;

    /// <summary>Starts from a native model.</summary>
    /// <param name="native">The native model; not changed.</param>
    /// <param name="opset">The operator set of what is made of it.</param>
    /// <exception cref="ArgumentException">The policy has an operator that the operator set lacks.</exception>
    public HostGraph(Model native, int opset)
    {
        _model = native.Clone();
        _opset = opset;
        OpsetLowering.Lower(_model, opset);
        _graph = _model.Graph;
        foreach (Node node in _graph.Node)
        {
            Rename(node.Input);
            Rename(node.Output);
        }

        foreach (TensorData constant in _graph.Initializer) constant.Name = Inner + constant.Name;
        _graph.Input.Clear();
        _graph.Output.Clear();
        _graph.ValueInfo.Clear();
    }

    /// <summary>The tensor that is an output of the native file.</summary>
    /// <param name="name">The output's name.</param>
    public static string Native(string name) => Inner + name;

    /// <summary>The values of a constant of the native file; null where it has none of that name.</summary>
    /// <param name="name">The constant's name.</param>
    public float[]? NativeConstant(string name) => _graph.Initializer.FirstOrDefault(i => i.Name == Inner + name && i.DataType == (int)ElementType.Float32) is TensorData data
        ? MemoryMarshal.Cast<byte, float>(data.RawData.Span).ToArray()
        : null;

    /// <summary>Declares an input of the host's file, float32.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="shape">The lengths of its axes, <see cref="Batch"/> for the rows.</param>
    public string Input(string name, params long[] shape)
    {
        _graph.Input.Add(Describe(name, ElementType.Float32, shape));
        return name;
    }

    /// <summary>Lets the native graph read something in place of one of its inputs.</summary>
    /// <param name="input">The native input's name.</param>
    /// <param name="value">What it reads.</param>
    public void Feed(string input, string value) => _fed.Add(Inner + input, value);

    /// <summary>Declares an output.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">The tensor.</param>
    /// <param name="type">Its element type.</param>
    /// <param name="shape">The lengths of its axes, <see cref="Batch"/> for the rows.</param>
    public void Output(string name, string value, ElementType type, params long[] shape)
    {
        _graph.Output.Add(Describe(name, type, shape));
        _outputs.Add((name, value));
    }

    /// <summary>Declares an output that is a constant of the file under its own name.</summary>
    /// <param name="name">The name of both.</param>
    /// <param name="values">Its values.</param>
    /// <param name="shape">Its shape.</param>
    public void ConstantOutput(string name, float[] values, params long[] shape)
    {
        Store(name, ElementType.Float32, MemoryMarshal.AsBytes<float>(values), shape);
        _graph.Output.Add(Describe(name, ElementType.Float32, shape));
    }

    /// <summary>Adds an operator and gives back its result.</summary>
    /// <param name="type">The operator.</param>
    /// <param name="inputs">What it reads.</param>
    /// <param name="attributes">Its attributes.</param>
    public string Apply(string type, string[] inputs, params (string Name, object Value)[] attributes)
    {
        string result = $"host/{_count++}";
        _graph.Node.Add(Emitter.Make(type, inputs, [result], attributes));
        return result;
    }

    /// <summary>A constant of floats.</summary>
    /// <param name="values">Its values, row-major.</param>
    /// <param name="shape">Its shape.</param>
    public string Constant(float[] values, params long[] shape) => Store($"host/{_count++}", ElementType.Float32, MemoryMarshal.AsBytes<float>(values), shape);

    /// <summary>The same elements in another shape; an axis of <see cref="Batch"/> has what remains.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="shape">The shape.</param>
    public string Reshape(string x, params long[] shape) => Apply("Reshape", [x, Integers(shape)]);

    /// <summary>Columns of a matrix.</summary>
    /// <param name="x">[batch, n]</param>
    /// <param name="start">The first.</param>
    /// <param name="count">How many.</param>
    public string Columns(string x, long start, long count)
    {
        if (_opset < 10) return Apply("Slice", [x], ("starts", new[] { start }), ("ends", new[] { start + count }), ("axes", _columnAxis));
        return Apply("Slice", [x, Integers([start]), Integers([start + count]), Integers(_columnAxis)]);
    }

    /// <summary>Matrices side by side.</summary>
    /// <param name="parts">[batch, n] each; at least one.</param>
    public string Concat(params string[] parts) => parts.Length == 1 ? parts[0] : Apply("Concat", parts, ("axis", 1L));

    /// <summary>The numbers as another type.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="type">The type.</param>
    public string Cast(string x, ElementType type) => Apply("Cast", [x], ("to", (long)type));

    /// <summary>The finished file.</summary>
    /// <param name="metadata">What its metadata holds.</param>
    /// <exception cref="InvalidOperationException">What was added goes in a circle, or reads something that is nowhere.</exception>
    public byte[] Finish(IEnumerable<KeyValuePair<string, string>> metadata)
    {
        foreach (Node node in _graph.Node)
        {
            for (int i = 0; i < node.Input.Count; i++) node.Input[i] = _fed.GetValueOrDefault(node.Input[i], node.Input[i]);
        }

        NameOutputs();
        Order();
        HashSet<string> read = [.. _graph.Node.SelectMany(n => n.Input), .. _graph.Output.Select(o => o.Name)];
        TensorData[] kept = [.. _graph.Initializer.Where(i => read.Contains(i.Name))];
        _graph.Initializer.Clear();
        _graph.Initializer.AddRange(kept);
        _model.MetadataProps.Clear();
        foreach ((string key, string value) in metadata) _model.MetadataProps.Add(new Entry { Key = key, Value = value });
        return _model.ToByteArray();
    }

    // A node writes its result under the output's name where it is one output's alone.
    private void NameOutputs()
    {
        var producers = _graph.Node.SelectMany(n => n.Output.Select(o => (o, n))).ToDictionary(p => p.o, p => p.n);
        for (int output = 0; output < _outputs.Count; output++)
        {
            (string name, string value) = _outputs[output];
            if (!producers.Remove(value, out Node? producer))
            {
                _graph.Node.Add(Emitter.Make("Identity", [_fed.GetValueOrDefault(value, value)], [name]));
                continue;
            }

            producer.Output[producer.Output.IndexOf(value)] = name;
            foreach (Node node in _graph.Node)
            {
                for (int i = 0; i < node.Input.Count; i++)
                {
                    if (node.Input[i] == value) node.Input[i] = name;
                }
            }

            for (int i = 0; i < _outputs.Count; i++)
            {
                if (_outputs[i].Value == value) _outputs[i] = (_outputs[i].Name, name);
            }
        }
    }

    // Every node after those that it reads, and only those that an output needs.
    private void Order()
    {
        var producers = _graph.Node.SelectMany(n => n.Output.Select(o => (o, n))).ToDictionary(p => p.o, p => p.n);
        HashSet<string> known = [.. _graph.Input.Select(i => i.Name), .. _graph.Initializer.Select(i => i.Name)];
        var ordered = new List<Node>();
        HashSet<Node> done = new(ReferenceEqualityComparer.Instance), open = new(ReferenceEqualityComparer.Instance);
        var stack = new Stack<Node>(_graph.Output.Select(o => o.Name).Where(n => !known.Contains(n)).Select(n => producers[n]).Reverse());
        while (stack.TryPeek(out Node? node))
        {
            Node[] missing = [.. node.Input.Where(i => i.Length > 0 && !known.Contains(i))
                .Select(i => producers.GetValueOrDefault(i) ?? throw new InvalidOperationException($"{node.OpType} reads '{i}', which is nowhere.")).Where(n => !done.Contains(n))];
            if (done.Contains(node) || missing.Length == 0)
            {
                stack.Pop();
                if (done.Add(node)) ordered.Add(node);
                continue;
            }

            if (!open.Add(node)) throw new InvalidOperationException($"{node.OpType} reads what depends on it.");
            foreach (Node next in missing.Reverse()) stack.Push(next);
        }

        for (int i = 0; i < ordered.Count; i++) ordered[i].Name = $"{ordered[i].OpType}_{i}";
        _graph.Node.Clear();
        _graph.Node.AddRange(ordered);
    }

    private string Integers(long[] values) => Store($"host/{_count++}", ElementType.Int64, MemoryMarshal.AsBytes<long>(values), [values.Length]);

    private string Store(string name, ElementType type, ReadOnlySpan<byte> bytes, long[] shape)
    {
        var data = new TensorData { Name = name, DataType = (int)type, RawData = ByteString.CopyFrom(bytes) };
        data.Dims.AddRange(shape);
        _graph.Initializer.Add(data);
        return name;
    }

    private static void Rename(RepeatedField<string> names)
    {
        for (int i = 0; i < names.Count; i++)
        {
            if (names[i].Length > 0) names[i] = Inner + names[i];
        }
    }

    private static ValueInfo Describe(string name, ElementType type, long[] shape)
    {
        var described = new TensorShape();
        foreach (long length in shape) described.Dim.Add(length == Batch ? new ShapeDimension { DimParam = "batch" } : new ShapeDimension { DimValue = length });
        return new ValueInfo { Name = name, Type = new Engine.Onnx.Messages.ValueType { TensorType = new TensorValueType { ElemType = (int)type, Shape = described } } };
    }
}
