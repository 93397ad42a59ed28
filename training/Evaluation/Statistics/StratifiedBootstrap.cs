using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Contracts;
using Pipeline.Training.Environments;

namespace Pipeline.Training.Evaluation.Statistics;

/// <summary>A number computed from sorted scores.</summary>
/// <param name="sorted">The scores of all environments, in ascending order.</param>
public delegate double ScoreStatistic(ReadOnlySpan<double> sorted);

/// <summary>
/// Percentile intervals by the stratified bootstrap: within each environment as many runs are drawn with replacement as there are, and the
/// statistic is computed anew (Agarwal et al., 2021, arXiv:2108.13264, section 4).
/// </summary>
/// <param name="replicates">How often, at least 1.</param>
/// <param name="confidence">Of the interval, such as 0.95.</param>
/// <param name="seed">The seed of the draws.</param>
public sealed class StratifiedBootstrap(int replicates, double confidence, ulong seed)
{
    /// <summary>Statistics of all scores together, all from the same draws.</summary>
    /// <param name="strata">The scores of the runs of each environment; at least one each.</param>
    /// <param name="statistics">The statistics.</param>
    /// <returns>Each statistic and its interval; without one where no environment has two runs.</returns>
    public Estimate[] Aggregate(IReadOnlyList<double[]> strata, params IReadOnlyList<ScoreStatistic> statistics)
    {
        ArgumentNullException.ThrowIfNull(strata);
        ArgumentNullException.ThrowIfNull(statistics);
        Stratum[] drawn = [.. strata.Select(s => new Stratum(s))];
        double[] scores = new double[strata.Sum(s => s.Length)];
        void Compute(double[] values)
        {
            int start = 0;
            foreach (Stratum stratum in drawn)
            {
                stratum.Drawn.CopyTo(scores, start);
                start += stratum.Drawn.Length;
            }

            if (drawn.Length > 1) Array.Sort(scores);
            for (int i = 0; i < values.Length; i++) values[i] = statistics[i](scores);
        }

        return Intervals(drawn, statistics.Count, Compute);
    }

    /// <summary>
    /// Probability of improvement: how likely a run of one is better than a run of the other in an environment chosen at random, a tie counting
    /// as half; the mean over environments of the Mann–Whitney statistic divided by the number of pairs.
    /// </summary>
    /// <param name="better">The runs of the one said to be better, environment by environment.</param>
    /// <param name="worse">The runs of the other, in the same order of environments.</param>
    /// <exception cref="ArgumentException">The numbers of environments differ.</exception>
    public Estimate Improvement(IReadOnlyList<double[]> better, IReadOnlyList<double[]> worse)
    {
        ArgumentNullException.ThrowIfNull(better);
        ArgumentNullException.ThrowIfNull(worse);
        if (better.Count != worse.Count) throw new ArgumentException($"{better.Count} environments are compared with {worse.Count}; they must be the same.", nameof(worse));
        Stratum[] one = [.. better.Select(s => new Stratum(s))], other = [.. worse.Select(s => new Stratum(s))];
        return Intervals([.. one, .. other], 1, values => values[0] = one.Zip(other, (a, b) => ShareAbove(a.Drawn, b.Drawn)).Average())[0];
    }

    /// <summary>The share of pairs in which the first is the larger, ties counting as half; both sorted.</summary>
    private static double ShareAbove(double[] better, double[] worse)
    {
        int below = 0, upTo = 0;
        double wins = 0;
        foreach (double score in better)
        {
            while (below < worse.Length && worse[below] < score) below++;
            while (upTo < worse.Length && worse[upTo] <= score) upTo++;
            wins += 0.5 * (below + upTo);
        }

        return wins / ((double)better.Length * worse.Length);
    }

    private Estimate[] Intervals(Stratum[] strata, int statistics, Action<double[]> compute)
    {
        double[] values = new double[statistics], drawn = new double[statistics];
        compute(values);
        if (strata.All(s => s.Drawn.Length < 2)) return [.. values.Select(v => new Estimate(v, null, null))];
        var random = new RandomGenerator(seed, RandomStreams.Bootstrap);
        double[][] replicated = [.. values.Select(_ => new double[replicates])];
        for (int r = 0; r < replicates; r++)
        {
            foreach (Stratum stratum in strata) stratum.Draw(random);
            compute(drawn);
            for (int i = 0; i < statistics; i++) replicated[i][r] = drawn[i];
        }

        double tail = (1 - confidence) / 2;
        foreach (double[] one in replicated) Array.Sort(one);
        return [.. values.Zip(replicated, (v, r) => new Estimate(v, Descriptive.Quantile(r, tail), Descriptive.Quantile(r, 1 - tail)))];
    }

    /// <summary>The runs of one environment and those drawn from them, both in ascending order.</summary>
    private sealed class Stratum
    {
        private readonly double[] _runs;
        private readonly int[] _times;

        public Stratum(double[] runs)
        {
            _runs = [.. runs.Order()];
            _times = new int[runs.Length];
            Drawn = [.. _runs];
        }

        public double[] Drawn { get; }

        public void Draw(RandomGenerator random)
        {
            // How often each is drawn is counted, so what is drawn comes out sorted.
            Array.Clear(_times);
            for (int i = 0; i < _times.Length; i++) _times[random.NextInt32(_times.Length)]++;
            int next = 0;
            for (int i = 0; i < _times.Length; i++)
            {
                for (int t = _times[i]; t > 0; t--) Drawn[next++] = _runs[i];
            }
        }
    }
}
