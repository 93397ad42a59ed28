using System.Diagnostics;
using System.Globalization;
using System.IO;
using Pipeline.Training.Networks;

namespace Pipeline.Benchmarks;

/// <summary>
/// One PPO update in full of networks that remember (a memory of 128 for actor and critic each, 64×64 tanh behind it, 16 sequences of 64 steps, episodes that start
/// inside) against PyTorch eager doing the same, one thread each and then two, in turn: recurrent_update.py beside this file. And how long making the function takes.
/// </summary>
internal static class RecurrentBenchmarks
{
    private const int Sequences = 16, Steps = 64, Size = 128;

    public static void Run(TextWriter output, string? python, int rounds = 5)
    {
        output.WriteLine($"recurrent PPO update, {Sequences} sequences of {Steps} steps, memory {Size}, µs: median of rounds (least to most)");
        foreach (MemoryKind kind in new[] { MemoryKind.Lstm, MemoryKind.Gru })
        {
            long start = Stopwatch.GetTimestamp();
            Make(kind, 1).Dispose();
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kind} made in {Stopwatch.GetElapsedTime(start).TotalSeconds:F2} s"));
            UpdateBenchmarks.Compare(output, kind.ToString(), kind == MemoryKind.Lstm ? python : null, "recurrent_update.py", Sequences, rounds, 50, threads => Make(kind, threads));
        }
    }

    private static PpoUpdate Make(MemoryKind kind, int threads) => new(Steps, Sequences, kind, Size, measured: true, threads);
}
