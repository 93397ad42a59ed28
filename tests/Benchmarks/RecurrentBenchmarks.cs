using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using Pipeline.Training.Networks;

namespace Pipeline.Benchmarks;

/// <summary>
/// One PPO update in full of networks that remember (a memory of 128 for actor and critic each, 64×64 tanh behind it, 16 sequences of 64 steps, episodes that start
/// inside) against PyTorch eager doing the same, one thread each, in turn: recurrent_update.py beside this file. And how long making the function takes.
/// </summary>
internal static class RecurrentBenchmarks
{
    private const int Sequences = 16, Steps = 64, Size = 128;

    public static void Run(TextWriter output, string? python, int rounds = 5)
    {
        output.WriteLine($"recurrent PPO update, {Sequences} sequences of {Steps} steps, memory {Size}, µs: median of rounds (least to most)");
        var usual = new List<double>();
        var lean = new List<double>();
        foreach (MemoryKind kind in new[] { MemoryKind.Lstm, MemoryKind.Gru })
        {
            long start = Stopwatch.GetTimestamp();
            using var update = new PpoUpdate(Steps, Sequences, kind, Size, measured: true);
            double created = Stopwatch.GetElapsedTime(start).TotalSeconds;
            var own = new List<double>();
            for (int round = 0; round < rounds; round++)
            {
                own.Add(update.Measure(50));
                if (python is null || kind != MemoryKind.Lstm) continue;
                usual.Add(Peer.Measure(python, "recurrent_update.py", Sequences, "usual"));
                lean.Add(Peer.Measure(python, "recurrent_update.py", Sequences, "lean"));
            }

            string line = string.Create(CultureInfo.InvariantCulture, $"{kind,-4}: ours {UpdateBenchmarks.Text(own)}, made in {created:F2} s");
            double median = UpdateBenchmarks.Median(own);
            if (usual.Count > 0 && kind == MemoryKind.Lstm)
                line += string.Create(CultureInfo.InvariantCulture, $"  PyTorch {UpdateBenchmarks.Text(usual)}, ratio {UpdateBenchmarks.Median(usual) / median:F1}  leanest PyTorch {UpdateBenchmarks.Text(lean)}, ratio {UpdateBenchmarks.Median(lean) / median:F1}");
            output.WriteLine(line);
        }
    }
}
