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
using Pipeline.Training.Optimizers;
using Pipeline.Training.Rollout;

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
            using var update = new RecurrentUpdate(kind);
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

    private sealed class RecurrentUpdate : IDisposable
    {
        private readonly StateVector _parameters;
        private readonly StateVector _gradient;
        private readonly ObservationStatistics _statistics = new(4);
        private readonly RolloutBuffer _rollout;
        private readonly RolloutEvaluation _evaluation;
        private readonly Minibatch _minibatch;
        private readonly GradientFunction _function;
        private readonly OptimizerFunction _optimizer;

        public RecurrentUpdate(MemoryKind kind)
        {
            var options = new PpoOptions { MinibatchSize = Sequences * Steps, Memory = kind, SequenceLength = Steps };
            var model = new ActorCritic(new Box(-1, 1, 4), new Discrete(2), [64, 64], Activation.Tanh, normalizeObservations: false, masked: false, memory: new MemorySettings(kind, Size));
            var random = new RandomGenerator(1);
            _parameters = model.Parameters.Start("parameters", random);
            _gradient = model.Parameters.MakeVector("gradient", doubleBuffered: false);
            _rollout = new RolloutBuffer(Steps, Sequences, 4, 2, 0) { Memory = new RolloutMemory(model.Memory!, Steps, Sequences, Steps, 2) };
            foreach (TensorBuffer buffer in new[] { _rollout.Observations, _rollout.Advantages, _rollout.ValueTargets, _rollout.Memory.States }) random.FillGaussian(buffer.Floats);
            for (int i = 0; i < _rollout.Rows; i++)
            {
                _rollout.Actions.Floats[(2 * i) + random.NextInt32(2)] = 1;
                _rollout.Memory.Keeps.Floats[i] = random.NextInt32(50) == 0 ? 0 : 1;
            }

            _rollout.LogProbabilities.Floats.Fill(MathF.Log(0.5f));
            _evaluation = new RolloutEvaluation(ExecutionDevice.Cpu, model, _parameters, _statistics, _rollout, keepsDistribution: false);
            _minibatch = new Minibatch(_rollout, _evaluation, options);
            _minibatch.ClipRange.Floats[0] = 0.2f;
            _function = new GradientFunction(ExecutionDevice.Cpu, model, _parameters, _statistics, _minibatch, _gradient, options, measured: true);
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
