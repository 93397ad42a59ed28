using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Pipeline.Training.Networks;

namespace Pipeline.Benchmarks;

/// <summary>
/// One PPO update in full (two 64×64 tanh networks over 4 observations and 2 actions, clipped loss, clipping of the gradient's norm, Adam) against
/// PyTorch eager doing the same, one thread each and then two, in turn: ppo_update.py beside this file is the peer and prints microseconds an update.
/// </summary>
internal static class UpdateBenchmarks
{
    private static readonly int[] _batches = [64, 256, 2048];

    public static void Run(TextWriter output, string? python, int rounds = 5, IReadOnlyList<int>? batches = null)
    {
        output.WriteLine("PPO update, µs: median of rounds (least to most)");
        foreach (int batch in batches ?? _batches) Compare(output, $"batch {batch,4}", python, "ppo_update.py", batch, rounds, batch > 1000 ? 500 : 3000, threads => new PpoUpdate(batch, 1, MemoryKind.None, 0, measured: false, threads));
    }

    /// <summary>Measures an update with one thread and with two, and PyTorch with as many, in turn.</summary>
    public static void Compare(TextWriter output, string name, string? python, string script, int argument, int rounds, int updates, Func<int, PpoUpdate> make)
    {
        foreach (int threads in new[] { 1, 2 })
        {
            using PpoUpdate ours = make(threads);
            var own = new List<double>();
            var usual = new List<double>();
            var lean = new List<double>();
            for (int round = 0; round < rounds; round++)
            {
                own.Add(ours.Measure(updates));
                if (python is null) continue;
                usual.Add(Peer.Measure(python, script, argument, "usual", threads));
                lean.Add(Peer.Measure(python, script, argument, "lean", threads));
            }

            string line = string.Create(CultureInfo.InvariantCulture, $"{name}, {threads} thread{(threads > 1 ? "s" : "")}: ours {Text(own)}");
            if (usual.Count > 0) line += string.Create(CultureInfo.InvariantCulture, $"  PyTorch {Text(usual)}, ratio {Median(usual) / Median(own):F1}  leanest PyTorch {Text(lean)}, ratio {Median(lean) / Median(own):F1}");
            output.WriteLine(line);
        }
    }

    public static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    public static string Text(List<double> values) =>
        string.Create(CultureInfo.InvariantCulture, $"{Median(values):F0} ({values.Min():F0} to {values.Max():F0})");
}
