using System;

namespace Pipeline.Training.Objectives;

/// <summary>An estimate of a target policy's expected return.</summary>
/// <param name="Value">The estimate.</param>
/// <param name="StandardError">
/// Its standard error over episodes, for the self-normalised estimators to first order (the delta method); null with one episode.
/// </param>
/// <param name="EffectiveSampleSize">(Σwᵢ)² / Σwᵢ² of the episodes' whole weights: 1 to n (Kong, 1992); 0 where all weights are 0.</param>
public readonly record struct ReturnEstimate(double Value, double? StandardError, double EffectiveSampleSize);

/// <summary>
/// What a target policy π would earn, estimated from episodes of a behaviour policy μ (Precup, Sutton and Singh, 2000; Sutton and Barto, 2018, sections 5.5
/// and 5.9). i is an episode of n, Gᵢ = Σₜ γᵗ·rₜ its return, ρ₀:ₜ = Π over k ≤ t of π(aₖ|sₖ)/μ(aₖ|sₖ), wᵢ that of its last step. An episode that was
/// cut off counts with the rewards that it has. That π is covered by μ is for the caller to see to by <see cref="PolicyCoverage"/> where all actions'
/// probabilities are known: what was never tried leaves no trace in the data, and the estimates are then too low or too high without a sign.
/// </summary>
public static class ImportanceSampling
{
    /// <summary>Ordinary: (1/n)·Σᵢ wᵢ·Gᵢ. Without bias; its variance may be without bound.</summary>
    /// <param name="episodes">The episodes.</param>
    /// <param name="gamma">γ, 0 to 1</param>
    /// <exception cref="OverflowException">A weight is beyond the range of numbers; the weighted estimators have no such limit.</exception>
    public static ReturnEstimate Ordinary(LoggedEpisodes episodes, double gamma)
    {
        Check(episodes, gamma);
        double[] terms = new double[episodes.Count];
        for (int i = 0; i < terms.Length; i++) terms[i] = Weighed(i, episodes.LogWeights(i)[^1], Return(episodes.Rewards(i), gamma));
        return OfMean(terms, EffectiveSampleSize(episodes));
    }

    /// <summary>Weighted (self-normalised): Σᵢ wᵢ·Gᵢ / Σᵢ wᵢ. Biased, with a bias that vanishes with n, and of much less variance.</summary>
    /// <param name="episodes">The episodes.</param>
    /// <param name="gamma">γ, 0 to 1</param>
    /// <exception cref="CoverageException">All weights are 0: the target policy took part in none of the episodes.</exception>
    public static ReturnEstimate Weighted(LoggedEpisodes episodes, double gamma)
    {
        Check(episodes, gamma);
        double[] weights = LastLogWeights(episodes), returns = new double[weights.Length];
        Normalize(weights, "in no episode all actions");
        double value = 0, squares = 0;
        for (int i = 0; i < weights.Length; i++) value += weights[i] * (returns[i] = Return(episodes.Rewards(i), gamma));
        for (int i = 0; i < weights.Length; i++) squares += Math.Pow(weights[i] * (returns[i] - value), 2);
        return new ReturnEstimate(value, weights.Length > 1 ? Math.Sqrt(squares) : null, EffectiveSampleSize(episodes));
    }

    /// <summary>Per decision: (1/n)·Σᵢ Σₜ γᵗ·ρ₀:ₜ·rₜ. A reward is weighed by the actions before it alone: without bias, and of less variance than ordinary.</summary>
    /// <param name="episodes">The episodes.</param>
    /// <param name="gamma">γ, 0 to 1</param>
    /// <exception cref="OverflowException">A weight is beyond the range of numbers; the weighted estimators have no such limit.</exception>
    public static ReturnEstimate PerDecision(LoggedEpisodes episodes, double gamma)
    {
        double[] terms = PerDecisionTerms(episodes, gamma);
        return OfMean(terms, EffectiveSampleSize(episodes));
    }

    /// <summary>Of each episode Σₜ γᵗ·ρ₀:ₜ·rₜ, whose mean is <see cref="PerDecision"/>.</summary>
    internal static double[] PerDecisionTerms(LoggedEpisodes episodes, double gamma)
    {
        Check(episodes, gamma);
        double[] terms = new double[episodes.Count];
        for (int i = 0; i < terms.Length; i++)
        {
            ReadOnlySpan<double> rewards = episodes.Rewards(i), logWeights = episodes.LogWeights(i);
            double discount = 1;
            for (int t = 0; t < rewards.Length; t++, discount *= gamma) terms[i] += Weighed(i, logWeights[t], discount * rewards[t]);
        }

        return terms;
    }

    /// <summary>
    /// Per decision and weighted: Σₜ γᵗ·(Σᵢ ρ₀:ₜ·rₜ / Σᵢ ρ₀:ₜ), with self-normalisation at each step (Thomas, "Safe reinforcement learning", 2015, the
    /// consistent form). An episode that is over goes on with rewards of 0 and the weight of its last step.
    /// </summary>
    /// <param name="episodes">The episodes.</param>
    /// <param name="gamma">γ, 0 to 1</param>
    /// <exception cref="CoverageException">All weights of a step are 0: the target policy took part in none of the episodes so far.</exception>
    public static ReturnEstimate WeightedPerDecision(LoggedEpisodes episodes, double gamma)
    {
        (double value, double[] errors) = WeightedPerDecisionErrors(episodes, gamma);
        return OfErrors(value, errors, EffectiveSampleSize(episodes));
    }

    /// <summary>The estimate of <see cref="WeightedPerDecision"/>, and each episode's part in its error to first order.</summary>
    internal static (double Value, double[] Errors) WeightedPerDecisionErrors(LoggedEpisodes episodes, double gamma)
    {
        Check(episodes, gamma);
        double[] weights = new double[episodes.Count], errors = new double[episodes.Count];
        double value = 0, discount = 1;
        for (int t = 0; t < episodes.LongestEpisode; t++, discount *= gamma)
        {
            for (int i = 0; i < weights.Length; i++) weights[i] = episodes.LogWeights(i)[Math.Min(t, episodes.Rewards(i).Length - 1)];
            Normalize(weights, $"in no episode the first {t + 1} actions");
            double mean = 0;
            for (int i = 0; i < weights.Length; i++) mean += weights[i] * Reward(episodes, i, t);
            for (int i = 0; i < weights.Length; i++) errors[i] += discount * weights[i] * (Reward(episodes, i, t) - mean);
            value += discount * mean;
        }

        return (value, errors);
    }

    /// <summary>An estimate whose error is the sum of independent ones, of one episode each.</summary>
    internal static ReturnEstimate OfErrors(double value, double[] errors, double effectiveSampleSize)
    {
        double squares = 0;
        foreach (double error in errors) squares += error * error;
        return new ReturnEstimate(value, errors.Length > 1 ? Math.Sqrt(squares) : null, effectiveSampleSize);
    }

    private static double Reward(LoggedEpisodes episodes, int episode, int t) => t < episodes.Rewards(episode).Length ? episodes.Rewards(episode)[t] : 0;

    private static double Return(ReadOnlySpan<double> rewards, double gamma)
    {
        double sum = 0;
        for (int t = rewards.Length - 1; t >= 0; t--) sum = rewards[t] + (gamma * sum);
        return sum;
    }

    private static double[] LastLogWeights(LoggedEpisodes episodes)
    {
        double[] weights = new double[episodes.Count];
        for (int i = 0; i < weights.Length; i++) weights[i] = episodes.LogWeights(i)[^1];
        return weights;
    }

    private static double Weighed(int episode, double logWeight, double amount)
    {
        // A weight times 0 is 0 however large it is, and what is 0 has no logarithm.
        if (amount == 0 || double.IsNegativeInfinity(logWeight)) return 0;
        double size = Math.Exp(logWeight + Math.Log(Math.Abs(amount)));
        if (double.IsFinite(size)) return amount < 0 ? -size : size;
        throw new OverflowException($"Episode {episode} has a weight of e^{logWeight:G4}, beyond the range of numbers: the target policy is too far from the one that acted. Use a weighted estimator, shorter episodes or data of a nearer policy.");
    }

    // ln w to w/Σw; the largest is taken out first.
    private static void Normalize(Span<double> weights, string nowhere)
    {
        double largest = double.NegativeInfinity, sum = 0;
        foreach (double logWeight in weights) largest = Math.Max(largest, logWeight);
        if (double.IsNegativeInfinity(largest))
            throw new CoverageException($"The target policy takes {nowhere} that were taken: all weights are 0, and there is nothing to normalise by. Use data of a nearer policy.");
        for (int i = 0; i < weights.Length; i++) sum += weights[i] = Math.Exp(weights[i] - largest);
        for (int i = 0; i < weights.Length; i++) weights[i] /= sum;
    }

    /// <summary>(Σwᵢ)² / Σwᵢ², see <see cref="ReturnEstimate.EffectiveSampleSize"/>.</summary>
    internal static double EffectiveSampleSize(LoggedEpisodes episodes)
    {
        double[] weights = LastLogWeights(episodes);
        if (Array.TrueForAll(weights, double.IsNegativeInfinity)) return 0;
        Normalize(weights, "");
        double squares = 0;
        foreach (double weight in weights) squares += weight * weight;
        return 1 / squares;
    }

    /// <summary>The mean of one term for each episode.</summary>
    internal static ReturnEstimate OfMean(double[] terms, double effectiveSampleSize)
    {
        int n = terms.Length;
        double mean = 0, largest = 0, squares = 0;
        foreach (double term in terms) mean += term / n;
        foreach (double term in terms) largest = Math.Max(largest, Math.Abs(term - mean));

        // Divided by the largest first: the square of a large one would overflow.
        if (largest > 0)
        {
            foreach (double term in terms) squares += Math.Pow((term - mean) / largest, 2);
        }

        double error = largest * Math.Sqrt(squares / n / Math.Max(1, n - 1));
        if (!double.IsFinite(mean) || !double.IsFinite(error))
            throw new OverflowException("The estimate is beyond the range of numbers: the target policy is too far from the one that acted. Use a weighted estimator or data of a nearer policy.");
        return new ReturnEstimate(mean, n > 1 ? error : null, effectiveSampleSize);
    }

    private static void Check(LoggedEpisodes episodes, double gamma)
    {
        ArgumentNullException.ThrowIfNull(episodes);
        if (!(gamma is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(gamma), gamma, "Gamma is 0 to 1.");
    }
}
