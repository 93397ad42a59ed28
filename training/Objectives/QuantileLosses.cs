using System;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Objectives;

/// <summary>Quantile regression of returns. B is the batch, N the number of predicted quantiles, M the number of target quantiles.</summary>
public static class QuantileLosses
{
    /// <summary>The midpoints (i + ½)/N of N equal shares, [1, N]: the fractions of QR-DQN (Dabney et al., arXiv:1710.10044, lemma 2).</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="count">N</param>
    public static Tensor Midpoints(Graph graph, int count)
    {
        ArgumentNullException.ThrowIfNull(graph);
        float[] fractions = new float[count];
        for (int i = 0; i < count; i++) fractions[i] = (float)((i + 0.5) / count);
        return graph.Constant(fractions, [1, count]);
    }

    /// <summary>
    /// The quantile Huber loss of each sample, Σᵢ 1/M Σⱼ |τᵢ − 1{uᵢⱼ &lt; 0}|·L(uᵢⱼ)/κ with uᵢⱼ = yⱼ − θᵢ and L Huber's loss
    /// (Dabney et al., arXiv:1806.06923, eq. 3; arXiv:1710.10044, eq. 10, has it without 1/κ): the sum over what is predicted of the mean over
    /// the targets. Some libraries take the mean of both, which is smaller by N.
    /// </summary>
    /// <param name="quantiles">θ, [B, N]</param>
    /// <param name="fractions">τ, [B, N] or [1, N], 0 to 1</param>
    /// <param name="targets">y, [B, M]; no gradient goes there.</param>
    /// <param name="threshold">κ, above 0</param>
    /// <returns>[B, 1]</returns>
    public static Tensor Huber(Tensor quantiles, Tensor fractions, Tensor targets, double threshold = 1)
    {
        ArgumentNullException.ThrowIfNull(quantiles);
        ArgumentNullException.ThrowIfNull(fractions);
        ArgumentNullException.ThrowIfNull(targets);
        Tensor columns = Op.Reshape(quantiles, quantiles.Shape.Insert(2, 1)), rows = Op.StopGradient(Op.Reshape(targets, targets.Shape.Insert(1, 1)));
        Tensor errors = rows - columns, isBelow = Op.Cast(Op.Less(errors, errors.Graph.Constant(0)), ElementType.Float32);
        // As in QLosses.Huber, c·(u − c/2) with c = clip(u, ±κ) is Huber's loss and c its derivative.
        Tensor clipped = Op.StopGradient(Op.Clip(errors, -threshold, threshold));
        Tensor slopes = Op.Abs(Op.Reshape(fractions, fractions.Shape.Insert(2, 1)) - isBelow) * clipped;
        Tensor sums = Op.Reshape(Op.Sum(slopes * (errors - (clipped * 0.5)), [1, 2]), [quantiles.Shape[0], 1]);
        return sums * (1 / (threshold * targets.Shape[1].Value));
    }
}
