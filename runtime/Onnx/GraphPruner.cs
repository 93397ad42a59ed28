using System;
using System.Collections.Generic;
using System.Linq;

namespace Pipeline.Runtime.Onnx;

/// <summary>The part of a model that some of its outputs depend on.</summary>
internal sealed record PrunedGraph(OnnxModel Model, OnnxNode[] Nodes, OnnxTensor[] Initializers, OnnxValue[] Inputs, OnnxValue[] Outputs);

/// <summary>
/// Cuts a model down to some outputs and what they depend on. ONNX Runtime computes every node of a graph whatever is asked of it; so
/// acting deterministically runs a graph without the sampling operators and without their noise input.
/// </summary>
internal static class GraphPruner
{
    internal static PrunedGraph Keep(OnnxModel model, IReadOnlyList<string> outputs)
    {
        var needed = new HashSet<string>(outputs, StringComparer.Ordinal);
        // Every node stands after those it reads, so one pass from the end finds all.
        var kept = new List<OnnxNode>();
        for (int i = model.Nodes.Count - 1; i >= 0; i--)
        {
            OnnxNode node = model.Nodes[i];
            if (!needed.Contains(node.Outputs[0])) continue;
            kept.Add(node);
            needed.UnionWith(node.Inputs);
        }

        kept.Reverse();
        return new PrunedGraph(
            model,
            kept.ToArray(),
            model.Initializers.Values.Where(tensor => needed.Contains(tensor.Name)).ToArray(),
            model.Inputs.Where(input => needed.Contains(input.Name)).ToArray(),
            outputs.Select(name => model.Outputs.First(output => output.Name == name)).ToArray());
    }
}
