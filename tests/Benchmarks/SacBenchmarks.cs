using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Replay;
using Pipeline.Training.Rollout;

namespace Pipeline.Benchmarks;

/// <summary>
/// One update of sac in full (twin critics, squashed Gaussian, learned temperature, 256×256, observation 17, action 6, batch 256), with one thread and
/// with two, against PyTorch eager doing the same with one, in turn: sac_update.py beside this file.
/// </summary>
internal static class SacBenchmarks
{
    private const int Batch = 256, Observation = 17, Actions = 6, Updates = 200;

    public static void Run(TextWriter output, string? python, int rounds = 5)
    {
        using var one = new SacUpdate(1);
        using var two = new SacUpdate(2);
        var single = new List<double>();
        var both = new List<double>();
        var usual = new List<double>();
        var lean = new List<double>();
        for (int round = 0; round < rounds; round++)
        {
            single.Add(one.Measure(Updates));
            both.Add(two.Measure(Updates));
            if (python is null) continue;
            usual.Add(Peer.Measure(python, "sac_update.py", Batch, "usual"));
            lean.Add(Peer.Measure(python, "sac_update.py", Batch, "lean"));
        }

        output.WriteLine("SAC update, µs: median of rounds (least to most)");
        foreach ((string threads, List<double> ours) in new[] { ("one thread ", single), ("two threads", both) })
        {
            string line = $"{threads}: ours {UpdateBenchmarks.Text(ours)}";
            double median = UpdateBenchmarks.Median(ours);
            if (usual.Count > 0)
                line += string.Create(CultureInfo.InvariantCulture, $"  PyTorch {UpdateBenchmarks.Text(usual)}, ratio {UpdateBenchmarks.Median(usual) / median:F1}  leanest PyTorch {UpdateBenchmarks.Text(lean)}, ratio {UpdateBenchmarks.Median(lean) / median:F1}");
            output.WriteLine(line);
        }
    }

    private sealed class SacUpdate : IDisposable
    {
        private readonly ReplayBatch _batch;
        private readonly ObservationStatistics _statistics = new(Observation);
        private readonly IOffPolicyAlgorithm _algorithm;
        private readonly UpdateContext _context = new(0, 0, new RandomGenerator(2));

        public SacUpdate(int threads)
        {
            Space observations = new Box(-1, 1, Observation), actions = new Box(-1, 1, Actions);
            var random = new RandomGenerator(1);
            _batch = new ReplayBatch(observations, actions, masked: false, Batch);
            foreach (TensorBuffer buffer in new[] { _batch.Observations, _batch.NextObservations, _batch.Rewards }) random.FillGaussian(buffer.Floats);
            foreach (ref float action in _batch.Actions.Floats) action = (float)random.NextDouble(-1, 1);
            _batch.Discounts.Floats.Fill(0.99f);
            var device = ExecutionDevice.Choose("cpu", _ => { }, threads);
            _algorithm = Sac.Create(new LearningContext(device, observations, actions, false, _statistics, _batch, random), new SacOptions());
        }

        public double Measure(int updates)
        {
            for (int i = 0; i < updates / 10; i++) _algorithm.Update(_context);
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < updates; i++) _algorithm.Update(_context);
            return Stopwatch.GetElapsedTime(start).TotalMicroseconds / updates;
        }

        public void Dispose()
        {
            _algorithm.Dispose();
            _statistics.Dispose();
            _batch.Dispose();
        }
    }
}
