using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Pipeline.Runtime.Onnx;

/// <summary>A model cut down to some of its outputs.</summary>
/// <param name="Bytes">The ONNX file.</param>
/// <param name="Inputs">Names of the inputs that those outputs depend on.</param>
internal sealed record PrunedModel(byte[] Bytes, HashSet<string> Inputs);

/// <summary>
/// Cuts a model down to some outputs and what they depend on. ONNX Runtime computes every node of a graph whatever is asked of it; so
/// acting deterministically runs a graph without the sampling operators and without their noise input. The cut model holds the
/// original bytes of each part it keeps, and nothing that <see cref="OnnxModel"/> did not look at.
/// </summary>
internal static class GraphPruner
{
    internal static PrunedModel Keep(OnnxModel model, IReadOnlyList<string> outputs)
    {
        var needed = new HashSet<string>(outputs, StringComparer.Ordinal);
        bool[] kept = Reach(model, needed);
        var parts = new List<WireField>();
        for (int i = 0; i < kept.Length; i++)
        {
            if (kept[i]) parts.Add(model.Nodes[i].Raw);
        }

        parts.AddRange(model.Initializers.Where(entry => needed.Contains(entry.Key)).Select(entry => entry.Value));
        OnnxTensor[] inputs = model.Inputs.Where(input => needed.Contains(input.Name)).ToArray();
        parts.AddRange(inputs.Select(input => input.Raw));
        parts.AddRange(outputs.Select(name => model.Outputs.First(output => output.Name == name).Raw));
        return new PrunedModel(Write(model, parts), new HashSet<string>(inputs.Select(input => input.Name), StringComparer.Ordinal));
    }

    private static bool[] Reach(OnnxModel model, HashSet<string> needed)
    {
        var makers = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < model.Nodes.Count; i++)
        {
            foreach (string output in model.Nodes[i].Outputs)
            {
                // An optional output that is not wanted has the empty name.
                if (output.Length > 0) makers[output] = i;
            }
        }

        bool[] kept = new bool[model.Nodes.Count];
        var open = new Stack<string>(needed);
        while (open.Count > 0)
        {
            if (!makers.TryGetValue(open.Pop(), out int node) || kept[node]) continue;
            kept[node] = true;
            foreach (string input in model.Nodes[node].Inputs)
            {
                if (needed.Add(input)) open.Push(input);
            }
        }

        return kept;
    }

    private static byte[] Write(OnnxModel model, List<WireField> parts)
    {
        byte[] name = { (2 << 3) | WireReader.Bytes, 6, (byte)'p', (byte)'o', (byte)'l', (byte)'i', (byte)'c', (byte)'y' };
        using var stream = new MemoryStream(model.File.Length);
        foreach (WireField field in model.Header) stream.Write(model.File, field.RawStart, field.RawLength);
        long length = name.Length + parts.Sum(part => (long)part.RawLength);
        stream.WriteByte((7 << 3) | WireReader.Bytes);
        for (ulong rest = (ulong)length; ; rest >>= 7)
        {
            stream.WriteByte((byte)(rest < 0x80 ? rest : (rest & 0x7F) | 0x80));
            if (rest < 0x80) break;
        }

        stream.Write(name, 0, name.Length);
        foreach (WireField raw in parts) stream.Write(model.File, raw.RawStart, raw.RawLength);
        return stream.ToArray();
    }
}
