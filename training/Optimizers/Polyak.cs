using System;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Pipeline.Training.Optimizers;

/// <summary>Averages of parameters over time, for target networks.</summary>
public static class Polyak
{
    /// <summary>
    /// One step of the exponential average θ′ ← θ′ + τ·(θ − θ′), in place (Lillicrap et al., arXiv:1509.02971). τ is the weight of the new network;
    /// with τ = 1 the target becomes an exact copy.
    /// </summary>
    /// <param name="target">θ′, such as the whole of a state vector.</param>
    /// <param name="parameters">θ, as long.</param>
    /// <param name="tau">τ, above 0 and at most 1.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">τ is not above 0 and at most 1.</exception>
    public static void Average(Span<float> target, ReadOnlySpan<float> parameters, double tau)
    {
        if (target.Length != parameters.Length)
            throw new ArgumentException($"The target has {target.Length} elements, the parameters {parameters.Length}. Give two vectors of one layout.", nameof(parameters));
        if (!(tau > 0 && tau <= 1)) throw new ArgumentOutOfRangeException(nameof(tau), tau, "Tau is above 0 and at most 1; 1 copies the parameters.");
        if (tau == 1)
        {
            parameters.CopyTo(target);
            return;
        }

        float weight = (float)tau;
        Span<Vector<float>> to = MemoryMarshal.Cast<float, Vector<float>>(target);
        ReadOnlySpan<Vector<float>> from = MemoryMarshal.Cast<float, Vector<float>>(parameters)[..to.Length];
        for (int i = 0; i < to.Length; i++) to[i] += (from[i] - to[i]) * weight;
        for (int i = to.Length * Vector<float>.Count; i < target.Length; i++) target[i] += (parameters[i] - target[i]) * weight;
    }
}
