using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Pipeline.Contracts;
using Pipeline.Training.Objectives;

namespace Pipeline.Training.Evaluation.Logged;

/// <summary>An interval that covers what is estimated with the probability asked for, and the standard error.</summary>
/// <param name="Low">Its lower end.</param>
/// <param name="High">Its upper end.</param>
/// <param name="StandardError">The standard deviation of the resampled estimates.</param>
public sealed record ConfidenceInterval(double Low, double High, double StandardError);

/// <summary>
/// The bootstrap over whole episodes: they, not their steps, are independent. Intervals are bias-corrected and accelerated (BCa; Efron, J. Am. Stat. Assoc. 82,
/// 1987), the acceleration by the jackknife: importance-sampled returns are too skewed for plain percentiles.
/// </summary>
internal static class Bootstrap
{
    private const int JackknifeGroups = 200;
    private const double MostFailures = 0.05;

    /// <summary>Finds the interval.</summary>
    /// <param name="count">Number of episodes, n.</param>
    /// <param name="statistic">The estimate from some episodes, given by their numbers; NaN where they give none. Called by several threads.</param>
    /// <param name="estimate">The estimate from all.</param>
    /// <param name="resamples">B, number of resampled estimates.</param>
    /// <param name="level">The probability of covering, such as 0.95.</param>
    /// <param name="seed">Where the randomness comes from: resample b draws from stream b.</param>
    /// <param name="stop">Asks to stop.</param>
    /// <returns>Null for fewer than two episodes, and where more than one resample in twenty gives no estimate.</returns>
    public static ConfidenceInterval? Interval(int count, Func<int[], double> statistic, double estimate, int resamples, double level, ulong seed, CancellationToken stop)
    {
        if (count < 2) return null;
        double[] drawn = new double[resamples];
        var parallel = new ParallelOptions { CancellationToken = stop };
        Parallel.For(0, resamples, parallel, b =>
        {
            var random = new RandomGenerator(seed, (ulong)b);
            int[] episodes = new int[count];
            for (int i = 0; i < count; i++) episodes[i] = random.NextInt32(count);
            drawn[b] = statistic(episodes);
        });
        double[] sorted = [.. drawn.Where(double.IsFinite).Order()];
        if (sorted.Length < resamples * (1 - MostFailures)) return null;
        double mean = sorted.Average(), error = Math.Sqrt(sorted.Sum(x => (x - mean) * (x - mean)) / (sorted.Length - 1));
        if (sorted[0] == sorted[^1]) return new ConfidenceInterval(sorted[0], sorted[0], 0);

        double below = (sorted.Count(x => x < estimate) + (0.5 * sorted.Count(x => x == estimate))) / sorted.Length;
        double bias = NormalDistribution.Quantile(Math.Clamp(below, 0.5 / sorted.Length, 1 - (0.5 / sorted.Length)));
        double acceleration = Acceleration(count, statistic, parallel);
        double End(double tail)
        {
            double z = bias + NormalDistribution.Quantile(tail);
            return Quantile(sorted, NormalDistribution.Cumulative(bias + (z / (1 - (acceleration * z)))));
        }

        return new ConfidenceInterval(End((1 - level) / 2), End((1 + level) / 2), error);
    }

    // Where there are many episodes, groups of them are left out instead of single ones.
    private static double Acceleration(int count, Func<int[], double> statistic, ParallelOptions parallel)
    {
        int groups = Math.Min(count, JackknifeGroups);
        double[] without = new double[groups];
        Parallel.For(0, groups, parallel, group => without[group] = statistic([.. Enumerable.Range(0, count).Where(i => i % groups != group)]));
        if (!Array.TrueForAll(without, double.IsFinite)) return 0;
        double mean = without.Average(), squares = 0, cubes = 0;
        foreach (double value in without)
        {
            squares += Math.Pow(mean - value, 2);
            cubes += Math.Pow(mean - value, 3);
        }

        return squares == 0 ? 0 : cubes / (6 * Math.Pow(squares, 1.5));
    }

    private static double Quantile(double[] sorted, double p)
    {
        double place = Math.Clamp(p * (sorted.Length + 1), 1, sorted.Length) - 1;
        int low = (int)place, high = Math.Min(low + 1, sorted.Length - 1);
        return sorted[low] + ((place - low) * (sorted[high] - sorted[low]));
    }
}
