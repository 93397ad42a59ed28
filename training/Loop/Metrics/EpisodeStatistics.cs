using System;
using Pipeline.Training.Environments;
using Pipeline.Training.Loop.Checkpoints;

namespace Pipeline.Training.Loop.Metrics;

/// <summary>
/// Returns (undiscounted sums of rewards) and lengths (steps) of the latest episodes, counted while the environments are stepped.
/// Recording a step allocates nothing.
/// </summary>
public sealed class EpisodeStatistics
{
    private readonly double[] _runningReturns;
    private readonly ulong[] _runningLengths;
    private readonly double[] _returns;
    private readonly double[] _lengths;
    private ulong _episodes;

    /// <summary>Makes the statistics, with every environment at the start of an episode.</summary>
    /// <param name="environmentCount">N, the number of environments stepped together.</param>
    /// <param name="window">Over how many of the latest episodes the means go.</param>
    public EpisodeStatistics(int environmentCount, int window = 100)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(environmentCount, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 1);
        _runningReturns = new double[environmentCount];
        _runningLengths = new ulong[environmentCount];
        _returns = new double[window];
        _lengths = new double[window];
    }

    /// <summary>Episodes ended so far.</summary>
    public long Episodes => (long)_episodes;

    /// <summary>Mean return of the latest episodes; NaN where none has ended.</summary>
    public double MeanReturn => Mean(_returns);

    /// <summary>Mean length of the latest episodes, in steps; NaN where none has ended.</summary>
    public double MeanLength => Mean(_lengths);

    /// <summary>Takes in one step of all environments.</summary>
    /// <param name="step">What the step gave.</param>
    public void Record(VectorStep step)
    {
        ArgumentNullException.ThrowIfNull(step);
        Record(step.Rewards, step.Terminated, step.Truncated);
    }

    /// <summary>Takes in one step of all environments whose rewards are kept elsewhere, such as the ones before normalisation.</summary>
    /// <param name="rewards">[N]</param>
    /// <param name="terminated">[N]</param>
    /// <param name="truncated">[N]</param>
    public void Record(ReadOnlySpan<float> rewards, ReadOnlySpan<bool> terminated, ReadOnlySpan<bool> truncated) =>
        Record(rewards, terminated, truncated, 0);

    /// <summary>Takes in one step of some of the environments.</summary>
    /// <param name="rewards">[M]</param>
    /// <param name="terminated">[M]</param>
    /// <param name="truncated">[M]</param>
    /// <param name="first">Which environment the first of them is.</param>
    public void Record(ReadOnlySpan<float> rewards, ReadOnlySpan<bool> terminated, ReadOnlySpan<bool> truncated, int first)
    {
        for (int i = 0; i < rewards.Length; i++)
        {
            _runningReturns[first + i] += rewards[i];
            _runningLengths[first + i]++;
            if (!terminated[i] && !truncated[i]) continue;
            int slot = (int)(_episodes % (ulong)_returns.Length);
            _returns[slot] = _runningReturns[first + i];
            _lengths[slot] = _runningLengths[first + i];
            _episodes++;
            _runningReturns[first + i] = 0;
            _runningLengths[first + i] = 0;
        }
    }

    /// <summary>Forgets unfinished episodes: every environment is at the start of one.</summary>
    public void BeginEpisodes()
    {
        Array.Clear(_runningReturns);
        Array.Clear(_runningLengths);
    }

    /// <summary>Sets <c>episode_return</c> and <c>episode_length</c>, once an episode has ended.</summary>
    /// <param name="metrics">Where to.</param>
    public void Publish(MetricSet metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        if (_episodes == 0) return;
        metrics.Set(MetricKeys.EpisodeReturn, MeanReturn);
        metrics.Set(MetricKeys.EpisodeLength, MeanLength);
    }

    /// <summary>Writes the statistics, those of unfinished episodes included.</summary>
    /// <param name="checkpoint">Where to, under names that start with <c>episodes.</c></param>
    public void Save(CheckpointWriter checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        checkpoint.Add("episodes.count", [_episodes]);
        checkpoint.Add("episodes.returns", _returns);
        checkpoint.Add("episodes.lengths", _lengths);
        checkpoint.Add("episodes.running_returns", _runningReturns);
        checkpoint.Add("episodes.running_lengths", _runningLengths);
    }

    /// <summary>Takes back what <see cref="Save"/> wrote.</summary>
    /// <param name="checkpoint">Where from.</param>
    /// <exception cref="CheckpointException">An entry is missing, or the number of environments or the window differs.</exception>
    public void Load(CheckpointReader checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        Span<ulong> count = stackalloc ulong[1];
        checkpoint.Read("episodes.count", count);
        checkpoint.Read("episodes.returns", _returns);
        checkpoint.Read("episodes.lengths", _lengths);
        checkpoint.Read("episodes.running_returns", _runningReturns);
        checkpoint.Read("episodes.running_lengths", _runningLengths);
        _episodes = count[0];
    }

    private double Mean(double[] ring)
    {
        int count = (int)Math.Min(_episodes, (ulong)ring.Length);
        // Summed anew each time: a running sum would drift, and a hundred additions an iteration cost nothing.
        double sum = 0;
        for (int i = 0; i < count; i++)
            sum += ring[i];
        return sum / count;
    }
}
