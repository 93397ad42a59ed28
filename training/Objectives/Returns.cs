using System;
using System.Numerics.Tensors;

namespace Pipeline.Training.Objectives;

/// <summary>Returns and advantages of recorded experience, computed on the host. Arrays are [T, N], row-major: entry t·N + n is step t of environment n.</summary>
public static class Returns
{
    /// <summary>
    /// Generalised advantage estimation (Schulman et al., arXiv:1506.02438, eq. 16):
    /// δₜ = rₜ + γ·(1 − terminatedₜ)·V(s′ₜ) − V(sₜ), Âₜ = δₜ + γλ·(1 − endedₜ)·Âₜ₊₁, ended = terminated or truncated.
    /// s′ₜ is the observation that step t led to: at the end of an episode its last observation, not the first of the next.
    /// A truncated episode is bootstrapped from V(s′ₜ), a terminated one from nothing; the λ-trace is cut at both.
    /// </summary>
    /// <param name="rewards">r, [T, N]</param>
    /// <param name="values">V(s), [T, N]</param>
    /// <param name="nextValues">V(s′), [T, N]; entries of terminated steps are not read.</param>
    /// <param name="terminated">[T, N]</param>
    /// <param name="truncated">[T, N]</param>
    /// <param name="gamma">γ, 0 to 1</param>
    /// <param name="lambda">λ, 0 to 1</param>
    /// <param name="environmentCount">N</param>
    /// <param name="advantages">Receives Â, [T, N]</param>
    /// <exception cref="ArgumentException">The lengths differ or are no multiple of N.</exception>
    public static void GeneralizedAdvantages(
        ReadOnlySpan<float> rewards, ReadOnlySpan<float> values, ReadOnlySpan<float> nextValues, ReadOnlySpan<bool> terminated,
        ReadOnlySpan<bool> truncated, double gamma, double lambda, int environmentCount, Span<float> advantages)
    {
        int length = rewards.Length;
        if (values.Length != length || nextValues.Length != length || terminated.Length != length || truncated.Length != length ||
            advantages.Length != length || environmentCount < 1 || length % environmentCount != 0)
        {
            throw new ArgumentException(
                $"Rewards {length}, values {values.Length}, next values {nextValues.Length}, terminated {terminated.Length}, truncated {truncated.Length} and " +
                $"advantages {advantages.Length} must be equally long, a multiple of {environmentCount} environments.");
        }

        float discount = (float)gamma, trace = (float)(gamma * lambda);
        for (int i = length - 1; i >= 0; i--)
        {
            float next = terminated[i] ? 0 : nextValues[i];
            float delta = rewards[i] + (discount * next) - values[i];
            bool continues = i + environmentCount < length && !terminated[i] && !truncated[i];
            advantages[i] = delta + (continues ? trace * advantages[i + environmentCount] : 0);
        }
    }

    /// <summary>The λ-return that a value function is fitted to: R = Â + V(s).</summary>
    /// <param name="advantages">Â</param>
    /// <param name="values">V(s), as many.</param>
    /// <param name="targets">Receives R, as many.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void FromAdvantages(ReadOnlySpan<float> advantages, ReadOnlySpan<float> values, Span<float> targets) =>
        TensorPrimitives.Add(advantages, values, targets);

    /// <summary>Subtracts the mean and divides by the sample standard deviation (n − 1) plus 1e-8, in place; what has one element only is left as it is.</summary>
    /// <param name="advantages">The numbers.</param>
    public static void Standardize(Span<float> advantages)
    {
        if (advantages.Length < 2) return;
        double sum = 0, squares = 0;
        foreach (float a in advantages) sum += a;
        double mean = sum / advantages.Length;
        foreach (float a in advantages) squares += (a - mean) * (a - mean);
        float scale = (float)(1 / (Math.Sqrt(squares / (advantages.Length - 1)) + 1e-8)), shift = (float)mean;
        for (int i = 0; i < advantages.Length; i++) advantages[i] = (advantages[i] - shift) * scale;
    }

    /// <summary>1 − Var(target − prediction) / Var(target): 1 for a perfect prediction, 0 for a constant one; NaN where the targets do not vary.</summary>
    /// <param name="predictions">What was predicted.</param>
    /// <param name="targets">What came out.</param>
    public static double ExplainedVariance(ReadOnlySpan<float> predictions, ReadOnlySpan<float> targets)
    {
        if (predictions.Length != targets.Length)
            throw new ArgumentException($"There are {predictions.Length} predictions and {targets.Length} targets; they must be as many.", nameof(predictions));
        double sumError = 0, sumTarget = 0;
        for (int i = 0; i < targets.Length; i++)
        {
            sumError += targets[i] - predictions[i];
            sumTarget += targets[i];
        }

        double meanError = sumError / targets.Length, meanTarget = sumTarget / targets.Length, error = 0, variance = 0;
        for (int i = 0; i < targets.Length; i++)
        {
            error += Math.Pow(targets[i] - predictions[i] - meanError, 2);
            variance += Math.Pow(targets[i] - meanTarget, 2);
        }

        return variance == 0 ? double.NaN : 1 - (error / variance);
    }
}
