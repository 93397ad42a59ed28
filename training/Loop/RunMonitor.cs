using System;
using System.Collections.Generic;
using System.Threading;
using Pipeline.Training.Loop.Metrics;

namespace Pipeline.Training.Loop;

/// <summary>
/// What a display needs to know of a run. The training thread puts the latest figures in, which allocates nothing and waits for nobody
/// longer than a copy of a few numbers; other threads read whenever they like.
/// </summary>
public sealed class RunMonitor
{
    private readonly Lock _lock = new();
    private readonly List<KeyValuePair<string, double>> _metrics = [];
    private long _startSteps;
    private long _steps;
    private long _totalSteps;
    private double _seconds;

    /// <summary>Says where the run starts; before that a reader sees a run of no steps.</summary>
    /// <param name="startSteps">Environment steps that an earlier process took.</param>
    /// <param name="totalSteps">Environment steps to train for.</param>
    public void Start(long startSteps, long totalSteps)
    {
        lock (_lock)
        {
            _startSteps = startSteps;
            _steps = startSteps;
            _totalSteps = totalSteps;
        }
    }

    /// <summary>Puts the latest figures in.</summary>
    /// <param name="steps">Environment steps so far.</param>
    /// <param name="seconds">Wall seconds that this process has trained for.</param>
    /// <param name="metrics">The figures.</param>
    public void Publish(long steps, double seconds, MetricSet metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        lock (_lock)
        {
            _steps = steps;
            _seconds = seconds;
            _metrics.Clear();
            for (int i = 0; i < metrics.Keys.Count; i++)
                _metrics.Add(new KeyValuePair<string, double>(metrics.Keys[i], metrics.Get(metrics.Keys[i])!.Value));
        }
    }

    /// <summary>The latest figures.</summary>
    public RunSnapshot Read()
    {
        lock (_lock)
            return new RunSnapshot(_startSteps, _steps, _totalSteps, _seconds, _metrics.ToArray());
    }
}

/// <summary>A run at one moment.</summary>
/// <param name="StartSteps">Environment steps that an earlier process took.</param>
/// <param name="Steps">Environment steps so far.</param>
/// <param name="TotalSteps">Environment steps to train for.</param>
/// <param name="Seconds">Wall seconds that this process has trained for.</param>
/// <param name="Metrics">The latest figures under their keys.</param>
public sealed record RunSnapshot(long StartSteps, long Steps, long TotalSteps, double Seconds, IReadOnlyList<KeyValuePair<string, double>> Metrics)
{
    /// <summary>Environment steps a second since this process started to train; 0 before the first iteration.</summary>
    public double StepsPerSecond => Seconds > 0 ? (Steps - StartSteps) / Seconds : 0;

    /// <summary>The time that the rest of the run will take at the present speed; null where that is not known yet.</summary>
    public TimeSpan? TimeLeft => StepsPerSecond > 0 ? TimeSpan.FromSeconds(Math.Clamp((TotalSteps - Steps) / StepsPerSecond, 0, 1e9)) : null;

    /// <summary>The latest figure under a key; null where there is none.</summary>
    /// <param name="key">The key.</param>
    public double? Metric(string key)
    {
        foreach ((string name, double value) in Metrics)
        {
            if (name == key) return value;
        }

        return null;
    }
}
