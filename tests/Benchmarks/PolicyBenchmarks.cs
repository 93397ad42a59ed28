using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using Pipeline.Contracts;
using Pipeline.Runtime;
using Pipeline.Tests.Runtime;

namespace Pipeline.Benchmarks;

/// <summary>
/// What <see cref="Policy"/> costs over a bare, reused ONNX Runtime binding of the same model with the same session options. The two are
/// timed in turns, round after round, and the medians compared, so that a busy moment of the machine falls on both.
/// </summary>
internal static class PolicyBenchmarks
{
    private const int Rounds = 41;

    internal static void Run(TextWriter output)
    {
        output.WriteLine("Policy against a bare reused ONNX Runtime binding, one thread (median of " + Rounds + " interleaved rounds)");
        output.WriteLine($"{"model",-18}{"batch",7}{"bare µs",10}{"Policy µs",11}{"ratio",8}{"bytes/call",12}");
        Compare(output, "4-64-64-2", 1, 4000, 4, 64, 64, 2);
        Compare(output, "17-256-256-6", 1, 2000, 17, 256, 256, 6);
        Compare(output, "376-256-256-17", 1, 1000, 376, 256, 256, 17);
        Compare(output, "4-64-64-2", 64, 1000, 4, 64, 64, 2);
        Compare(output, "4-64-64-2", 1024, 60, 4, 64, 64, 2);
    }

    private static void Compare(TextWriter output, string name, int batch, int calls, params int[] widths)
    {
        byte[] file = SketchedPolicies.File(SketchedPolicies.Mlp(widths));
        using Policy policy = Policy.Load(file, name);
        using var bare = new BareBinding(file, batch, ("observation", widths[0]), ("action", widths[^1]));
        float[] observations = new float[batch * widths[0]];
        float[] actions = new float[batch * widths[^1]];
        new RandomGenerator(1).FillGaussian(observations);
        observations.CopyTo(bare.Input.AsSpan());
        double[] bareTimes = new double[Rounds];
        double[] policyTimes = new double[Rounds];
        long allocated = 0;
        for (int round = -2; round < Rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < calls; i++) bare.Run();
            long middle = Stopwatch.GetTimestamp();
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < calls; i++) policy.ActBatch(observations, batch, actions);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            long end = Stopwatch.GetTimestamp();
            if (round < 0) continue;
            bareTimes[round] = Microseconds(middle - start) / calls;
            policyTimes[round] = Microseconds(end - middle) / calls;
        }

        if (!actions.AsSpan().SequenceEqual(bare.Output)) throw new InvalidOperationException($"{name}, batch {batch}: the policy and the bare binding disagree.");
        double bareMedian = Median(bareTimes);
        double policyMedian = Median(policyTimes);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-18}{batch,7}{bareMedian,10:F2}{policyMedian,11:F2}{policyMedian / bareMedian,8:F2}{(double)allocated / calls,12:F1}"));
    }

    internal static double Microseconds(long ticks) => ticks * 1e6 / Stopwatch.Frequency;

    internal static double Median(double[] values) => values.OrderBy(v => v).ElementAt(values.Length / 2);
}
