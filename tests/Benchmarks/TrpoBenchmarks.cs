using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Networks;
using Pipeline.Training.Rollout;

namespace Pipeline.Benchmarks;

/// <summary>
/// One iteration of trpo (1,024 samples, two 64×64 tanh networks over 4 observations and 2 actions, 10 steps of conjugate gradients, line search) and the policy's
/// step alone, against PyTorch eager doing the same, one thread each, in turn: trpo_update.py beside this file.
/// </summary>
internal static class TrpoBenchmarks
{
    private const int Rows = 1024;

    public static void Run(TextWriter output, string? python, int rounds = 5)
    {
        using var ours = new Iteration();
        output.WriteLine("TRPO, 1,024 samples, µs: median of rounds (least to most)");
        foreach ((string name, Action work) in new (string, Action)[] { ("step", ours.Step), ("iteration", ours.Whole) })
        {
            var own = new List<double>();
            var usual = new List<double>();
            var lean = new List<double>();
            for (int round = 0; round < rounds; round++)
            {
                own.Add(Measure(work, 200));
                if (python is null) continue;
                usual.Add(Peer.Measure(python, "trpo_update.py", Rows, $"usual-{name}"));
                lean.Add(Peer.Measure(python, "trpo_update.py", Rows, $"lean-{name}"));
            }

            string line = $"{name,-9}: ours {UpdateBenchmarks.Text(own)}";
            double median = UpdateBenchmarks.Median(own);
            if (usual.Count > 0)
                line += string.Create(CultureInfo.InvariantCulture, $"  PyTorch {UpdateBenchmarks.Text(usual)}, ratio {UpdateBenchmarks.Median(usual) / median:F1}  leanest PyTorch {UpdateBenchmarks.Text(lean)}, ratio {UpdateBenchmarks.Median(lean) / median:F1}");
            output.WriteLine(line);
        }
    }

    private static double Measure(Action work, int times)
    {
        for (int i = 0; i < times / 10; i++) work();
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < times; i++) work();
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / times;
    }

    private sealed class Iteration : IDisposable
    {
        private readonly TrpoOptions _options = new() { EnvironmentCount = 1, RolloutLength = Rows, MinibatchSize = 128, CriticEpochs = 10, ConjugateGradientSteps = 10 };
        private readonly StateVector _parameters;
        private readonly float[] _start;
        private readonly ObservationStatistics _statistics = new(4);
        private readonly RolloutBuffer _rollout = new(Rows, 1, 4, 2, 0);
        private readonly RolloutEvaluation _evaluation;
        private readonly TrustRegion _policy;
        private readonly Trpo _algorithm;
        private readonly RandomGenerator _random = new(1);

        public Iteration()
        {
            var model = new ActorCritic(new Box(-1, 1, 4), new Discrete(2), [64, 64], Activation.Tanh, normalizeObservations: false, masked: false);
            _parameters = model.Parameters.Start("parameters", _random);
            _start = _parameters.Values.ToArray();
            _random.FillGaussian(_rollout.Observations.Floats);
            _random.FillGaussian(_rollout.Advantages.Floats);
            _random.FillGaussian(_rollout.Rewards);
            for (int i = 0; i < Rows; i++) _rollout.Actions.Floats[(2 * i) + _random.NextInt32(2)] = 1;
            var context = new OnPolicyContext(ExecutionDevice.Cpu, model, _parameters, _statistics, _rollout, _random);
            _evaluation = new RolloutEvaluation(ExecutionDevice.Cpu, model, _parameters, _statistics, _rollout, keepsDistribution: true);
            _evaluation.Run(_rollout);
            _policy = new TrustRegion(context, Trpo.SinglePath(_rollout, _evaluation), _options);
            _algorithm = Trpo.Create(context, _options);
        }

        /// <summary>The policy alone, from the same start each time: so every step has as many tries.</summary>
        public void Step()
        {
            _start.CopyTo(_parameters.Values);
            if (_policy.Step().Share == 0) throw new InvalidOperationException("The line search found nothing: this is not the work to be measured.");
        }

        public void Whole()
        {
            _start.CopyTo(_parameters.Values);
            _algorithm.Update(_rollout, 0, _random, (_, _) => { });
        }

        public void Dispose()
        {
            _algorithm.Dispose();
            _policy.Dispose();
            _evaluation.Dispose();
            _rollout.Dispose();
            _statistics.Dispose();
            _parameters.Dispose();
        }
    }
}
