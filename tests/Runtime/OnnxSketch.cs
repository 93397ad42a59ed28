using System;
using System.Collections.Generic;
using System.Text;

namespace Pipeline.Tests.Runtime;

/// <summary>Writes small ONNX files byte by byte, right and wrong ones alike, so that no test depends on a file made elsewhere.</summary>
internal sealed class OnnxSketch
{
    internal const int Float32 = 1;
    internal const int Int64 = 7;

    private readonly Wire _graph = new();
    private readonly Wire _metadata = new();

    internal Wire Extra { get; } = new();

    internal long Opset { get; set; } = 15;

    internal OnnxSketch Input(string name, int element, params object[] shape)
    {
        _graph.Message(11, ValueInfo(name, element, shape));
        return this;
    }

    internal OnnxSketch Output(string name, int element, params object[] shape)
    {
        _graph.Message(12, ValueInfo(name, element, shape));
        return this;
    }

    internal OnnxSketch Node(string op, string inputs, string outputs, params (string Name, object Value)[] attributes) =>
        Node("", op, inputs, outputs, attributes);

    internal OnnxSketch Node(string domain, string op, string inputs, string outputs, params (string Name, object Value)[] attributes)
    {
        var node = new Wire();
        foreach (string input in inputs.Split(' ', StringSplitOptions.RemoveEmptyEntries)) node.Text(1, input);
        foreach (string output in outputs.Split(' ', StringSplitOptions.RemoveEmptyEntries)) node.Text(2, output);
        node.Text(4, op);
        foreach ((string name, object value) in attributes) node.Message(5, Attribute(name, value));
        if (domain.Length > 0) node.Text(7, domain);
        _graph.Message(1, node);
        return this;
    }

    internal OnnxSketch Floats(string name, int[] shape, params float[] values)
    {
        var data = new byte[values.Length * sizeof(float)];
        Buffer.BlockCopy(values, 0, data, 0, data.Length);
        _graph.Message(5, TensorOf(name, Float32, shape, data));
        return this;
    }

    internal OnnxSketch Longs(string name, params long[] values)
    {
        var data = new byte[values.Length * sizeof(long)];
        Buffer.BlockCopy(values, 0, data, 0, data.Length);
        _graph.Message(5, TensorOf(name, Int64, new[] { values.Length }, data));
        return this;
    }

    /// <summary>Pieces of the second axis of a tensor, one after the other.</summary>
    internal OnnxSketch Pieces(string input, params (string Name, int Length)[] pieces)
    {
        Longs($"{input}_axis", 1);
        int start = 0;
        foreach ((string name, int length) in pieces)
        {
            Longs($"{name}_start", start).Longs($"{name}_end", start + length).Node("Slice", $"{input} {name}_start {name}_end {input}_axis", name);
            start += length;
        }

        return this;
    }

    /// <summary>An initialiser that need not be right.</summary>
    internal OnnxSketch Tensor(string name, int element, int[] shape, byte[] data)
    {
        _graph.Message(5, TensorOf(name, element, shape, data));
        return this;
    }

    /// <summary>An initialiser whose data are in another file.</summary>
    internal OnnxSketch External(string name, int[] shape, string location)
    {
        Wire tensor = TensorOf(name, Float32, shape, null);
        tensor.Message(13, new Wire().Text(1, "location").Text(2, location));
        tensor.Number(14, 1);
        _graph.Message(5, tensor);
        return this;
    }

    internal OnnxSketch Metadata(string key, string value)
    {
        _metadata.Message(14, new Wire().Text(1, key).Text(2, value));
        return this;
    }

    internal byte[] Build()
    {
        var model = new Wire().Number(1, 8);
        model.Message(7, new Wire().Text(2, "sketch").Raw(_graph));
        model.Message(8, new Wire().Number(2, (ulong)Opset));
        return model.Raw(_metadata).Raw(Extra).ToArray();
    }

    private static Wire TensorOf(string name, int element, int[] shape, byte[]? data)
    {
        var tensor = new Wire();
        foreach (int length in shape) tensor.Number(1, (ulong)length);
        tensor.Number(2, (ulong)element).Text(8, name);
        return data is null ? tensor : tensor.Bytes(9, data);
    }

    private static Wire Attribute(string name, object value)
    {
        Wire attribute = new Wire().Text(1, name);
        return value switch
        {
            int number => attribute.Number(3, (ulong)number).Number(20, 2),
            Wire subgraph => attribute.Message(6, subgraph).Number(20, 5),
            _ => throw new ArgumentException($"An attribute of the type {value.GetType()} is not sketched.", nameof(value)),
        };
    }

    private static Wire ValueInfo(string name, int element, object[] shape)
    {
        var axes = new Wire();
        foreach (object length in shape)
            axes.Message(1, length is int number ? new Wire().Number(1, (ulong)number) : new Wire().Text(2, (string)length));
        Wire tensor = new Wire().Number(1, (ulong)element).Message(2, axes);
        return new Wire().Text(1, name).Message(2, new Wire().Message(1, tensor));
    }

    /// <summary>A protobuf message in the making.</summary>
    internal sealed class Wire
    {
        private readonly List<byte> _bytes = new();

        internal Wire Number(int field, ulong value)
        {
            Varint((ulong)(field << 3));
            Varint(value);
            return this;
        }

        internal Wire Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

        internal Wire Message(int field, Wire message) => Bytes(field, message.ToArray());

        internal Wire Bytes(int field, byte[] bytes)
        {
            Varint((ulong)((field << 3) | 2));
            Varint((ulong)bytes.Length);
            _bytes.AddRange(bytes);
            return this;
        }

        internal Wire Raw(Wire other)
        {
            _bytes.AddRange(other.ToArray());
            return this;
        }

        internal byte[] ToArray() => _bytes.ToArray();

        private void Varint(ulong value)
        {
            for (; value >= 0x80; value >>= 7) _bytes.Add((byte)((value & 0x7F) | 0x80));
            _bytes.Add((byte)value);
        }
    }
}
