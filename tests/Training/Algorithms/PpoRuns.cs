using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Pipeline.Training.Environments;
using Pipeline.Training.Loop;
using Pipeline.Training.Loop.Metrics;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>Whole runs of PPO in folders, as the command line makes them.</summary>
internal static class PpoRuns
{
    public static RunResult Train(string folder, string environment, ulong seed = 0, long stopAt = long.MaxValue, params (string Key, string Value)[] settings) =>
        Train(folder, environment, (name, _, count) => new EnvironmentRegistry().MakeVector(name, count), seed, stopAt, settings);

    public static RunResult Train(string folder, string environment, MakeEnvironments make, ulong seed = 0, long stopAt = long.MaxValue, params (string Key, string Value)[] settings)
    {
        using ResolvedRun resolved = Resolve(environment, make, seed, settings);
        using ITrainer trainer = resolved.CreateTrainer(_ => { });
        using RunFolder opened = RunFolder.Create(folder);
        using TrainingRun run = TrainingRun.Start(opened, resolved.Config, trainer, new RunMonitor(), TimeProvider.System);
        return run.Execute(CancellationToken.None, stopAt);
    }

    public static RunResult Resume(string folder, long stopAt = long.MaxValue, MakeEnvironments? make = null)
    {
        using ResolvedRun resolved = ResolvedRun.From(RunRequest.Read(RunFolder.ConfigIn(folder)), AlgorithmRegistry.All, make ?? ((name, _, count) => new EnvironmentRegistry().MakeVector(name, count)));
        using ITrainer trainer = resolved.CreateTrainer(_ => { });
        using RunFolder opened = RunFolder.Open(folder);
        using TrainingRun run = TrainingRun.Resume(opened, resolved.Config, trainer, new RunMonitor(), TimeProvider.System, _ => { });
        return run.Execute(CancellationToken.None, stopAt);
    }

    public static ResolvedRun Resolve(string environment, MakeEnvironments make, ulong seed, params (string Key, string Value)[] settings) =>
        ResolvedRun.From(
            new RunRequest
            {
                Algorithm = "ppo",
                Environment = environment,
                Seed = seed,
                LogEvery = 1,
                Options = [.. settings.Select(s => new KeyValuePair<string, string>(s.Key, s.Value))],
            },
            AlgorithmRegistry.All,
            make);

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
}
