using System;

namespace Pipeline.Training.Objectives;

/// <summary>Importance-weighted returns of experience that another policy collected. Arrays are [T, N], row-major: entry t·N + n is step t of environment n.</summary>
public static class VTrace
{
    /// <summary>
    /// V-trace (Espeholt et al., arXiv:1802.01561, eq. 1 and remark 2): with wₜ = π(aₜ|sₜ)/μ(aₜ|sₜ), ρₜ = min(ρ̄, wₜ) and cₜ = λ·min(c̄, wₜ),
    /// δₜ = ρₜ·(rₜ + γ·(1 − terminatedₜ)·V(s′ₜ) − V(sₜ)), vₜ − V(sₜ) = δₜ + γ·cₜ·(1 − endedₜ)·(vₜ₊₁ − V(sₜ₊₁)), ended = terminated or truncated;
    /// the policy's advantage is ρₜ·(rₜ + γ·v′ₜ − V(sₜ)), v′ₜ being vₜ₊₁, V(s′ₜ) where the step is the last or truncated its episode, and 0 where it terminated it.
    /// With w = 1, ρ̄ and c̄ at least 1 and λ = 1 these are n-step returns and advantages.
    /// </summary>
    /// <param name="rewards">r, [T, N]</param>
    /// <param name="values">V(s), [T, N]</param>
    /// <param name="nextValues">V(s′), [T, N]; entries of terminated steps are not read.</param>
    /// <param name="terminated">[T, N]</param>
    /// <param name="truncated">[T, N]</param>
    /// <param name="logRatios">ln w, [T, N]</param>
    /// <param name="gamma">γ, 0 to 1</param>
    /// <param name="lambda">λ, 0 to 1</param>
    /// <param name="rhoClip">ρ̄, above 0: what value function is found, between that of μ (near 0) and that of π (∞).</param>
    /// <param name="traceClip">c̄, above 0: how fast it is found, at what variance.</param>
    /// <param name="environmentCount">N</param>
    /// <param name="targets">Receives v, [T, N]</param>
    /// <param name="advantages">Receives the policy's advantages, [T, N]</param>
    /// <exception cref="ArgumentException">The lengths differ or are no multiple of N.</exception>
    public static void Estimate(
        ReadOnlySpan<float> rewards, ReadOnlySpan<float> values, ReadOnlySpan<float> nextValues, ReadOnlySpan<bool> terminated, ReadOnlySpan<bool> truncated,
        ReadOnlySpan<float> logRatios, double gamma, double lambda, double rhoClip, double traceClip, int environmentCount, Span<float> targets, Span<float> advantages)
    {
        int length = rewards.Length;
        if (values.Length != length || nextValues.Length != length || terminated.Length != length || truncated.Length != length ||
            logRatios.Length != length || targets.Length != length || advantages.Length != length || environmentCount < 1 || length % environmentCount != 0)
        {
            throw new ArgumentException(
                $"Rewards {length}, values {values.Length}, next values {nextValues.Length}, terminated {terminated.Length}, truncated {truncated.Length}, log-ratios {logRatios.Length}, " +
                $"targets {targets.Length} and advantages {advantages.Length} must be equally long, a multiple of {environmentCount} environments.");
        }

        float discount = (float)gamma;
        for (int i = length - 1; i >= 0; i--)
        {
            float ratio = MathF.Exp(logRatios[i]), rho = MathF.Min((float)rhoClip, ratio), trace = (float)lambda * MathF.Min((float)traceClip, ratio);
            float next = terminated[i] ? 0 : nextValues[i];
            bool continues = i + environmentCount < length && !terminated[i] && !truncated[i];
            float correction = continues ? targets[i + environmentCount] - values[i + environmentCount] : 0;
            targets[i] = values[i] + (rho * (rewards[i] + (discount * next) - values[i])) + (discount * trace * correction);
            advantages[i] = rho * (rewards[i] + (discount * (continues ? targets[i + environmentCount] : next)) - values[i]);
        }
    }
}
