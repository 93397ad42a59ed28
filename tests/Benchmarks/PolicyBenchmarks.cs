using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using Microsoft.ML.OnnxRuntime;
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
        Load(output);
    }

    private static void Compare(TextWriter output, string name, int batch, int calls, params int[] widths)
    {
        byte[] file = SketchedPolicies.File(SketchedPolicies.Mlp(widths));
        using Policy policy = Policy.Load(file, name);
        using var bare = new Bare(file, widths, batch);
        float[] observations = new float[batch * widths[0]];
        float[] actions = new float[batch * widths[^1]];
        new RandomGenerator(1).FillGaussian(observations);
        observations.CopyTo(bare.Input, 0);
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

    private static void Load(TextWriter output)
    {
        byte[] file = SketchedPolicies.File(SketchedPolicies.Mlp(4, 64, 64, 2));
        double[] times = new double[15];
        for (int i = 0; i < times.Length; i++)
        {
            long start = Stopwatch.GetTimestamp();
            using Policy policy = Policy.Load(file, "load");
            times[i] = Microseconds(Stopwatch.GetTimestamp() - start) / 1000;
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Policy.Load of 4-64-64-2 in a started process: {Median(times):F1} ms"));
    }

    private static double Microseconds(long ticks) => ticks * 1e6 / Stopwatch.Frequency;

    private static double Median(double[] values) => values.OrderBy(v => v).ElementAt(values.Length / 2);

    /// <summary>The least a host could do by hand: pinned arrays, bound once.</summary>
    private sealed class Bare : IDisposable
    {
        private readonly SessionOptions _options = new()
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
        };

        private readonly InferenceSession _session;
        private readonly RunOptions _runOptions = new();
        private readonly OrtIoBinding _binding;
        private readonly OrtValue _input;
        private readonly OrtValue _output;

        internal Bare(byte[] model, int[] widths, int batch)
        {
            _options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
            _session = new InferenceSession(model, _options);
            Input = new float[batch * widths[0]];
            Output = new float[batch * widths[^1]];
            _input = OrtValue.CreateTensorValueFromMemory(Input, [batch, widths[0]]);
            _output = OrtValue.CreateTensorValueFromMemory(Output, [batch, widths[^1]]);
            _binding = _session.CreateIoBinding();
            _binding.BindInput("observation", _input);
            _binding.BindOutput("action", _output);
        }

        internal float[] Input { get; }

        internal float[] Output { get; }

        public void Dispose()
        {
            _binding.Dispose();
            _input.Dispose();
            _output.Dispose();
            _runOptions.Dispose();
            _session.Dispose();
            _options.Dispose();
        }

        internal void Run() => _session.RunWithBinding(_runOptions, _binding);
    }
}
