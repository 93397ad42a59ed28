using System;
using System.Collections.Generic;
using Pipeline.Training.Engine.Autodiff;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Objectives;

/// <summary>
/// The efficient trust region of ACER (Wang et al., arXiv:1611.01224, section 3.3): the gradient by a policy's statistics φ, such as probabilities or means,
/// is changed as little as it takes for a step not to leave an average policy faster than δ. Rows are states.
/// </summary>
public static class TrustRegionProjection
{
    // Keeps 0/0 from being none: where both policies are the same, k is 0.
    private const double Least = 1e-8;

    /// <summary>
    /// How much of k is taken away: max(0, (k·g − δ)/‖k‖²) (eq. 12), so that z = g − that·k minimises ½‖g − z‖² with k·z ≤ δ.
    /// </summary>
    /// <param name="gradient">g, of what is maximised, [B, P]</param>
    /// <param name="divergence">k, of KL(average ‖ policy), [B, P]</param>
    /// <param name="limit">δ, at least 0</param>
    /// <returns>[B, 1]</returns>
    public static Tensor Excess(Tensor gradient, Tensor divergence, double limit)
    {
        Tensor along = Op.Sum(gradient * divergence, [1], keepDimensions: true);
        return Op.Relu(along - limit) / (Op.SumSquare(divergence, [1], keepDimensions: true) + Least);
    }

    /// <summary>
    /// A loss whose gradient by the statistics is −z/B, z what is left of the objective's gradient, and from there goes on to the parameters; and the share of
    /// states where something was taken away.
    /// </summary>
    /// <param name="objective">What is maximised, [B, 1].</param>
    /// <param name="divergence">KL(average ‖ policy), [B, 1], or what differs from it by a constant.</param>
    /// <param name="statistics">φ, one or several tensors of B rows; both others are made from them.</param>
    /// <param name="limit">δ; null for no trust region.</param>
    public static (Tensor Loss, Tensor Share) Loss(Tensor objective, Tensor divergence, IReadOnlyList<Tensor> statistics, double? limit)
    {
        ArgumentNullException.ThrowIfNull(objective);
        if (limit is not double delta) return (-Op.Mean(objective), objective.Graph.Constant(0));
        Tensor phi = Op.Concat(statistics, 1);
        Tensor g = Op.Concat(Gradients.Of(Op.Sum(objective), statistics), 1), k = Op.Concat(Gradients.Of(Op.Sum(divergence), statistics), 1);
        Tensor excess = Excess(g, k, delta);
        Tensor kept = Op.StopGradient(g - (excess * k));
        Tensor share = Op.Mean(Op.Cast(Op.Greater(excess, excess.Graph.Constant(0)), ElementType.Float32));
        return (-Op.Mean(Op.Sum(kept * phi, [1], keepDimensions: true)), share);
    }
}
