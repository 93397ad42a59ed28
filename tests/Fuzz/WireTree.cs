using System.Collections.Generic;
using System.IO;

namespace Pipeline.Tests.Fuzz;

/// <summary>A field of a protobuf message: a number, bytes, or a message with fields of its own.</summary>
internal sealed class WireNode
{
    internal int Number { get; set; }

    internal int WireType { get; set; }

    internal ulong Value { get; set; }

    internal byte[] Bytes { get; set; } = [];

    internal List<WireNode>? Children { get; set; }

    internal WireNode Copy() => new() { Number = Number, WireType = WireType, Value = Value, Bytes = Bytes, Children = Children?.ConvertAll(child => child.Copy()) };
}

/// <summary>An ONNX file as a tree, so that it can be changed in one place and still be whole in all others.</summary>
internal static class WireTree
{
    internal const int Varint = 0;
    internal const int Fixed64 = 1;
    internal const int Message = 2;
    internal const int Fixed32 = 5;

    private static readonly Dictionary<string, Dictionary<int, string>> _messages = new()
    {
        ["model"] = new() { [7] = "graph", [8] = "opset", [14] = "entry" },
        ["graph"] = new() { [1] = "node", [5] = "tensor", [11] = "value", [12] = "value" },
        ["node"] = new() { [5] = "attribute" },
        ["value"] = new() { [2] = "type" },
        ["type"] = new() { [1] = "tensor type" },
        ["tensor type"] = new() { [2] = "shape" },
        ["shape"] = new() { [1] = "axis" },
        ["attribute"] = [],
        ["axis"] = [],
        ["entry"] = [],
        ["opset"] = [],
        ["tensor"] = [],
    };

    /// <summary>The fields of a whole, well-formed file.</summary>
    internal static List<WireNode> Read(byte[] file) => Read(file, 0, file.Length, "model");

    internal static byte[] Write(List<WireNode> nodes)
    {
        using var stream = new MemoryStream();
        foreach (WireNode node in nodes) Write(node, stream);
        return stream.ToArray();
    }

    /// <summary>All nodes below these, and they themselves, with the list that each stands in.</summary>
    internal static List<(List<WireNode> Siblings, WireNode Node)> All(List<WireNode> nodes)
    {
        var all = new List<(List<WireNode>, WireNode)>();
        void Add(List<WireNode> siblings)
        {
            foreach (WireNode node in siblings)
            {
                all.Add((siblings, node));
                if (node.Children is not null) Add(node.Children);
            }
        }

        Add(nodes);
        return all;
    }

    private static List<WireNode> Read(byte[] file, int position, int end, string kind)
    {
        var nodes = new List<WireNode>();
        while (position < end)
        {
            ulong tag = ReadVarint(file, ref position);
            var node = new WireNode { Number = (int)(tag >> 3), WireType = (int)(tag & 7) };
            nodes.Add(node);
            if (node.WireType == Varint)
            {
                node.Value = ReadVarint(file, ref position);
                continue;
            }

            int length = node.WireType switch { Fixed64 => 8, Fixed32 => 4, _ => (int)ReadVarint(file, ref position) };
            if (node.WireType == Message && _messages[kind].TryGetValue(node.Number, out string? inner))
                node.Children = Read(file, position, position + length, inner);
            else
                node.Bytes = file[position..(position + length)];
            position += length;
        }

        return nodes;
    }

    private static void Write(WireNode node, MemoryStream stream)
    {
        Varint64(((ulong)(uint)node.Number << 3) | (uint)node.WireType, stream);
        if (node.WireType == Varint)
        {
            Varint64(node.Value, stream);
            return;
        }

        byte[] bytes = node.Children is null ? node.Bytes : Write(node.Children);
        if (node.WireType == Message) Varint64((ulong)bytes.Length, stream);
        stream.Write(bytes);
    }

    internal static ulong ReadVarint(byte[] file, ref int position)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = file[position++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
    }

    private static void Varint64(ulong value, MemoryStream stream)
    {
        for (; value >= 0x80; value >>= 7) stream.WriteByte((byte)((value & 0x7F) | 0x80));
        stream.WriteByte((byte)value);
    }
}
