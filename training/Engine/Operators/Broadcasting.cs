using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Engine.Graphs;

namespace Pipeline.Training.Engine.Operators;

/// <summary>The two directions of broadcasting that gradient rules need.</summary>
public static class Broadcasting
{
    /// <summary>A gradient stretched to the full shape of the tensor it belongs to.</summary>
    /// <param name="gradient">The gradient; its shape broadcasts to the tensor's.</param>
    /// <param name="tensor">The tensor.</param>
    public static Tensor Full(Tensor gradient, Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(gradient);
        ArgumentNullException.ThrowIfNull(tensor);
        return gradient.Shape.Equals(tensor.Shape) ? gradient : Op.ExpandLike(gradient, tensor);
    }

    /// <summary>
    /// The gradient of an input that was broadcast: sums the gradient over the axes along which the input was stretched.
    /// </summary>
    /// <param name="gradient">Gradient with respect to the operator's result; its shape broadcasts to the result's.</param>
    /// <param name="result">The operator's result.</param>
    /// <param name="input">The input; its shape broadcasts to the result's.</param>
    public static Tensor ReduceTo(Tensor gradient, Tensor result, Tensor input)
    {
        ArgumentNullException.ThrowIfNull(gradient);
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(input);
        Shape full = result.Shape;
        if (input.Shape.Equals(full)) return gradient;
        int missing = full.Rank - input.Shape.Rank;
        int padding = full.Rank - gradient.Shape.Rank;
        var summed = new List<int>();
        Tensor? stretch = null;
        double factor = 1;
        for (int axis = 0; axis < full.Rank; axis++)
        {
            bool wasStretched = (axis < missing || input.Shape[axis - missing].IsOne) && !full[axis].IsOne;
            if (!wasStretched) continue;
            bool present = axis >= padding && !gradient.Shape[axis - padding].IsOne;
            if (present) summed.Add(axis - padding);
            else if (full[axis].IsKnown) factor *= full[axis].Value;
            else stretch = stretch is null ? Op.Length(result, axis) : stretch * Op.Length(result, axis);
        }

        Tensor reduced = gradient;
        int drop = Math.Max(0, gradient.Shape.Rank - input.Shape.Rank);
        if (summed.Count > 0)
        {
            bool onlyLeading = summed.Count == drop && summed.All(a => a < drop);
            reduced = Op.Sum(gradient, [.. summed], keepDimensions: !onlyLeading);
        }

        if (reduced.Shape.Rank > input.Shape.Rank)
            reduced = Op.Reshape(reduced, Shape.Create([.. reduced.Shape.Skip(reduced.Shape.Rank - input.Shape.Rank)]));
        if (factor != 1) reduced *= factor;
        return stretch is null ? reduced : reduced * stretch;
    }
}
