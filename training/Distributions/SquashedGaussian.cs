using System;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Distributions;

/// <summary>
/// Actions in (−1, 1): a = tanh u of independent normal numbers u with mean μ and standard deviation σ = e^s, both of which depend on the
/// state (Haarnoja et al., arXiv:1801.01290, appendix C). The logarithm of the change of volume is taken in a form that is exact for every u,
/// ln(1 − tanh² u) = 2·(ln 2 − u − softplus(−2u)) = −2·ln cosh u; implementations that take ln(1 − a² + 1e-6) differ where |u| is above about 6.
/// </summary>
public sealed class SquashedGaussian
{
    /// <summary>The smallest s, the bound of the authors' program.</summary>
    public const double LowestLogDeviation = -20;

    /// <summary>The largest s, the bound of the authors' program.</summary>
    public const double HighestLogDeviation = 2;

    private static readonly double _logSqrtTwoPi = 0.5 * Math.Log(2 * Math.PI);
    private readonly Tensor _mean;
    private readonly Tensor _logDeviation;

    /// <summary>Makes the distribution.</summary>
    /// <param name="mean">μ, [B, A]</param>
    /// <param name="logDeviation">s, [B, A], within its bounds.</param>
    public SquashedGaussian(Tensor mean, Tensor logDeviation) => (_mean, _logDeviation) = (mean, logDeviation);

    /// <summary>Makes the distribution from a network's outputs: the means, then the logarithms of the deviations, which are clipped to their bounds (no gradient outside).</summary>
    /// <param name="outputs">[B, 2·A]</param>
    public static SquashedGaussian FromOutputs(Tensor outputs)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        long size = outputs.Shape[1].Value / 2;
        Tensor[] parts = Op.Split(outputs, 1, size, size);
        return new SquashedGaussian(parts[0], Op.Clip(parts[1], LowestLogDeviation, HighestLogDeviation));
    }

    /// <summary>s, [B, A], within its bounds.</summary>
    public Tensor LogDeviation => _logDeviation;

    /// <summary>tanh μ, [B, A]: the median of each number, not the most likely value.</summary>
    public Tensor Mode => Op.Tanh(_mean);

    /// <summary>A sample u = μ + σ·ε squashed, and the logarithm of its density; both pass gradients to μ and s.</summary>
    /// <param name="noise">ε, [B, A], standard normal numbers.</param>
    /// <returns>a, [B, A], and ln π(a), [B, 1].</returns>
    public (Tensor Action, Tensor LogProbability) SampleWithLogProbability(Tensor noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        Tensor u = _mean + (Op.Exp(_logDeviation) * noise);
        Tensor terms = (Op.LogCosh(u) * 2) - _logDeviation - (Op.Square(noise) * 0.5);
        return (Op.Tanh(u), Op.Sum(terms, [1], keepDimensions: true) - (_logSqrtTwoPi * _mean.Shape[1].Value));
    }
}
