using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Pipeline.Training.Networks;

namespace Pipeline.Benchmarks;

/// <summary>
/// One PPO update in full (two 64×64 tanh networks over 4 observations and 2 actions, clipped loss, clipping of the gradient's norm, Adam) against
/// PyTorch eager doing the same, one thread each, in turn: ppo_update.py beside this file is the peer and prints microseconds an update.
/// </summary>
internal static class UpdateBenchmarks
{
    private static readonly int[] _batches = [64, 256, 2048];

    public static void Run(TextWriter output, string? python, int rounds = 5, IReadOnlyList<int>? batches = null)
    {
        output.WriteLine("PPO update, µs: median of rounds (least to most)");
        foreach (int batch in batches ?? _batches)
        {
            using var ours = new PpoUpdate(steps: batch, sequences: 1, MemoryKind.None, memorySize: 0, measured: false);
            var own = new List<double>();
            var usual = new List<double>();
            var lean = new List<double>();
            for (int round = 0; round < rounds; round++)
            {
                own.Add(ours.Measure(batch > 1000 ? 500 : 3000));
                if (python is null) continue;
                usual.Add(Peer.Measure(python, "ppo_update.py", batch, "usual"));
                lean.Add(Peer.Measure(python, "ppo_update.py", batch, "lean"));
            }

            string line = string.Create(CultureInfo.InvariantCulture, $"batch {batch,4}: ours {Text(own)}");
            if (usual.Count > 0) line += string.Create(CultureInfo.InvariantCulture, $"  PyTorch {Text(usual)}, ratio {Median(usual) / Median(own):F1}  leanest PyTorch {Text(lean)}, ratio {Median(lean) / Median(own):F1}");
            output.WriteLine(line);
        }
    }

    public static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    public static string Text(List<double> values) =>
        string.Create(CultureInfo.InvariantCulture, $"{Median(values):F0} ({values.Min():F0} to {values.Max():F0})");
}
