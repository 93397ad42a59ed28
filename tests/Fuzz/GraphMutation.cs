using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Pipeline.Contracts;

namespace Pipeline.Tests.Fuzz;

/// <summary>
/// Changes a graph so that its file stays whole and every name known: other operators, other inputs, attributes with other numbers, constants of
/// other shapes. It is what gets past the first checks, to those of types and shapes, and to ONNX Runtime.
/// </summary>
internal sealed class GraphMutation(RandomGenerator random, IReadOnlyList<ulong> numbers, IReadOnlyList<string> operators)
{
    private static readonly (string Name, bool Many)[] _attributes =
    [
        ("axis", false), ("axes", true), ("perm", true), ("to", false), ("keepdims", false), ("transA", false), ("transB", false), ("strides", true), ("pads", true),
        ("dilations", true), ("group", false), ("kernel_shape", true), ("allowzero", false), ("exclusive", false), ("reverse", false),
    ];

    private static readonly ulong[] _small = [0, 1, 2, 3, 4, 7, 9, unchecked((ulong)-1L), unchecked((ulong)-2L)];

    internal void Apply(List<WireNode> tree)
    {
        List<WireNode> graph = tree.First(node => node.Number == 7).Children!;
        WireNode[] nodes = [.. graph.Where(node => node.Number == 1)];
        WireNode[] tensors = [.. graph.Where(node => node.Number == 5)];
        List<WireNode> node = Pick(nodes).Children!;
        switch (random.NextInt32(8))
        {
            case 0:
                node.First(field => field.Number == 4).Bytes = Encoding.UTF8.GetBytes(Pick(operators));
                break;
            case 1:
                byte[][] names = [.. nodes.SelectMany(n => n.Children!.Where(field => field.Number is 1 or 2)).Select(field => field.Bytes), .. tensors.Select(Name)];
                Pick([.. node.Where(field => field.Number == 1)]).Bytes = Pick(names);
                break;
            case 2:
                ChangeAttribute(node);
                break;
            case 3:
                Insert(graph, nodes);
                break;
            case 4:
                if (node.Count(field => field.Number == 1) > 1) node.Remove(node.First(field => field.Number == 1));
                else node.Insert(0, node.First(field => field.Number == 1).Copy());
                break;
            default:
                if (tensors.Length > 0) ChangeConstant(Pick(tensors).Children!);
                break;
        }
    }

    /// <summary>One more node between a node and those that read it.</summary>
    private void Insert(List<WireNode> graph, WireNode[] nodes)
    {
        WireNode before = Pick(nodes);
        WireNode copy = before.Copy();
        WireNode output = before.Children!.First(field => field.Number == 2);
        byte[] inner = Encoding.UTF8.GetBytes("inserted" + random.NextInt32(1000));
        WireNode first = copy.Children!.First(field => field.Number == 1);
        copy.Children!.First(field => field.Number == 4).Bytes = Encoding.UTF8.GetBytes(Pick(operators));
        if (random.NextInt32(2) == 0) copy.Children!.RemoveAll(field => field.Number == 5);
        output.Bytes = inner;
        first.Bytes = inner;
        graph.Insert(graph.IndexOf(before) + 1, copy);
    }

    private void ChangeAttribute(List<WireNode> node)
    {
        WireNode[] present = [.. node.Where(field => field.Number == 5)];
        if (present.Length > 0 && random.NextInt32(3) > 0)
        {
            WireNode[] values = [.. Pick(present).Children!.Where(field => field.Number is 3 or 8)];
            if (values.Length > 0) Pick(values).Value = Number();
            return;
        }

        (string name, bool many) = Pick(_attributes);
        var fields = new List<WireNode> { Text(1, name), Whole(20, many ? 7UL : 2UL) };
        if (many) fields.AddRange(Enumerable.Range(0, 1 + random.NextInt32(4)).Select(_ => Whole(8, Number())));
        else fields.Add(Whole(3, Number()));
        node.Add(new WireNode { Number = 5, WireType = WireTree.Message, Children = fields });
    }

    /// <summary>Whole numbers in a constant changed, or its shape, with as many elements as it then says, where that is not too many.</summary>
    private void ChangeConstant(List<WireNode> tensor)
    {
        WireNode type = tensor.First(field => field.Number == 2);
        WireNode? data = tensor.FirstOrDefault(field => field.Number == 9);
        if (data is null) return;
        Unpack(tensor);
        WireNode[] lengths = [.. tensor.Where(field => field.Number == 1)];
        if (type.Value == 7 && data.Bytes.Length >= 8 && random.NextInt32(2) == 0)
        {
            byte[] changed = (byte[])data.Bytes.Clone();
            BitConverter.GetBytes(Number()).CopyTo(changed, 8 * random.NextInt32(changed.Length / 8));
            data.Bytes = changed;
            return;
        }

        if (random.NextInt32(3) == 0) type.Value = Pick([1UL, 7UL, 9UL]);
        if (lengths.Length > 0 && random.NextInt32(4) > 0) Pick(lengths).Value = (ulong)(1 + random.NextInt32(9));
        else tensor.Insert(0, Whole(1, (ulong)(1 + random.NextInt32(9))));
        double size = tensor.Where(field => field.Number == 1).Aggregate(type.Value switch { 1 => 4.0, 7 => 8.0, _ => 1.0 }, (product, field) => product * field.Value);
        if (size < 1 << 16) data.Bytes = [.. Enumerable.Range(0, (int)size).Select(i => data.Bytes.Length == 0 ? (byte)0 : data.Bytes[i % data.Bytes.Length])];
    }

    /// <summary>A shape written as one packed list, written as a field for each length.</summary>
    private static void Unpack(List<WireNode> tensor)
    {
        foreach (WireNode packed in tensor.Where(field => field.Number == 1 && field.WireType == WireTree.Message).ToArray())
        {
            int at = tensor.IndexOf(packed);
            tensor.RemoveAt(at);
            for (int position = 0; position < packed.Bytes.Length;) tensor.Insert(at++, Whole(1, WireTree.ReadVarint(packed.Bytes, ref position)));
        }
    }

    private ulong Number() => random.NextInt32(4) == 0 ? Pick(numbers) : Pick(_small);

    private static byte[] Name(WireNode tensor) => tensor.Children!.First(field => field.Number == 8).Bytes;

    private static WireNode Text(int number, string text) => new() { Number = number, WireType = WireTree.Message, Bytes = Encoding.UTF8.GetBytes(text) };

    private static WireNode Whole(int number, ulong value) => new() { Number = number, WireType = WireTree.Varint, Value = value };

    private T Pick<T>(IReadOnlyList<T> items) => items[random.NextInt32(items.Count)];
}
