using System;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Objectives;

/// <summary>
/// What action values are fitted to. B is the batch, A the number of actions, M a number of sampled actions. Discounts are 0 where the next
/// state is terminal, so nothing here asks for the end of an episode. Only <see cref="Bootstrapped"/> stops gradients.
/// </summary>
public static class QTargets
{
    private const double Forbidden = 1e8;

    /// <summary>y = r + d·V(s′). No gradient passes: a target is a number.</summary>
    /// <param name="reward">r, [B, 1]; the discounted sum of several where the step is of several.</param>
    /// <param name="discount">d, [B, 1]: γ to the number of steps, 0 where s′ is terminal.</param>
    /// <param name="nextValue">V(s′), [B, 1] (or [B, N] for quantiles, with r and d stretched).</param>
    /// <returns>The shape of V(s′).</returns>
    public static Tensor Bootstrapped(Tensor reward, Tensor discount, Tensor nextValue) => Op.StopGradient((discount * nextValue) + reward);

    /// <summary>Q with the values of forbidden actions lowered by more than any value is worth.</summary>
    /// <param name="values">Q, [B, A]</param>
    /// <param name="mask">[B, A], 1 allowed and 0 not; null where all is allowed.</param>
    /// <returns>[B, A]: −1e8 for what is forbidden.</returns>
    public static Tensor Allowed(Tensor values, Tensor? mask) => mask is null ? values : (values * mask) + ((mask - 1) * Forbidden);

    /// <summary>max over a of Q(s′, a) (Mnih et al., Nature 518, 2015).</summary>
    /// <param name="nextValues">Q of the target network, [B, A]</param>
    /// <param name="mask">What is allowed in s′, [B, A]; null for everything.</param>
    /// <returns>[B, 1]</returns>
    public static Tensor Largest(Tensor nextValues, Tensor? mask = null) => Op.Max(Allowed(nextValues, mask), [1], keepDimensions: true);

    /// <summary>Q′(s′, argmax over a of Q(s′, a)): double Q-learning (van Hasselt et al., arXiv:1509.06461, eq. 4). The first of equal actions is taken.</summary>
    /// <param name="onlineValues">Q of the network that learns, which chooses, [B, A]</param>
    /// <param name="targetValues">Q′ of the target network, which values, [B, A]</param>
    /// <param name="mask">What is allowed in s′, [B, A]; null for everything.</param>
    /// <returns>[B, 1]</returns>
    public static Tensor DoubleQ(Tensor onlineValues, Tensor targetValues, Tensor? mask = null)
    {
        ArgumentNullException.ThrowIfNull(onlineValues);
        Tensor best = Op.ArgMax(Allowed(onlineValues, mask), 1);
        return Op.GatherElements(targetValues, Op.Reshape(best, [onlineValues.Shape[0], 1]), 1);
    }

    /// <summary>The best action: the first of equal ones. No gradient passes.</summary>
    /// <param name="values">Q, [B, A]</param>
    /// <param name="mask">What is allowed, [B, A]; null for everything.</param>
    /// <returns>[B, A], one-hot.</returns>
    public static Tensor Best(Tensor values, Tensor? mask = null)
    {
        ArgumentNullException.ThrowIfNull(values);
        return Op.OneHot(Op.ArgMax(Allowed(values, mask), 1), (int)values.Shape[1].Value);
    }

    /// <summary>The smaller of two critics, element by element: clipped double Q-learning (Fujimoto et al., arXiv:1802.09477, eq. 10).</summary>
    /// <param name="first">Q₁</param>
    /// <param name="second">Q₂, of the same shape.</param>
    public static Tensor ClippedDouble(Tensor first, Tensor second) => Op.Minimum(first, second);

    /// <summary>
    /// V(s) of one sampled action: Q(s, a) − α·ln π(a|s) (Haarnoja et al., arXiv:1812.05905, eq. 3). Its negative mean is SAC's policy loss.
    /// </summary>
    /// <param name="value">Q(s, a), [B, 1]</param>
    /// <param name="logProbability">ln π(a|s), [B, 1]</param>
    /// <param name="temperature">α, a scalar</param>
    /// <returns>[B, 1]</returns>
    public static Tensor SoftValue(Tensor value, Tensor logProbability, Tensor temperature) => value - (logProbability * temperature);

    /// <summary>V(s) over all choices: Σ over a of π(a|s)·(Q(s, a) − α·ln π(a|s)) (Christodoulou, arXiv:1910.07207, eq. 10).</summary>
    /// <param name="values">Q, [B, A]</param>
    /// <param name="logProbabilities">ln π, [B, A]</param>
    /// <param name="temperature">α, a scalar</param>
    /// <returns>[B, 1]</returns>
    public static Tensor SoftValueOfChoices(Tensor values, Tensor logProbabilities, Tensor temperature) =>
        Op.Sum(Op.Exp(logProbabilities) * (values - (logProbabilities * temperature)), [1], keepDimensions: true);

    /// <summary>V(s) = α·ln Σ over a of exp(Q(s, a)/α): the soft maximum over all choices (Haarnoja et al., arXiv:1702.08165, eq. 5).</summary>
    /// <param name="values">Q, [B, A]</param>
    /// <param name="temperature">α, a scalar above 0</param>
    /// <param name="mask">What is allowed in s, [B, A]; null for everything.</param>
    /// <returns>[B, 1]</returns>
    public static Tensor SoftMaximum(Tensor values, Tensor temperature, Tensor? mask = null) =>
        Op.LogSumExp(Allowed(values, mask) / temperature, [1], keepDimensions: true) * temperature;

    /// <summary>
    /// The soft maximum over real-valued actions by importance sampling (arXiv:1702.08165, eq. 10):
    /// V(s) ≈ α·(ln Σ over m of exp(Q(s, aₘ)/α − ln q(aₘ)) − ln M) with aₘ drawn from q.
    /// </summary>
    /// <param name="values">Q(s, aₘ), [B, M]</param>
    /// <param name="logProposal">ln q(aₘ), [B, M] or a scalar; −A·ln 2 for uniform actions in [−1, 1] of A numbers.</param>
    /// <param name="temperature">α, a scalar above 0</param>
    /// <returns>[B, 1]</returns>
    public static Tensor SampledSoftMaximum(Tensor values, Tensor logProposal, Tensor temperature)
    {
        ArgumentNullException.ThrowIfNull(values);
        Tensor terms = (values / temperature) - logProposal;
        return (Op.LogSumExp(terms, [1], keepDimensions: true) - Math.Log(values.Shape[1].Value)) * temperature;
    }
}
