using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using NUnit.Framework;
using Pipeline.Training.Environments;
using Pipeline.Training.Loop;
using Pipeline.Training.Loop.Metrics;

namespace Pipeline.Tests.Training.Loop;

/// <summary>Whole runs in folders, as the command line makes them, and what they leave there.</summary>
internal static class Runs
{
    public static ResolvedRun Resolve(string algorithm, string environment, ulong seed = 0, MakeEnvironments? make = null, int? threads = null, params (string Key, string Value)[] settings) => ResolvedRun.From(
        new RunRequest
        {
            Algorithm = algorithm,
            Environment = environment,
            Seed = seed,
            LogEvery = 1,
            Threads = threads,
            Options = [.. settings.Select(s => new KeyValuePair<string, string>(s.Key, s.Value))],
        },
        AlgorithmRegistry.All,
        make ?? Registered);

    /// <summary>What is told of a run that is refused before it begins.</summary>
    public static IReadOnlyList<string> Problems(string algorithm, string environment, params (string Key, string Value)[] settings) =>
        Assert.Throws<UserErrorException>(() => Resolve(algorithm, environment, settings: settings).Dispose())!.Problems;

    public static RunResult Train(
        string folder, string algorithm, string environment, ulong seed = 0, long stopAt = long.MaxValue, MakeEnvironments? make = null, params (string Key, string Value)[] settings)
    {
        using ResolvedRun resolved = Resolve(algorithm, environment, seed, make, settings: settings);
        using ITrainer trainer = resolved.CreateTrainer(_ => { });
        using RunFolder opened = RunFolder.Create(folder);
        using TrainingRun run = TrainingRun.Start(opened, resolved.Config, trainer, new RunMonitor(), TimeProvider.System);
        return run.Execute(CancellationToken.None, stopAt);
    }

    public static RunResult Resume(string folder, long stopAt = long.MaxValue)
    {
        using ResolvedRun resolved = ResolvedRun.From(RunRequest.Read(RunFolder.ConfigIn(folder)), AlgorithmRegistry.All, Registered);
        using ITrainer trainer = resolved.CreateTrainer(_ => { });
        using RunFolder opened = RunFolder.Open(folder);
        using TrainingRun run = TrainingRun.Resume(opened, resolved.Config, trainer, new RunMonitor(), TimeProvider.System, _ => { });
        return run.Execute(CancellationToken.None, stopAt);
    }

    /// <summary>The bytes of the latest checkpoint: parameters, optimizer, generators, environments, statistics and counters.</summary>
    public static byte[] Checkpoint(string folder) => File.ReadAllBytes(RunFolder.CheckpointsIn(folder).List().MaxBy(c => c.Steps)!.Path);

    public static byte[] Policy(string folder) => File.ReadAllBytes(Path.Combine(folder, "policy.onnx"));

    /// <summary>The rows of the metrics without wall time: what must not depend on the machine or on stops.</summary>
    public static string[] Metrics(string folder)
    {
        MetricTable table = MetricTable.Read(Path.Combine(folder, "metrics.csv"));
        int[] columns = [.. Enumerable.Range(0, table.Keys.Count).Where(i => table.Keys[i] != MetricKeys.StepsPerSecond)];
        return [string.Join(' ', columns.Select(c => table.Keys[c])), .. table.Rows.Select(r => $"{r.Step}: {string.Join(' ', columns.Select(c => $"{r.Values[c]:R}"))}")];
    }

    /// <summary>Asserts that two runs left the same metrics, checkpoint and policy, bit for bit.</summary>
    public static void AssertSame(string folder, string expected) => Assert.Multiple(() =>
    {
        Assert.That(Metrics(folder), Is.EqualTo(Metrics(expected)));
        Assert.That(Checkpoint(folder).SequenceEqual(Checkpoint(expected)), "checkpoints");
        Assert.That(Policy(folder).SequenceEqual(Policy(expected)), "exported policies");
    });

    /// <summary>Settings written key=value, after others.</summary>
    public static (string Key, string Value)[] With(this (string Key, string Value)[] settings, params string[] more) =>
        [.. settings, .. more.Select(s => (s.Split('=')[0], s.Split('=')[1]))];

    private static IVectorEnvironment Registered(string name, string? assembly, int count) => new EnvironmentRegistry().MakeVector(name, count);
}
