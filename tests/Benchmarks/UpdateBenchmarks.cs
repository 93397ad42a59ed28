using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Networks;
using Pipeline.Training.Optimizers;
using Pipeline.Training.Rollout;

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
            using var ours = new PpoUpdate(batch);
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

    private sealed class PpoUpdate : IDisposable
    {
        private readonly StateVector _parameters;
        private readonly StateVector _gradient;
        private readonly ObservationStatistics _statistics = new(4);
        private readonly RolloutBuffer _rollout;
        private readonly RolloutEvaluation _evaluation;
        private readonly Minibatch _minibatch;
        private readonly GradientFunction _function;
        private readonly OptimizerFunction _optimizer;

        public PpoUpdate(int batch)
        {
            var options = new PpoOptions { MinibatchSize = batch };
            var model = new ActorCritic(new Box(-1, 1, 4), new Discrete(2), [64, 64], Activation.Tanh, normalizeObservations: false, masked: false);
            var random = new RandomGenerator(1);
            _parameters = model.Parameters.MakeVector("parameters");
            model.Parameters.Initialize(_parameters, random);
            _gradient = model.Parameters.MakeVector("gradient", doubleBuffered: false);
            _rollout = new RolloutBuffer(batch, 1, 4, 2, 0);
            random.FillGaussian(_rollout.Observations.Floats);
            random.FillGaussian(_rollout.Advantages.Floats);
            random.FillGaussian(_rollout.ValueTargets.Floats);
            for (int i = 0; i < batch; i++) _rollout.Actions.Floats[(2 * i) + random.NextInt32(2)] = 1;
            _rollout.LogProbabilities.Floats.Fill(MathF.Log(0.5f));
            _evaluation = new RolloutEvaluation(ExecutionDevice.Cpu, model, _parameters, _statistics, _rollout, keepsDistribution: false);
            _minibatch = new Minibatch(_rollout, _evaluation, options);
            _minibatch.ClipRange.Floats[0] = 0.2f;
            _function = new GradientFunction(ExecutionDevice.Cpu, model, _parameters, _statistics, _minibatch, _gradient, options, measured: false);
            _optimizer = new OptimizerFunction(ExecutionDevice.Cpu, new Adam(Epsilon: 1e-5), _parameters, _gradient, 0.5);
        }

        public double Measure(int updates)
        {
            for (int i = 0; i < updates / 10; i++) Update();
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < updates; i++) Update();
            return Stopwatch.GetElapsedTime(start).TotalMicroseconds / updates;
        }

        public void Dispose()
        {
            _optimizer.Dispose();
            _function.Dispose();
            _minibatch.Dispose();
            _evaluation.Dispose();
            _rollout.Dispose();
            _statistics.Dispose();
            _gradient.Dispose();
            _parameters.Dispose();
        }

        private void Update()
        {
            _function.Run();
            _optimizer.Step(1e-5);
        }
    }
}
