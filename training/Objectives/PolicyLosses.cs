using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Objectives;

/// <summary>Losses of policies, to be minimised. Every tensor is [B, 1] unless said otherwise; results are scalars.</summary>
public static class PolicyLosses
{
    /// <summary>The loss whose gradient is the policy gradient (Williams, 1992): −mean(ln π(a|s)·Ψ).</summary>
    /// <param name="logProbability">ln π(a|s)</param>
    /// <param name="weight">Ψ: the return, or the advantage over a baseline</param>
    public static Tensor LogLikelihood(Tensor logProbability, Tensor weight) => -Op.Mean(logProbability * weight);

    /// <summary>
    /// The clipped surrogate (Schulman et al., arXiv:1707.06347, eq. 7): −mean(min(r·Â, clip(r, 1 − ε, 1 + ε)·Â)).
    /// </summary>
    /// <param name="ratio">r = π(a|s) / π_old(a|s)</param>
    /// <param name="advantage">Â</param>
    /// <param name="clipRange">ε, a scalar</param>
    public static Tensor ClippedSurrogate(Tensor ratio, Tensor advantage, Tensor clipRange)
    {
        // Where the clipped term is the smaller one, the ratio lies outside the range and its clip passes no gradient; where both are equal the
        // minimum gives the gradient to its first. So the clipped term never passes any, and need not be differentiated.
        Tensor clipped = Op.StopGradient(Op.Clip(ratio, 1 - clipRange, 1 + clipRange));
        return -Op.Mean(Op.Minimum(ratio * advantage, clipped * advantage));
    }

    /// <summary>The surrogate without clipping (eq. 6 there): −mean(r·Â).</summary>
    /// <param name="ratio">r = π(a|s) / π_old(a|s)</param>
    /// <param name="advantage">Â</param>
    public static Tensor Surrogate(Tensor ratio, Tensor advantage) => -Op.Mean(ratio * advantage);

    /// <summary>
    /// The surrogate of several actions in each state, by self-normalised importance weights (Schulman et al., arXiv:1502.05477, eq. 17): −mean(Σₖ wₖ·Qₖ / Σₖ wₖ).
    /// It does not change where the same number is added to all Q of a state.
    /// </summary>
    /// <param name="weight">w = π(a|s) / q(a|s) up to a factor of the state's own, [N, K]; 0 for what is not to count.</param>
    /// <param name="value">Q̂(s, a), [N, K]</param>
    public static Tensor SelfNormalizedSurrogate(Tensor weight, Tensor value) =>
        -Op.Mean(Op.Sum(weight * value, [1], keepDimensions: true) / Op.Sum(weight, [1], keepDimensions: true));

    /// <summary>
    /// The low-variance, never negative estimate of KL(π_old ‖ π) from samples of π_old: mean((r − 1) − ln r)
    /// (J. Schulman, "Approximating KL divergence", 2020, estimator k3).
    /// </summary>
    /// <param name="logRatio">ln r</param>
    /// <param name="ratio">r</param>
    public static Tensor ApproximateDivergence(Tensor logRatio, Tensor ratio) => Op.Mean(ratio - 1 - logRatio);

    /// <summary>The share of samples whose ratio lies outside 1 ± ε.</summary>
    /// <param name="ratio">r</param>
    /// <param name="clipRange">ε, a scalar</param>
    public static Tensor ClipFraction(Tensor ratio, Tensor clipRange) =>
        Op.Mean(Op.Cast(Op.Greater(Op.Abs(ratio - 1), clipRange), ElementType.Float32));

    /// <summary>
    /// The loss of a temperature that is to keep the policy's entropy at a level: −mean(ln α·(ln π(a|s) + H̄)). Its gradient by ln α has the sign of
    /// Haarnoja et al., arXiv:1812.05905, eq. 18, without the factor α there; this is the form of the authors' program and Stable-Baselines3.
    /// </summary>
    /// <param name="logTemperature">ln α, a scalar</param>
    /// <param name="logProbability">ln π(a|s), or its expectation under π</param>
    /// <param name="targetEntropy">H̄, in nats</param>
    public static Tensor Temperature(Tensor logTemperature, Tensor logProbability, double targetEntropy) =>
        -(logTemperature * Op.StopGradient(Op.Mean(logProbability) + targetEntropy));
}
