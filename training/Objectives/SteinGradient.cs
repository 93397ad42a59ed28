using System;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Objectives;

/// <summary>
/// The direction in which the amortised sampler of soft Q-learning moves its actions (Haarnoja et al., arXiv:1702.08165, eq. 13 and 14; Liu and
/// Wang, arXiv:1608.04471). B is the batch of states, M the fixed and N the moved actions of each state, A the size of an action.
/// </summary>
public static class SteinGradient
{
    /// <summary>
    /// Δⱼ = 1/M Σᵢ (κ(aᵢ, a′ⱼ)·gᵢ + α·∇ κ(aᵢ, a′ⱼ)), ∇ by aᵢ, with κ(a, a′) = exp(−‖a − a′‖²/h). The bandwidth h of each state is the median of
    /// its M·N squared distances (of an even number the lower of the middle two), divided by ln(M + 1), and no less than 1e-6.
    /// No gradient passes.
    /// </summary>
    /// <param name="actions">a, [B, M, A]</param>
    /// <param name="moved">a′, [B, N, A]</param>
    /// <param name="gradients">g = ∇ Q(s, a) at the fixed actions, [B, M, A]</param>
    /// <param name="temperature">α, a scalar</param>
    /// <returns>Δ, [B, N, A]</returns>
    public static Tensor Direction(Tensor actions, Tensor moved, Tensor gradients, Tensor temperature)
    {
        ArgumentNullException.ThrowIfNull(actions);
        ArgumentNullException.ThrowIfNull(moved);
        long count = actions.Shape[1].Value, pairs = count * moved.Shape[1].Value;
        Tensor distances = SquaredDistances(moved, actions);
        Tensor median = Op.KthLargest(Op.Reshape(distances, [distances.Shape[0], pairs]), (pairs / 2) + 1);
        Tensor rate = Op.Reshape(Math.Log(count + 1) / Op.Maximum(median, median.Graph.Constant((float)(1e-6 * Math.Log(count + 1)))), [median.Shape[0], 1, 1]);
        Tensor kernel = Op.Exp(-(distances * rate));
        // ∇ κ by aᵢ is −2/h·(aᵢ − a′ⱼ)·κ: its first part joins g in one product, its second is a′ⱼ times a sum of κ.
        Tensor repulsion = rate * temperature * 2;
        Tensor driven = Op.MatMul(kernel, gradients - (actions * repulsion)) + (moved * (Op.Sum(kernel, [2], keepDimensions: true) * repulsion));
        return Op.StopGradient(driven * (1.0 / count));
    }

    /// <summary>A scalar whose gradient by the moved actions is −Δ over the number of actions B·N, so that descent moves them along Δ.</summary>
    /// <param name="moved">a′, [B, N, A], made by the sampler.</param>
    /// <param name="direction">Δ, [B, N, A]</param>
    public static Tensor Loss(Tensor moved, Tensor direction)
    {
        ArgumentNullException.ThrowIfNull(moved);
        return Op.Mean(Op.StopGradient(direction) * moved) * -moved.Shape[2].Value;
    }

    // [B, N, M], from the differences: the products |a|² + |a′|² − 2·a·a′ would lose what is small.
    private static Tensor SquaredDistances(Tensor moved, Tensor actions) => Op.SumSquare(
        Op.Reshape(moved, moved.Shape.Insert(2, 1)) - Op.Reshape(actions, actions.Shape.Insert(1, 1)), [3]);
}
