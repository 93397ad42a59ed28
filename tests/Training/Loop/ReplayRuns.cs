using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Pipeline.Training.Environments;
using Pipeline.Training.Loop;

namespace Pipeline.Tests.Training.Loop;

/// <summary>Whole runs of algorithms that learn from replay, in folders, as the command line makes them.</summary>
internal static class ReplayRuns
{
    public static RunResult Train(string folder, string algorithm, string environment, ulong seed = 0, long stopAt = long.MaxValue, params (string Key, string Value)[] settings)
    {
        var request = new RunRequest
        {
            Algorithm = algorithm,
            Environment = environment,
            Seed = seed,
            LogEvery = 1,
            Options = [.. settings.Select(s => new KeyValuePair<string, string>(s.Key, s.Value))],
        };
        using ResolvedRun resolved = ResolvedRun.From(request, AlgorithmRegistry.All, (name, _, count) => new EnvironmentRegistry().MakeVector(name, count));
        using ITrainer trainer = resolved.CreateTrainer(_ => { });
        using RunFolder opened = RunFolder.Create(folder);
        using TrainingRun run = TrainingRun.Start(opened, resolved.Config, trainer, new RunMonitor(), TimeProvider.System);
        return run.Execute(CancellationToken.None, stopAt);
    }
}
