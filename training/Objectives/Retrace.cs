using System;

namespace Pipeline.Training.Objectives;

/// <summary>
/// Retrace(λ) (Munos et al., arXiv:1606.02647): returns of a target policy π from what a behaviour policy μ did, safe however far apart they are.
/// Computed on the host. Arrays are [T, N], row-major: entry t·N + n is step t of sequence n.
/// </summary>
public static class Retrace
{
    /// <summary>
    /// Q^retₜ = rₜ + γ·(1 − terminatedₜ)·(V(s′ₜ) + (1 − endedₜ)·cₜ₊₁·(Q^retₜ₊₁ − Q(sₜ₊₁, aₜ₊₁))), ended = terminated or truncated or the last of its sequence.
    /// With c = 1 everywhere this is the uncorrected Q^opc of Harutyunyan et al. (arXiv:1602.04951).
    /// </summary>
    /// <param name="rewards">r, [T, N]</param>
    /// <param name="actionValues">Q(s, a) of the actions taken, [T, N]</param>
    /// <param name="nextValues">V(s′) = E over a of π of Q(s′, a), [T, N]; entries of terminated steps are not read. Of a truncated episode that of its last observation.</param>
    /// <param name="traces">c, [T, N], see <see cref="Traces"/>; those that follow an ended step are not read.</param>
    /// <param name="terminated">[T, N]</param>
    /// <param name="truncated">[T, N]</param>
    /// <param name="gamma">γ, 0 to 1</param>
    /// <param name="sequenceCount">N</param>
    /// <param name="targets">Receives Q^ret, [T, N]</param>
    /// <exception cref="ArgumentException">The lengths differ or are no multiple of N.</exception>
    public static void Targets(
        ReadOnlySpan<float> rewards, ReadOnlySpan<float> actionValues, ReadOnlySpan<float> nextValues, ReadOnlySpan<float> traces, ReadOnlySpan<bool> terminated,
        ReadOnlySpan<bool> truncated, double gamma, int sequenceCount, Span<float> targets)
    {
        int length = rewards.Length;
        if (actionValues.Length != length || nextValues.Length != length || traces.Length != length || terminated.Length != length || truncated.Length != length ||
            targets.Length != length || sequenceCount < 1 || length % sequenceCount != 0)
        {
            throw new ArgumentException(
                $"Rewards {length}, action values {actionValues.Length}, next values {nextValues.Length}, traces {traces.Length}, terminated {terminated.Length}, " +
                $"truncated {truncated.Length} and targets {targets.Length} must be equally long, a multiple of {sequenceCount} sequences.");
        }

        float discount = (float)gamma;
        for (int i = length - 1; i >= 0; i--)
        {
            if (terminated[i])
            {
                targets[i] = rewards[i];
                continue;
            }

            int next = i + sequenceCount;
            bool continues = next < length && !truncated[i];
            targets[i] = rewards[i] + (discount * (nextValues[i] + (continues ? traces[next] * (targets[next] - actionValues[next]) : 0)));
        }
    }

    /// <summary>c = λ·min(1, (π(a|s)/μ(a|s))^(1/d)), with d = 1 as published; d is the number of numbers of an action in ACER (arXiv:1611.01224, section 5.1).</summary>
    /// <param name="logRatios">ln π(a|s) − ln μ(a|s)</param>
    /// <param name="lambda">λ, 0 to 1</param>
    /// <param name="dimension">d, at least 1</param>
    /// <param name="traces">Receives c, as many.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Traces(ReadOnlySpan<float> logRatios, double lambda, int dimension, Span<float> traces)
    {
        if (traces.Length != logRatios.Length) throw new ArgumentException($"There are {logRatios.Length} ratios and {traces.Length} traces; they must be as many.", nameof(traces));
        for (int i = 0; i < traces.Length; i++) traces[i] = (float)(lambda * Math.Exp(Math.Min(0, logRatios[i]) / dimension));
    }
}
