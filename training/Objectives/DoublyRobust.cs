using System;
using System.Linq;

namespace Pipeline.Training.Objectives;

/// <summary>
/// What a target policy π would earn, estimated from episodes of a behaviour policy μ and a guess Q of the target policy's action values: the guess is taken
/// where it holds, and importance sampling corrects what it leaves over, δₜ = rₜ + γ·V(sₜ₊₁) − Q(sₜ, aₜ) with V(s) = E over a of π of Q(s, a)
/// (Jiang and Li, arXiv:1511.03722; Thomas and Brunskill, arXiv:1604.00923). For the symbols see <see cref="ImportanceSampling"/>.
/// </summary>
public static class DoublyRobust
{
    /// <summary>The episodes with δ in place of their rewards.</summary>
    /// <param name="episodes">The episodes.</param>
    /// <param name="actionValues">Q(s, a) of the actions taken, one for each step.</param>
    /// <param name="nextValues">V(s′), as many; 0 where nothing that counts follows.</param>
    /// <param name="gamma">γ, 0 to 1</param>
    /// <exception cref="ArgumentException">There are not as many values as steps.</exception>
    public static LoggedEpisodes Residuals(LoggedEpisodes episodes, double[] actionValues, double[] nextValues, double gamma)
    {
        ArgumentNullException.ThrowIfNull(episodes);
        ArgumentNullException.ThrowIfNull(actionValues);
        ArgumentNullException.ThrowIfNull(nextValues);
        int steps = Enumerable.Range(0, episodes.Count).Sum(i => episodes.Rewards(i).Length);
        if (actionValues.Length != steps || nextValues.Length != steps)
            throw new ArgumentException($"There are {actionValues.Length} action values and {nextValues.Length} next values; the episodes have {steps} steps. Give one of each for every step.");
        return episodes.With((step, reward) => reward + (gamma * nextValues[step]) - actionValues[step]);
    }

    /// <summary>(1/n)·Σᵢ (V(s₀) + Σₜ γᵗ·ρ₀:ₜ·δₜ). Without bias if the ratios are right, whatever Q is, as long as Q was not fitted to the same episodes.</summary>
    /// <param name="residuals">The episodes, see <see cref="Residuals"/>.</param>
    /// <param name="startValues">V(s₀) of each episode.</param>
    /// <param name="gamma">γ, 0 to 1</param>
    /// <exception cref="ArgumentException">There are not as many values as episodes.</exception>
    /// <exception cref="OverflowException">A weight is beyond the range of numbers; the weighted estimator has no such limit.</exception>
    public static ReturnEstimate Ordinary(LoggedEpisodes residuals, ReadOnlySpan<double> startValues, double gamma)
    {
        Check(residuals, startValues);
        double[] terms = ImportanceSampling.PerDecisionTerms(residuals, gamma);
        for (int i = 0; i < terms.Length; i++) terms[i] += startValues[i];
        return ImportanceSampling.OfMean(terms, ImportanceSampling.EffectiveSampleSize(residuals));
    }

    /// <summary>(1/n)·Σᵢ V(s₀) + Σₜ γᵗ·(Σᵢ ρ₀:ₜ·δₜ / Σᵢ ρ₀:ₜ): weights normalised at each step. An episode that is over goes on with δ = 0 and the weight of its last step.</summary>
    /// <param name="residuals">The episodes, see <see cref="Residuals"/>.</param>
    /// <param name="startValues">V(s₀) of each episode.</param>
    /// <param name="gamma">γ, 0 to 1</param>
    /// <exception cref="ArgumentException">There are not as many values as episodes.</exception>
    /// <exception cref="CoverageException">All weights of a step are 0.</exception>
    public static ReturnEstimate Weighted(LoggedEpisodes residuals, ReadOnlySpan<double> startValues, double gamma)
    {
        Check(residuals, startValues);
        (double value, double[] errors) = ImportanceSampling.WeightedPerDecisionErrors(residuals, gamma);
        double mean = 0;
        foreach (double start in startValues) mean += start / startValues.Length;
        for (int i = 0; i < errors.Length; i++) errors[i] += (startValues[i] - mean) / errors.Length;
        return ImportanceSampling.OfErrors(mean + value, errors, ImportanceSampling.EffectiveSampleSize(residuals));
    }

    private static void Check(LoggedEpisodes residuals, ReadOnlySpan<double> startValues)
    {
        ArgumentNullException.ThrowIfNull(residuals);
        if (startValues.Length != residuals.Count)
            throw new ArgumentException($"There are {startValues.Length} values of first states and {residuals.Count} episodes. Give one for each episode.", nameof(startValues));
    }
}
