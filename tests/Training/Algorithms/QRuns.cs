using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Pipeline.Training.Environments;
using Pipeline.Training.Loop;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>Whole runs of off-policy algorithms in folders, as the command line makes them.</summary>
internal static class QRuns
{
    public static ResolvedRun Resolve(string algorithm, string environment, ulong seed, params (string Key, string Value)[] settings) => ResolvedRun.From(
        new RunRequest
        {
            Algorithm = algorithm,
            Environment = environment,
            Seed = seed,
            LogEvery = 1,
            Options = [.. settings.Select(s => new KeyValuePair<string, string>(s.Key, s.Value))],
        },
        AlgorithmRegistry.All,
        Make);

    public static RunResult Train(string folder, string algorithm, string environment, ulong seed, long stopAt, params (string Key, string Value)[] settings)
    {
        using ResolvedRun resolved = Resolve(algorithm, environment, seed, settings);
        using ITrainer trainer = resolved.CreateTrainer(_ => { });
        using RunFolder opened = RunFolder.Create(folder);
        using TrainingRun run = TrainingRun.Start(opened, resolved.Config, trainer, new RunMonitor(), TimeProvider.System);
        return run.Execute(CancellationToken.None, stopAt);
    }

    public static RunResult Resume(string folder, long stopAt = long.MaxValue)
    {
        using ResolvedRun resolved = ResolvedRun.From(RunRequest.Read(RunFolder.ConfigIn(folder)), AlgorithmRegistry.All, Make);
        using ITrainer trainer = resolved.CreateTrainer(_ => { });
        using RunFolder opened = RunFolder.Open(folder);
        using TrainingRun run = TrainingRun.Resume(opened, resolved.Config, trainer, new RunMonitor(), TimeProvider.System, _ => { });
        return run.Execute(CancellationToken.None, stopAt);
    }

    private static IVectorEnvironment Make(string name, string? assembly, int count) => new EnvironmentRegistry().MakeVector(name, count);
}
