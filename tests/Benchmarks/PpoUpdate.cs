using System;
using System.Diagnostics;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Networks;
using Pipeline.Training.Optimizers;
using Pipeline.Training.Rollout;

namespace Pipeline.Benchmarks;

/// <summary>
/// One PPO update of a rollout that is one minibatch of random numbers: two 64×64 tanh networks over 4 observations and 2 actions, behind memories or not; the
/// gradient of the clipped loss, clipping of its norm, Adam; one thread.
/// </summary>
internal sealed class PpoUpdate : IDisposable
{
    private readonly StateVector _parameters;
    private readonly StateVector _gradient;
    private readonly ObservationStatistics _statistics = new(4);
    private readonly RolloutBuffer _rollout;
    private readonly RolloutEvaluation _evaluation;
    private readonly Minibatch _minibatch;
    private readonly GradientFunction _function;
    private readonly OptimizerFunction _optimizer;

    public PpoUpdate(int steps, int sequences, MemoryKind kind, int memorySize, bool measured, int threads = 1)
    {
        ExecutionDevice device = ExecutionDevice.Choose("cpu", _ => { }, threads);
        var options = new PpoOptions { MinibatchSize = sequences * steps, Memory = kind, SequenceLength = steps };
        MemorySettings? memory = kind == MemoryKind.None ? null : new MemorySettings(kind, memorySize);
        var model = new ActorCritic(new Box(-1, 1, 4), new Discrete(2), [64, 64], Activation.Tanh, normalizeObservations: false, masked: false, memory: memory);
        var random = new RandomGenerator(1);
        _parameters = model.Parameters.Start("parameters", random);
        _gradient = model.Parameters.MakeVector("gradient", doubleBuffered: false);
        _rollout = new RolloutBuffer(steps, sequences, 4, 2, 0) { Memory = model.Memory is null ? null : new RolloutMemory(model.Memory, steps, sequences, steps, 2) };
        foreach (TensorBuffer buffer in new[] { _rollout.Observations, _rollout.Advantages, _rollout.ValueTargets }) random.FillGaussian(buffer.Floats);
        for (int i = 0; i < _rollout.Rows; i++) _rollout.Actions.Floats[(2 * i) + random.NextInt32(2)] = 1;
        if (_rollout.Memory is RolloutMemory remembered)
        {
            random.FillGaussian(remembered.States.Floats);
            for (int i = 0; i < _rollout.Rows; i++) remembered.Keeps.Floats[i] = random.NextInt32(50) == 0 ? 0 : 1;
        }

        _rollout.LogProbabilities.Floats.Fill(MathF.Log(0.5f));
        _evaluation = new RolloutEvaluation(device, model, _parameters, _statistics, _rollout, keepsDistribution: false);
        _minibatch = new Minibatch(_rollout, _evaluation, options);
        _minibatch.ClipRange.Floats[0] = 0.2f;
        _function = new GradientFunction(device, model, _parameters, _statistics, _minibatch, _gradient, options, measured);
        _optimizer = new OptimizerFunction(device, new Adam(Epsilon: 1e-5), _parameters, _gradient, 0.5);
    }

    /// <summary>Microseconds an update.</summary>
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
