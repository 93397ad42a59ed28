using System;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Objectives;

/// <summary>Losses of action values, to be minimised, one number a sample. B is the batch, A the number of actions.</summary>
public static class QLosses
{
    /// <summary>The values of the actions that were taken.</summary>
    /// <param name="values">Q, [B, A] or, with K numbers for each action, [B, A, K].</param>
    /// <param name="choice">[B, A], 1 for the action taken and 0 for the others.</param>
    /// <returns>[B, 1] or [B, K]</returns>
    public static Tensor Chosen(Tensor values, Tensor choice)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(choice);
        if (values.Shape.Rank == 2) return Op.Sum(values * choice, [1], keepDimensions: true);
        return Op.Sum(values * Op.Reshape(choice, choice.Shape.Insert(2, 1)), [1]);
    }

    /// <summary>
    /// Huber's loss of an error: δ²/2 where |δ| ≤ κ, otherwise κ·(|δ| − κ/2) (Huber, 1964). With κ = 1 its gradient is the error clipped to
    /// ±1, as in Mnih et al., 2015. Differentiable once: its gradient, clip(δ, ±κ), is taken as a number.
    /// </summary>
    /// <param name="error">δ, any shape</param>
    /// <param name="threshold">κ, above 0</param>
    /// <returns>The shape of δ.</returns>
    public static Tensor Huber(Tensor error, double threshold = 1)
    {
        // c·(δ − c/2) with c = clip(δ, ±κ) is both branches at once, and c is its derivative in both.
        Tensor clipped = Op.StopGradient(Op.Clip(error, -threshold, threshold));
        return clipped * (error - (clipped * 0.5));
    }

    /// <summary>The mean of losses times weights, Σ wᵢ·Lᵢ / B: importance weights of prioritized replay (Schaul et al., arXiv:1511.05952, alg. 1).</summary>
    /// <param name="losses">L, [B, 1]</param>
    /// <param name="weights">w, [B, 1]; null where all are 1.</param>
    /// <returns>A scalar.</returns>
    public static Tensor WeightedMean(Tensor losses, Tensor? weights) => Op.Mean(weights is null ? losses : losses * weights);
}
