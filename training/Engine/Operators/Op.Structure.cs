using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Engine.Graphs;

namespace Pipeline.Training.Engine.Operators;

/// <content>Reductions, products, shapes, indices, convolutions.</content>
public static partial class Op
{
    /// <summary>Sum over axes (all where none is named).</summary>
    public static Tensor Sum(Tensor x, int[]? axes = null, bool keepDimensions = false) => Reduce(Reductions.ReduceSum, x, axes, keepDimensions);

    /// <summary>Mean over axes (all where none is named).</summary>
    public static Tensor Mean(Tensor x, int[]? axes = null, bool keepDimensions = false) => Reduce(Reductions.ReduceMean, x, axes, keepDimensions);

    /// <summary>Largest over axes (all where none is named).</summary>
    public static Tensor Max(Tensor x, int[]? axes = null, bool keepDimensions = false) => Reduce(Reductions.ReduceMax, x, axes, keepDimensions);

    /// <summary>Smallest over axes (all where none is named).</summary>
    public static Tensor Min(Tensor x, int[]? axes = null, bool keepDimensions = false) => Reduce(Reductions.ReduceMin, x, axes, keepDimensions);

    /// <summary>ln Σ eˣ over axes (all where none is named).</summary>
    public static Tensor LogSumExp(Tensor x, int[]? axes = null, bool keepDimensions = false) => Reduce(Reductions.ReduceLogSumExp, x, axes, keepDimensions);

    /// <summary>Σ x² over axes (all where none is named).</summary>
    public static Tensor SumSquare(Tensor x, int[]? axes = null, bool keepDimensions = false) => Reduce(Reductions.ReduceSumSquare, x, axes, keepDimensions);

    /// <summary>Index of the largest along an axis, which is dropped.</summary>
    public static Tensor ArgMax(Tensor x, int axis = -1) => WithAxis(Reductions.ArgMax, x, axis);

    /// <summary>Index of the smallest along an axis, which is dropped.</summary>
    public static Tensor ArgMin(Tensor x, int axis = -1) => WithAxis(Reductions.ArgMin, x, axis);

    /// <summary>The k-th largest element along the last axis, which keeps length 1; k from 1. No gradient passes.</summary>
    public static Tensor KthLargest(Tensor x, long k)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.Graph.Apply(Reductions.KthLargest, Attributes.Of(("k", k)), x);
    }

    /// <summary>softmax along an axis.</summary>
    public static Tensor Softmax(Tensor x, int axis = -1) => WithAxis(Normalizing.Softmax, x, axis);

    /// <summary>ln softmax along an axis.</summary>
    public static Tensor LogSoftmax(Tensor x, int axis = -1) => WithAxis(Normalizing.LogSoftmax, x, axis);

    /// <summary>ln softmax of one choice a row.</summary>
    /// <param name="x">[B, n]</param>
    /// <param name="choice">[B, n]: 1 for the choice, 0 for the others; no gradient goes there.</param>
    /// <returns>[B, 1]</returns>
    public static Tensor ChosenLogSoftmax(Tensor x, Tensor choice) => Apply(Normalizing.ChosenLogSoftmax, x, LogSoftmax(x), choice);

    /// <summary>Running sums along an axis: of the elements up to each, or (exclusive) before it, or (reverse) from the end.</summary>
    public static Tensor CumSum(Tensor x, int axis, bool exclusive = false, bool reverse = false)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.Graph.Apply(Reductions.CumSum, Attributes.Of(("axis", (long)x.Shape.Axis(axis)), ("exclusive", exclusive ? 1L : 0L), ("reverse", reverse ? 1L : 0L)), x);
    }

    /// <summary>The length of an axis as a scalar float.</summary>
    public static Tensor Length(Tensor x, int axis)
    {
        ArgumentNullException.ThrowIfNull(x);
        Dimension length = x.Shape[axis];
        return length.IsKnown ? x.Graph.Constant(length.Value) : WithAxis(Reductions.Length, x, axis);
    }

    /// <summary>a · b over the last two axes, each transposed first where asked; leading axes broadcast.</summary>
    /// <exception cref="ArgumentException">The inner lengths differ.</exception>
    public static Tensor MatMul(Tensor a, Tensor b, bool transposeA = false, bool transposeB = false)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        if (a.Shape.Rank > 2 && b.Shape.Rank == 2 && !transposeA && a.Shape.Count(d => !d.IsKnown) <= 1)
        {
            // One tall product instead of many small ones.
            Tensor flat = Reshape(a, [Rows(a.Shape), a.Shape[-1]]);
            Tensor product = MatMul(flat, b, false, transposeB);
            return Reshape(product, a.Shape.With(-1, product.Shape[-1]));
        }

        if (!transposeA && !transposeB && Narrowed(a, b) is Tensor narrowed) return narrowed;
        return a.Graph.Apply(MatrixProducts.MatMul, Attributes.Of(("transposeA", transposeA ? 1L : 0L), ("transposeB", transposeB ? 1L : 0L)), a, b);
    }

    /// <summary>The same elements, row-major, under another shape.</summary>
    public static Tensor Reshape(Tensor x, Shape shape)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(shape);
        if (x.Shape.Equals(shape)) return x;
        if (x.Operator == Shaping.Reshape) return Reshape(x.InputArray[0], shape);
        if (x.Payload is float[] values && shape.IsKnown) return x.Graph.Constant(values, shape);
        return x.Graph.Apply(Shaping.Reshape, Attributes.Of(("shape", shape)), x);
    }

    /// <summary>Axis i of the result is axis order[i] of x.</summary>
    public static Tensor Transpose(Tensor x, int[] order)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(order);
        if (order.SequenceEqual(Enumerable.Range(0, x.Shape.Rank))) return x;
        if (x.Operator == Shaping.Transpose)
        {
            long[] inner = x.Attributes.Integers("order");
            return Transpose(x.InputArray[0], [.. order.Select(i => (int)inner[i])]);
        }

        return x.Graph.Apply(Shaping.Transpose, Attributes.Of(("order", order.Select(i => (long)i).ToArray())), x);
    }

    /// <summary>Tensors one after the other along an axis.</summary>
    public static Tensor Concat(IReadOnlyList<Tensor> parts, int axis)
    {
        ArgumentNullException.ThrowIfNull(parts);
        if (parts.Count == 1) return parts[0];
        return parts[0].Graph.Apply(Shaping.Concat, Attributes.Of(("axis", (long)parts[0].Shape.Axis(axis))), [.. parts]);
    }

    /// <summary>The part of an axis of known length from <paramref name="start"/> to before <paramref name="end"/>.</summary>
    public static Tensor Slice(Tensor x, int axis, long start, long end)
    {
        ArgumentNullException.ThrowIfNull(x);
        int positive = x.Shape.Axis(axis);
        if (start == 0 && x.Shape[positive] == end) return x;
        return x.Graph.Apply(Shaping.Slice, Attributes.Of(("axis", (long)positive), ("start", start), ("end", end)), x);
    }

    /// <summary>Cuts an axis into pieces of the given lengths.</summary>
    public static Tensor[] Split(Tensor x, int axis, params long[] lengths)
    {
        ArgumentNullException.ThrowIfNull(lengths);
        long start = 0;
        return [.. lengths.Select(length => Slice(x, axis, start, start += length))];
    }

    /// <summary>Zeros put before and after along an axis of known length.</summary>
    public static Tensor Pad(Tensor x, int axis, long before, long after)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (before == 0 && after == 0) return x;
        return x.Graph.Apply(Shaping.Pad, Attributes.Of(("axis", (long)x.Shape.Axis(axis)), ("before", before), ("after", after)), x);
    }

    /// <summary>x stretched by broadcasting to the shape of another tensor.</summary>
    public static Tensor ExpandLike(Tensor x, Tensor like)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(like);
        if (x.Shape.Equals(like.Shape)) return x;
        return like.Shape.IsKnown ? Expand(x, like.Shape) : Apply(Shaping.ExpandLike, x, like);
    }

    /// <summary>x stretched by broadcasting to a known shape.</summary>
    public static Tensor Expand(Tensor x, Shape shape)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.Shape.Equals(shape) ? x : x.Graph.Apply(Shaping.Expand, Attributes.Of(("shape", shape)), x);
    }

    /// <summary>Entries of an axis at Int64 indices of any shape, which takes the axis's place.</summary>
    public static Tensor Gather(Tensor x, Tensor indices, int axis = 0) => WithAxis(Indexing.Gather, x, axis, indices);

    /// <summary>Adds entries at indices along an axis to zeros of a given length: the gradient of <see cref="Gather"/>.</summary>
    public static Tensor ScatterAdd(Tensor updates, Tensor indices, int axis, long size)
    {
        ArgumentNullException.ThrowIfNull(updates);
        return updates.Graph.Apply(Indexing.ScatterAdd, Attributes.Of(("axis", (long)axis), ("size", size)), updates, indices);
    }

    /// <summary>One element along an axis for each index; x and indices have equal lengths off the axis.</summary>
    public static Tensor GatherElements(Tensor x, Tensor indices, int axis = -1) => WithAxis(Indexing.GatherElements, x, axis, indices);

    /// <summary>Adds elements at indices along an axis to zeros of a given length: the gradient of <see cref="GatherElements"/>.</summary>
    public static Tensor ScatterAddElements(Tensor updates, Tensor indices, int axis, long size)
    {
        ArgumentNullException.ThrowIfNull(updates);
        return updates.Graph.Apply(Indexing.ScatterAddElements, Attributes.Of(("axis", (long)updates.Shape.Axis(axis)), ("size", size)), updates, indices);
    }

    /// <summary>Rows of zeros with a one at each Int64 index.</summary>
    public static Tensor OneHot(Tensor indices, int depth)
    {
        ArgumentNullException.ThrowIfNull(indices);
        return indices.Graph.Apply(Indexing.OneHot, Attributes.Of(("depth", (long)depth)), indices);
    }

    /// <summary>Convolution of images [batch, channels, height, width] with kernels [out, channels, height, width].</summary>
    public static Tensor Conv(Tensor x, Tensor kernels, int stride = 1, int padding = 0)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.Graph.Apply(Convolution.Conv, Attributes.Of(("stride", (long)stride), ("padding", (long)padding)), x, kernels);
    }

    /// <summary>The largest element of each square window of images [batch, channels, height, width].</summary>
    public static Tensor MaxPool(Tensor x, int kernel, int? stride = null, int padding = 0)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.Graph.Apply(Pooling.MaxPool, Attributes.Of(("kernel", (long)kernel), ("stride", (long)(stride ?? kernel)), ("padding", (long)padding)), x);
    }

    /// <summary>The mean of each square window of images [batch, channels, height, width]; padding counts as zeros.</summary>
    public static Tensor MeanPool(Tensor x, int kernel, int? stride = null, int padding = 0)
    {
        ArgumentNullException.ThrowIfNull(x);
        Tensor single = Reshape(x, [Times(x.Shape[0], x.Shape[1].Value), 1, x.Shape[2], x.Shape[3]]);
        float[] weights = new float[kernel * kernel];
        Array.Fill(weights, 1f / (kernel * kernel));
        Tensor pooled = Conv(single, x.Graph.Constant(weights, [1, 1, kernel, kernel]), stride ?? kernel, padding);
        return Reshape(pooled, [x.Shape[0], x.Shape[1], pooled.Shape[2], pooled.Shape[3]]);
    }

    /// <summary>(x − mean) / √(variance + epsilon) · scale + shift over the last axis; population variance.</summary>
    public static Tensor LayerNormalize(Tensor x, Tensor? scale = null, Tensor? shift = null, double epsilon = 1e-5)
    {
        ArgumentNullException.ThrowIfNull(x);
        Tensor centred = x - Mean(x, [-1], keepDimensions: true);
        Tensor normal = centred / Sqrt(Mean(Square(centred), [-1], keepDimensions: true) + epsilon);
        if (scale is not null) normal *= scale;
        return shift is null ? normal : normal + shift;
    }

    // (x·W + c)·K for a constant K with fewer columns than rows is x·(W·K) + c·K: the small products first.
    private static Tensor? Narrowed(Tensor a, Tensor b)
    {
        if (b.Payload is null || b.Shape.Rank != 2 || b.Shape[1].Value >= b.Shape[0].Value || a.Operator != Elementwise.Add) return null;
        Tensor left = a.InputArray[0], right = a.InputArray[1];
        (Tensor product, Tensor bias) = left.Operator == MatrixProducts.MatMul ? (left, right) : (right, left);
        bool fits = product.Operator == MatrixProducts.MatMul && product.Shape.Equals(a.Shape) && product.Shape.Rank == 2 && bias.Shape.Rank == 2 && bias.Shape[0].IsOne &&
            bias.Shape[1] == a.Shape[1] && !product.Attributes.Flag("transposeA") && !product.Attributes.Flag("transposeB");
        return fits ? MatMul(product.InputArray[0], MatMul(product.InputArray[1], b)) + MatMul(bias, b) : null;
    }

    private static Tensor Reduce(Operator source, Tensor x, int[]? axes, bool keepDimensions)
    {
        ArgumentNullException.ThrowIfNull(x);
        long[] positive = [.. (axes ?? [.. Enumerable.Range(0, x.Shape.Rank)]).Select(a => (long)x.Shape.Axis(a)).Order()];
        if (positive.Length == 0) return source == Reductions.ReduceSumSquare ? Square(x) : x;
        return x.Graph.Apply(source, Attributes.Of(("axes", positive), ("keep", keepDimensions ? 1L : 0L)), x);
    }

    private static Tensor WithAxis(Operator source, Tensor x, int axis, params Tensor[] more)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.Graph.Apply(source, Attributes.Of(("axis", (long)x.Shape.Axis(axis))), [x, .. more]);
    }

    private static Dimension Rows(Shape shape) => shape.Take(shape.Rank - 1).Aggregate((Dimension)1, (product, d) => new Dimension(product.Factor * d.Factor, product.Symbol ?? d.Symbol));

    private static Dimension Times(Dimension d, long factor) => new(d.Factor * factor, d.Symbol);
}
