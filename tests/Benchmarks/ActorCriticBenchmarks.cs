using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Environments;
using Pipeline.Training.Loop;
using Pipeline.Training.Loop.Metrics;

namespace Pipeline.Benchmarks;

/// <summary>
/// <c>a2c</c>: an iteration of a2c on CartPole, 5 steps of 8 environments and the update after them, one thread, against PyTorch eager doing the same, in turn:
/// a2c_loop.py beside this file. <c>actors</c>: environment steps a second of the algorithms with actor threads, of two threads against one, in turn; and,
/// for machines that have other things to do, what two free cores could give: twice the ratio of the processor time that a step costs.
/// </summary>
internal static class ActorCriticBenchmarks
{
    private const string Environment = "CartPole-v1";
    private const int Environments = 8;

    public static void RunSynchronous(TextWriter output, string? python, int rounds = 5)
    {
        using ITrainer trainer = Make("a2c", new A2cOptions { TotalSteps = long.MaxValue, EnvironmentCount = Environments });
        var ours = new List<double>();
        var usual = new List<double>();
        var lean = new List<double>();
        for (int round = 0; round < rounds; round++)
        {
            ours.Add(1e6 * Environments * 5 / StepsPerSecond(trainer, 200_000));
            if (python is null) continue;
            usual.Add(Peer.Measure(python, "a2c_loop.py", Environments, "usual"));
            lean.Add(Peer.Measure(python, "a2c_loop.py", Environments, "lean"));
        }

        output.WriteLine("a2c, 5 steps of 8 environments and their update, µs: median of rounds (least to most)");
        string line = $"ours {UpdateBenchmarks.Text(ours)}";
        double median = UpdateBenchmarks.Median(ours);
        if (usual.Count > 0)
            line += string.Create(CultureInfo.InvariantCulture, $"  PyTorch {UpdateBenchmarks.Text(usual)}, ratio {UpdateBenchmarks.Median(usual) / median:F1}  leanest PyTorch {UpdateBenchmarks.Text(lean)}, ratio {UpdateBenchmarks.Median(lean) / median:F1}");
        output.WriteLine(line);
    }

    public static void RunActors(TextWriter output, int rounds = 7)
    {
        output.WriteLine("actor threads, environment steps/s: median of rounds (least to most)");
        Compare(output, rounds, "a3c", threads => Make("a3c", new A3cOptions { TotalSteps = long.MaxValue, Actors = threads }));
        Compare(output, rounds, "impala", threads => Make("impala", new ImpalaOptions { TotalSteps = long.MaxValue }, threads));
    }

    private static void Compare(TextWriter output, int rounds, string algorithm, Func<int, ITrainer> make)
    {
        using ITrainer single = make(1), two = make(2);
        var one = new List<double>();
        var both = new List<double>();
        var oneTimes = new List<double>();
        var bothTimes = new List<double>();
        for (int round = 0; round < rounds; round++)
        {
            one.Add(StepsPerSecond(single, 100_000, oneTimes));
            both.Add(StepsPerSecond(two, 100_000, bothTimes));
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{algorithm}: one {UpdateBenchmarks.Text(one)}  two {UpdateBenchmarks.Text(both)}, ratio {UpdateBenchmarks.Median(both) / UpdateBenchmarks.Median(one):F2}; by processor time {2 * UpdateBenchmarks.Median(oneTimes) / UpdateBenchmarks.Median(bothTimes):F2}"));
    }

    private static ITrainer Make(string algorithm, OnPolicyOptions options, int threads = 1)
    {
        var registry = new EnvironmentRegistry();
        foreach (AlgorithmDescriptor descriptor in AlgorithmRegistry.All)
        {
            if (descriptor.Name != algorithm) continue;
            IVectorEnvironment MakeMore() => registry.MakeVector(Environment, options.EnvironmentCount);
            return descriptor.Create(new TrainerContext(MakeMore(), options, 1, "cpu", _ => { }, threads, MakeMore));
        }

        throw new ArgumentException($"There is no algorithm '{algorithm}'.", nameof(algorithm));
    }

    private static double StepsPerSecond(ITrainer trainer, long steps, List<double>? processorTimes = null)
    {
        var metrics = new MetricSet();
        for (long end = trainer.Steps + (steps / 10); trainer.Steps < end;) trainer.Iterate(metrics);
        using var process = Process.GetCurrentProcess();
        TimeSpan used = process.TotalProcessorTime;
        long first = trainer.Steps, start = Stopwatch.GetTimestamp();
        while (trainer.Steps < first + steps) trainer.Iterate(metrics);
        process.Refresh();
        processorTimes?.Add((process.TotalProcessorTime - used).TotalSeconds / (trainer.Steps - first));
        return (trainer.Steps - first) / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
