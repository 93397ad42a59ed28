using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Pipeline.Contracts;
using Pipeline.Contracts.Manifest;

namespace Pipeline.Tests.Fuzz;

/// <summary>Makes a wrong file from right ones: one case, repeatable from the seed and the case's number.</summary>
internal sealed class Mutation
{
    private static readonly ulong[] _numbers =
    [
        0, 1, 2, 3, 4, 7, 8, 9, 13, 15, 16, 17, 63, 64, 127, 128, 255, 256, 1000, 65535, 65536, 1 << 24, int.MaxValue, (ulong)int.MaxValue + 1,
        uint.MaxValue, 1UL << 40, long.MaxValue, 1UL << 63, unchecked((ulong)-1L), unchecked((ulong)-2L), unchecked((ulong)-1000L), ulong.MaxValue - 63,
    ];

    private static readonly string[] _operators =
    [
        "Abs", "Cos", "Erf", "Exp", "Floor", "Log", "Neg", "Relu", "Sigmoid", "Sign", "Sin", "Softplus", "Sqrt", "Tanh", "Add", "Div", "Max", "Min", "Mul", "Pow", "Sub",
        "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "And", "Or", "Equal", "Not", "HardSigmoid", "Identity", "Clip", "Where", "Cast", "ReduceLogSumExp",
        "ReduceMax", "ReduceMean", "ReduceMin", "ReduceSumSquare", "ReduceSum", "ArgMax", "ArgMin", "LogSoftmax", "Softmax", "CumSum", "MatMul", "Gemm", "Conv", "MaxPool",
        "Reshape", "Transpose", "Concat", "Slice", "Pad", "Expand", "Shape", "Unsqueeze", "Gather", "OneHot",
        "If", "Loop", "Scan", "TopK", "RandomNormal", "Constant", "ConstantOfShape", "Range", "Tile", "Resize", "LSTM", "GRU", "NonZero", "Einsum", "QLinearConv", "SequenceEmpty",
    ];

    private static readonly string[] _attributes =
    [
        "axis", "axes", "perm", "to", "keepdims", "transA", "transB", "alpha", "beta", "strides", "pads", "dilations", "group", "kernel_shape", "allowzero", "exclusive",
        "reverse", "auto_pad", "mode", "body", "then_branch", "select_last_index", "ceil_mode", "storage_order", "value", "shape",
    ];

    private readonly IReadOnlyList<byte[]> _files;
    private readonly RandomGenerator _random;

    internal Mutation(IReadOnlyList<byte[]> files, ulong seed, long number)
    {
        _files = files;
        _random = new RandomGenerator(seed, (ulong)number);
    }

    /// <summary>Whether this case's file is loaded for sampled actions too.</summary>
    internal bool Sampling { get; private set; }

    internal byte[] Make()
    {
        Sampling = Chance(3);
        byte[] file = Pick(_files);
        switch (_random.NextInt32(10))
        {
            case 0:
                return Blunt(file);
            case 1 or 2:
                return WithManifest(file, manifest => Encoding.UTF8.GetBytes(new JsonMutation(_random).Apply(Encoding.UTF8.GetString(manifest))));
            case 3:
                return WithManifest(file, manifest => Blunt(manifest));
            default:
                List<WireNode> tree = WireTree.Read(file);
                int changes = 1 + (Chance(2) ? 0 : _random.NextInt32(4));
                bool inGraph = Chance(2);
                var graph = new GraphMutation(_random, _numbers, _operators);
                for (int i = 0; i < changes; i++)
                {
                    if (inGraph) graph.Apply(tree);
                    else Change(tree);
                }

                byte[] changed = WireTree.Write(tree);
                return Chance(20) ? Blunt(changed) : changed;
        }
    }

    /// <summary>Bytes changed without regard to what they mean.</summary>
    private byte[] Blunt(byte[] file)
    {
        List<byte> bytes = [.. file];
        int changes = 1 + _random.NextInt32(3);
        for (int i = 0; i < changes && bytes.Count > 0; i++)
        {
            int at = _random.NextInt32(bytes.Count);
            int length = Math.Min(bytes.Count - at, 1 + _random.NextInt32(Chance(2) ? 8 : 2000));
            switch (_random.NextInt32(8))
            {
                case 0 or 1:
                    bytes[at] ^= (byte)(1 << _random.NextInt32(8));
                    break;
                case 2:
                    bytes[at] = (byte)_random.NextInt32(256);
                    break;
                case 3:
                    bytes.RemoveRange(at, length);
                    break;
                case 4:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                case 5:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 6:
                    byte[] other = Pick(_files);
                    int start = _random.NextInt32(other.Length);
                    bytes.InsertRange(at, other[start..Math.Min(other.Length, start + length)]);
                    break;
                default:
                    bytes.InsertRange(at, Enumerable.Range(0, 1 + _random.NextInt32(64)).Select(_ => (byte)_random.NextInt32(256)));
                    break;
            }
        }

        return [.. bytes];
    }

    private static byte[] WithManifest(byte[] file, Func<byte[], byte[]> change)
    {
        List<WireNode> tree = WireTree.Read(file);
        WireNode entry = tree.First(node => node.Number == 14 && Encoding.UTF8.GetString(node.Children![0].Bytes) == PolicyManifest.MetadataKey);
        entry.Children![1].Bytes = change(entry.Children[1].Bytes);
        return WireTree.Write(tree);
    }

    /// <summary>One change to the tree: lengths stay right, meaning does not.</summary>
    private void Change(List<WireNode> tree)
    {
        List<(List<WireNode> Siblings, WireNode Node)> all = WireTree.All(tree);
        (List<WireNode> siblings, WireNode node) = all[_random.NextInt32(all.Count)];
        switch (_random.NextInt32(10))
        {
            case 0:
                siblings.Remove(node);
                break;
            case 1:
                siblings.Insert(_random.NextInt32(siblings.Count + 1), node.Copy());
                break;
            case 2:
                (List<WireNode> otherSiblings, WireNode other) = all[_random.NextInt32(all.Count)];
                otherSiblings[otherSiblings.IndexOf(other)] = node.Copy();
                break;
            case 3:
                List<(List<WireNode>, WireNode Node)> foreign = WireTree.All(WireTree.Read(Pick(_files)));
                siblings[siblings.IndexOf(node)] = foreign[_random.NextInt32(foreign.Count)].Node;
                break;
            case 4:
                node.Number = 1 + _random.NextInt32(25);
                break;
            case 5 when Chance(4):
                node.WireType = Pick([WireTree.Varint, WireTree.Fixed32, WireTree.Fixed64, WireTree.Message, 3, 6]);
                node.Children = null;
                break;
            default:
                ChangeValue(node, all);
                break;
        }
    }

    private void ChangeValue(WireNode node, List<(List<WireNode> Siblings, WireNode Node)> all)
    {
        if (node.WireType == WireTree.Varint)
        {
            node.Value = Chance(2) ? Pick(_numbers) : node.Value + (ulong)(_random.NextInt32(9) - 4);
        }
        else if (node.WireType != WireTree.Message)
        {
            node.Bytes = [.. node.Bytes.Select(_ => (byte)_random.NextInt32(256))];
        }
        else if (node.Children is not null)
        {
            if (node.Children.Count > 1) node.Children.Reverse(_random.NextInt32(node.Children.Count - 1), 2);
        }
        else
        {
            node.Bytes = _random.NextInt32(6) switch
            {
                0 => Encoding.UTF8.GetBytes(Pick(_operators)),
                1 => Encoding.UTF8.GetBytes(Pick(_attributes)),
                2 => Pick(all).Node.Bytes,
                3 => BitConverter.GetBytes(Pick(_numbers)),
                4 => [.. Enumerable.Range(0, 1 + _random.NextInt32(4)).SelectMany(_ => BitConverter.GetBytes(Pick(_numbers)))],
                _ => Blunt(node.Bytes.Length == 0 ? [0] : node.Bytes),
            };
        }
    }

    private bool Chance(int oneIn) => _random.NextInt32(oneIn) == 0;

    private T Pick<T>(IReadOnlyList<T> items) => items[_random.NextInt32(items.Count)];
}
