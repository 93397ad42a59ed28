using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using Pipeline.Contracts;
using Pipeline.Training.Environments;

namespace Pipeline.Benchmarks;

/// <summary>How many steps a second the environments make, 64 stepped together by one thread, random actions, resets included.</summary>
public static class EnvironmentBenchmarks
{
    private const int Count = 64;
    private const int StepsPerRound = 64;
    private const double SecondsPerEnvironment = 1;

    private static readonly Dictionary<string, double> Targets = new(StringComparer.Ordinal)
    {
        ["CartPole-v1"] = 30e6,
        ["Pendulum-v1"] = 15e6,
        ["MountainCar-v0"] = 30e6,
        ["Acrobot-v1"] = 2e6,
        ["Catch-v0"] = 5e6,
        ["PixelBreakout-v0"] = 5e6,
        ["PixelSpaceInvaders-v0"] = 5e6,
        ["Chain-v0"] = 5e6,
        ["BitFlip-v0"] = 5e6,
        ["PointReach-v0"] = 5e6,
    };

    /// <summary>Measures every registered environment and prints a table.</summary>
    /// <param name="output">Where it goes.</param>
    public static void Run(TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(output);
        var registry = new EnvironmentRegistry();
        output.WriteLine($"| environment ({Count} together, one thread) | million steps/s | target | ratio |");
        output.WriteLine("|---|---|---|---|");
        foreach (EnvironmentSpec spec in registry.Specs)
        {
            double rate = Measure(registry, spec.Name);
            string target = Targets.TryGetValue(spec.Name, out double wanted)
                ? string.Create(CultureInfo.InvariantCulture, $"{wanted / 1e6:F0} | {rate / wanted:F1}")
                : "| ";
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {spec.Name} | {rate / 1e6:F1} | {target} |"));
        }
    }

    /// <summary>The best of many rounds of a millisecond or less: what disturbs a round, another program say, only ever slows it down.</summary>
    private static double Measure(EnvironmentRegistry registry, string name)
    {
        using IVectorEnvironment environment = registry.MakeVector(name, Count);
        var step = new VectorStep(environment);
        var random = new RandomGenerator(1);
        int row = Count * environment.ActionSpace.Size;
        float[] actions = new float[row * StepsPerRound];
        for (int i = 0; i < actions.Length; i += environment.ActionSpace.Size)
            environment.ActionSpace.Sample(random, actions.AsSpan(i, environment.ActionSpace.Size));
        environment.Reset(0, step);
        double best = 0;
        var whole = Stopwatch.StartNew();
        while (whole.Elapsed.TotalSeconds < SecondsPerEnvironment)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < actions.Length; i += row) environment.Step(actions.AsSpan(i, row), step);
            best = Math.Max(best, StepsPerRound * Count / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }
}
