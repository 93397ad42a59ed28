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
        // With the errors above 0 and below 0 clipped to κ each on its own, c⁺ and c⁻, Huber's loss is Σ c·(u − c/2) over both, and c is its
        // derivative by u. So neither the signs nor τ are needed for each pair, and the derivative by θᵢ is a sum over j that is there already.
        Tensor predicted = Op.StopGradient(quantiles), expected = Op.StopGradient(targets);
        Tensor errors = Op.Reshape(expected, expected.Shape.Insert(1, 1)) - Op.Reshape(predicted, predicted.Shape.Insert(2, 1));
        Tensor above = Op.Clip(errors, 0, threshold), below = Op.Clip(errors, -threshold, 0);
        Tensor slope = Weighted(Op.Sum(above, [2]), Op.Sum(below, [2]), fractions);
        Tensor loss = Weighted(Sum(errors, above), Sum(errors, below), fractions);
        // The value is the loss; the derivative by θ is −slope.
        Tensor passing = loss - (slope * (quantiles - predicted));
        return Op.Sum(passing, [1], keepDimensions: true) * (1 / (threshold * targets.Shape[1].Value));
    }

    private static Tensor Sum(Tensor errors, Tensor clipped) => Op.Sum(clipped * (errors - (clipped * 0.5)), [2]);

    private static Tensor Weighted(Tensor above, Tensor below, Tensor fractions) => below + ((above - below) * fractions);
}
