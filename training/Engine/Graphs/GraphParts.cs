using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Engine.Graphs;

/// <summary>
/// Outputs of a graph sorted into parts that have no work in common, so that each may be a function of its own and all run at once: networks that share no
/// layer are parts of the gradient of one loss. Work is what depends on a matrix product or a convolution; the little that does not, each part does for itself.
/// </summary>
internal static class GraphParts
{
    /// <summary>Multiplications that a part has at least: below, calling it costs more than its share saves.</summary>
    private const long Fewest = 1_000_000;

    /// <summary>Sorts.</summary>
    /// <param name="outputs">The outputs of one graph.</param>
    /// <returns>The outputs of each part by their numbers; one part where there is nothing to be had from more.</returns>
    public static IReadOnlyList<int[]> Of(IReadOnlyList<Tensor> outputs)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        int[] all = [.. Enumerable.Range(0, outputs.Count)];
        IReadOnlyList<Tensor> order = Graph.Order(outputs);
        if (order.Any(t => !t.Shape.IsKnown)) return [all];
        var parts = new Dictionary<Tensor, Tensor>();
        foreach (Tensor tensor in order) Join(parts, tensor);
        Dictionary<Tensor, long> work = parts.Keys.GroupBy(t => Root(parts, t)).ToDictionary(g => g.Key, g => g.Sum(Multiplications));
        Tensor[] worthwhile = [.. work.Keys.Where(root => work[root] >= Fewest).OrderBy(root => root.Id)];
        if (worthwhile.Length < 2) return [all];

        // What is not worth a part of its own is done with the first.
        int PartOf(Tensor output) => parts.ContainsKey(output) ? Math.Max(0, Array.IndexOf(worthwhile, Root(parts, output))) : 0;
        return [.. all.GroupBy(i => PartOf(outputs[i])).OrderBy(g => g.Key).Select(g => g.ToArray())];
    }

    // Whatever meets in one tensor is one part.
    private static void Join(Dictionary<Tensor, Tensor> parts, Tensor tensor)
    {
        Tensor[] before = [.. tensor.InputArray.Where(parts.ContainsKey).Select(t => Root(parts, t)).Distinct()];
        if (before.Length == 0 && Multiplications(tensor) == 0) return;
        parts.Add(tensor, tensor);
        foreach (Tensor root in before) parts[root] = tensor;
    }

    private static Tensor Root(Dictionary<Tensor, Tensor> parts, Tensor tensor)
    {
        while (parts[tensor] != tensor) tensor = parts[tensor] = parts[parts[tensor]];
        return tensor;
    }

    /// <summary>Multiplications of a matrix product or a convolution, whose shapes are known; 0 for everything else.</summary>
    internal static long Multiplications(Tensor tensor)
    {
        if (tensor.Operator == MatrixProducts.MatMul)
        {
            // Of an inner length of 1 a product only repeats numbers along an axis.
            long inner = tensor.InputArray[0].Shape[tensor.Attributes.Flag("transposeA") ? -2 : -1].Value;
            return inner == 1 ? 0 : tensor.Shape.ElementCount * inner;
        }

        if (!Convolution.Rows.Contains(tensor.Operator)) return 0;
        Shape images = tensor.Operator == Convolution.Conv ? tensor.Shape : tensor.InputArray[tensor.Operator == Convolution.ConvInput ? 0 : 1].Shape;
        Shape kernels = tensor.Operator == Convolution.ConvKernel ? tensor.Shape : tensor.InputArray[1].Shape;
        return images.ElementCount * kernels.ElementCount / kernels[0].Value;
    }
}
