using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace Pipeline.Benchmarks;

/// <summary>
/// Whole training runs of algorithms that learn from replay, with the settings of rl-baselines3-zoo and with the shipped ones, by the command line as
/// a process of its own: environment steps a second over the run.
/// </summary>
internal static class ReplayTrainBenchmarks
{
    private static readonly (string Algorithm, string Environment, long Steps, string[] Settings)[] _runs =
    [
        ("dqn", "CartPole-v1", 50_000, []),
        ("sac", "Pendulum-v1", 5_000, ["hidden_sizes=256,256", "batch_size=256", "learning_rate=0.001", "learning_starts=100"]),
        ("td3", "Pendulum-v1", 20_000, ["hidden_sizes=400,300", "batch_size=256", "learning_rate=0.001", "learning_starts=10000"]),
        ("sac", "Pendulum-v1", 20_000, []),
        ("td3", "Pendulum-v1", 20_000, []),
    ];

    public static void Run(TextWriter output)
    {
        foreach ((string algorithm, string environment, long steps, string[] settings) in _runs)
        {
            string[] set = [.. settings.SelectMany(s => new[] { "--set", s })];
            List<double> speeds = [.. Enumerable.Range(0, 3).Select(seed =>
            {
                TrainBenchmarks.Train(algorithm, environment, seed, steps, set, out double stepsPerSecond);
                return stepsPerSecond;
            })];
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"train {algorithm} --env {environment} {string.Join(' ', settings)}: {UpdateBenchmarks.Text(speeds)} steps/s over {steps} steps, median of 3 seeds (least to most)"));
        }
    }
}
