using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Engine.Autodiff;

/// <summary>Reverse-mode differentiation. Gradients are tensors of the same graph and can be differentiated again.</summary>
public static class Gradients
{
    /// <summary>∂y/∂x for each x. Only what lies between the xs and y is differentiated.</summary>
    /// <param name="y">A scalar.</param>
    /// <param name="xs">What to differentiate by; each of any shape.</param>
    /// <returns>For each x a tensor of its shape; zeros where y does not depend on it.</returns>
    /// <exception cref="ArgumentException">y is not a scalar of floats.</exception>
    public static Tensor[] Of(Tensor y, IReadOnlyList<Tensor> xs)
    {
        ArgumentNullException.ThrowIfNull(y);
        ArgumentNullException.ThrowIfNull(xs);
        if (y.Shape.Rank != 0 || y.ElementType != ElementType.Float32)
            throw new ArgumentException($"Only a Float32 scalar can be differentiated; {y} is {y.ElementType} {y.Shape}. Sum or average it first.", nameof(y));
        var gradients = new Dictionary<Tensor, Tensor> { [y] = y.Graph.Constant(1) };
        IReadOnlyList<Tensor> order = Graph.Order([y]);
        HashSet<Tensor> dependent = DependentOn(xs, order);
        foreach (Tensor tensor in order.Reverse())
        {
            if (!dependent.Contains(tensor) || tensor.Operator.Gradient is null || !gradients.TryGetValue(tensor, out Tensor? gradient)) continue;
            Tensor?[] contributions = tensor.Operator.Gradient(tensor, gradient);
            for (int i = 0; i < contributions.Length; i++)
            {
                Tensor input = tensor.InputArray[i];
                if (contributions[i] is not Tensor contribution || !dependent.Contains(input)) continue;
                gradients[input] = gradients.TryGetValue(input, out Tensor? sum) ? Add(sum, contribution) : contribution;
            }
        }

        return [.. xs.Select(x => gradients.TryGetValue(x, out Tensor? g) ? Broadcasting.Full(g, x) : Broadcasting.Full(y.Graph.Constant(0), x))];
    }

    /// <summary>
    /// The product of the Hessian of y with a vector, from differentiating Σ ∂y/∂x · v once more.
    /// </summary>
    /// <param name="y">A scalar.</param>
    /// <param name="xs">What to differentiate by.</param>
    /// <param name="vectors">For each x a tensor of its shape.</param>
    /// <returns>For each x a tensor of its shape.</returns>
    public static Tensor[] HessianVectorProduct(Tensor y, IReadOnlyList<Tensor> xs, IReadOnlyList<Tensor> vectors)
    {
        ArgumentNullException.ThrowIfNull(xs);
        ArgumentNullException.ThrowIfNull(vectors);
        if (xs.Count != vectors.Count)
            throw new ArgumentException($"{xs.Count} tensors to differentiate by need as many vectors; {vectors.Count} were given.", nameof(vectors));
        Tensor[] first = Of(y, xs);
        return Of(Contract(first, vectors), xs);
    }

    /// <summary>The product of a vector with the Jacobian of some tensors: the gradient of Σ y · v with v held fixed.</summary>
    /// <param name="ys">What is differentiated; each of any shape.</param>
    /// <param name="xs">What to differentiate by.</param>
    /// <param name="vectors">For each y a tensor of its shape.</param>
    /// <returns>For each x a tensor of its shape.</returns>
    /// <exception cref="ArgumentException">There are not as many vectors as ys.</exception>
    public static Tensor[] VectorJacobianProduct(IReadOnlyList<Tensor> ys, IReadOnlyList<Tensor> xs, IReadOnlyList<Tensor> vectors)
    {
        ArgumentNullException.ThrowIfNull(ys);
        ArgumentNullException.ThrowIfNull(vectors);
        if (ys.Count != vectors.Count)
            throw new ArgumentException($"{ys.Count} differentiated tensors need as many vectors; {vectors.Count} were given.", nameof(vectors));
        return Of(Contract(ys, vectors), xs);
    }

    /// <summary>
    /// The product of the Jacobian of some tensors with a vector: how each moves when the xs move along the vectors. The reverse sweep is linear in what it
    /// starts from, so its derivative by that is the forward sweep.
    /// </summary>
    /// <param name="ys">What is differentiated; each of any shape.</param>
    /// <param name="xs">What to differentiate by.</param>
    /// <param name="vectors">For each x a tensor of its shape.</param>
    /// <returns>For each y a tensor of its shape.</returns>
    /// <exception cref="ArgumentException">There are not as many vectors as xs.</exception>
    public static Tensor[] JacobianVectorProduct(IReadOnlyList<Tensor> ys, IReadOnlyList<Tensor> xs, IReadOnlyList<Tensor> vectors)
    {
        ArgumentNullException.ThrowIfNull(ys);
        ArgumentNullException.ThrowIfNull(xs);
        ArgumentNullException.ThrowIfNull(vectors);
        if (xs.Count != vectors.Count)
            throw new ArgumentException($"{xs.Count} tensors to differentiate by need as many vectors; {vectors.Count} were given.", nameof(vectors));

        // Inputs that nothing computed from depends on any more once the sweep is differentiated.
        Tensor[] starts = [.. ys.Select(y => y.Graph.Input($"start of {y.Id}", y.Shape))];
        Tensor[] sweep = Of(ys.Zip(starts, (y, s) => Op.Sum(y * s)).Aggregate((a, b) => a + b), xs);
        return Of(Contract(sweep, vectors), starts);
    }

    // A row that is added to two products goes to the first, which takes it in: a pass over the sum less.
    private static Tensor Add(Tensor sum, Tensor contribution) =>
        sum.Operator == Elementwise.Add && sum.InputArray[0].Operator == MatrixProducts.MatMul && sum.InputArray[1].Shape.Equals(sum.Shape)
        && contribution.Shape.Rank == 2 && contribution.Shape[0].IsOne && !sum.Shape[0].IsOne
            ? sum.InputArray[0] + contribution + sum.InputArray[1]
            : sum + contribution;

    // Σ x · v, v held fixed.
    private static Tensor Contract(IReadOnlyList<Tensor> xs, IReadOnlyList<Tensor> vectors) =>
        xs.Zip(vectors, (x, v) => Op.Sum(x * Op.StopGradient(v))).Aggregate((a, b) => a + b);

    private static HashSet<Tensor> DependentOn(IReadOnlyList<Tensor> xs, IReadOnlyList<Tensor> order)
    {
        var dependent = new HashSet<Tensor>(xs);
        foreach (Tensor tensor in order)
        {
            if (tensor.Operator.Gradient is not null && tensor.InputArray.Any(dependent.Contains)) dependent.Add(tensor);
        }

        return dependent;
    }
}
