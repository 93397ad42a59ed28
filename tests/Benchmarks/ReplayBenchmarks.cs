using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using Pipeline.Contracts;
using Pipeline.Training.Environments;
using Pipeline.Training.Replay;

namespace Pipeline.Benchmarks;

/// <summary>Replay of a million CartPole transitions, full: sampling, priority updates and adding, one thread; and the memory it takes.</summary>
public static class ReplayBenchmarks
{
    private const int Capacity = 1_000_000;
    private const int BatchSize = 256;
    private const int Rounds = 200;
    private const int CallsPerRound = 16;
    private const int EpisodeLength = 200;

    /// <summary>Measures and prints a table.</summary>
    /// <param name="output">Where it goes.</param>
    public static void Run(TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(output);
        using IVectorEnvironment environment = new EnvironmentRegistry().MakeVector("CartPole-v1", 1);
        var settings = new ReplaySettings { Capacity = Capacity, BatchSize = BatchSize };
        using var uniform = new Trial(environment, settings);
        using var prioritized = new Trial(environment, settings with { Priority = new PrioritySettings() });
        using var folded = new Trial(environment, settings with { NStep = 3 });
        output.WriteLine("| replay, 1,000,000 CartPole transitions | median | best | target |");
        output.WriteLine("|---|---|---|---|");
        Print(output, "prioritized: 256 samples and their update, µs", prioritized.SampleAndUpdate, 1e6 / CallsPerRound, "60");
        Print(output, "prioritized: adding, ns each", prioritized.Add, 1e9 / (CallsPerRound * EpisodeLength), "300");
        Print(output, "uniform: 256 samples, µs", uniform.Sample, 1e6 / CallsPerRound, "");
        Print(output, "uniform, n = 3: 256 samples, µs", folded.Sample, 1e6 / CallsPerRound, "");
        Print(output, "uniform: adding, ns each", uniform.Add, 1e9 / (CallsPerRound * EpisodeLength), "");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| memory, uniform / prioritized, MB | {uniform.Buffer.Bytes / 1e6:F1} / {prioritized.Buffer.Bytes / 1e6:F1} | | 60 |"));
    }

    private static void Print(TextWriter output, string name, Action work, double scale, string target)
    {
        // The compiler replaces its first code by better in the background, after many calls.
        for (int i = 0; i < Rounds; i++) work();
        double[] times = [.. Enumerable.Range(0, Rounds).Select(_ => Time(work) * scale).Order()];
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {times[Rounds / 2]:F1} | {times[0]:F1} | {target} |"));
    }

    private static double Time(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>A full buffer whose episodes are of one length.</summary>
    private sealed class Trial : IDisposable
    {
        private readonly RandomGenerator _random = new(1);
        private readonly VectorStep _step;
        private readonly ReplayBatch _batch;
        private readonly float[] _action = new float[1];
        private readonly float[] _errors = new float[BatchSize];

        public Trial(IVectorEnvironment environment, ReplaySettings settings)
        {
            Buffer = new ReplayBuffer(settings, environment.ObservationSpace, environment.ActionSpace, 1, masked: false, goals: null);
            _batch = new ReplayBatch(Buffer);
            _step = new VectorStep(environment);
            Buffer.Begin(_step);
            for (int i = 0; i <= Capacity / (CallsPerRound * EpisodeLength); i++) Add();
        }

        public ReplayBuffer Buffer { get; }

        public void Add()
        {
            for (int i = 0; i < CallsPerRound * EpisodeLength; i++)
            {
                _step.Terminated[0] = i % EpisodeLength == EpisodeLength - 1;
                _action[0] = i & 1;
                Buffer.Add(_action, _step);
            }
        }

        public void Sample()
        {
            for (int i = 0; i < CallsPerRound; i++) Buffer.Sample(_random, 0.5, _batch);
        }

        public void SampleAndUpdate()
        {
            for (int i = 0; i < CallsPerRound; i++)
            {
                Buffer.Sample(_random, 0.5, _batch);
                for (int row = 0; row < BatchSize; row++) _errors[row] = _random.NextSingle();
                Buffer.UpdatePriorities(_batch, _errors);
            }
        }

        public void Dispose()
        {
            _batch.Dispose();
            Buffer.Dispose();
        }
    }
}
