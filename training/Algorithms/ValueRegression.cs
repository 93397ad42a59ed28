using System;
using System.Collections.Generic;
using Pipeline.Contracts;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Objectives;
using Pipeline.Training.Optimizers;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>Fits the critic alone to a rollout's value targets: Adam on the squared error of minibatches, in passes of random order. The actor takes no part.</summary>
internal sealed class ValueRegression : IDisposable
{
    private readonly int[] _order;
    private readonly int _size;
    private readonly (TensorBuffer Source, TensorBuffer Rows)[] _copies;
    private readonly LearningStep _step;

    /// <summary>Compiles a step.</summary>
    /// <param name="context">Networks and memory.</param>
    /// <param name="minibatchSize">Rows of a step; divides the rollout's.</param>
    /// <param name="epsilon">ε of Adam.</param>
    /// <param name="maximumNorm">The largest norm the gradient keeps; null for no clipping.</param>
    public ValueRegression(OnPolicyContext context, int minibatchSize, double epsilon, double? maximumNorm)
    {
        RolloutBuffer rollout = context.Rollout;
        _order = new int[rollout.Rows];
        _size = minibatchSize;
        var copies = new List<(TensorBuffer, TensorBuffer)>();
        TensorBuffer RowsOf(TensorBuffer source)
        {
            if (minibatchSize == rollout.Rows) return source;
            var rows = new TensorBuffer(ElementType.Float32, minibatchSize, source.Dimensions[1]);
            copies.Add((source, rows));
            return rows;
        }

        TensorBuffer observations = RowsOf(rollout.Observations), targets = RowsOf(rollout.ValueTargets);
        _copies = [.. copies];
        _step = new LearningStep(context.Device, "critic", context.Model.Parameters.Of("critic"), context.Parameters, new Adam(Epsilon: epsilon), maximumNorm, (build, scope, figures) =>
        {
            Tensor value = context.Model.Value(scope, context.Model.Encoder.Encode(build.Add("observation", observations)));
            build.AddStatistics(context.Model.Encoder, context.Statistics);
            Tensor loss = ValueLosses.SquaredError(value, build.Add("value_target", targets));
            figures.Add(build, "value_loss", loss);
            return loss;
        });
    }

    /// <summary>Steps taken so far.</summary>
    public long Steps
    {
        get => _step.Steps;
        set => _step.Steps = value;
    }

    /// <summary>The optimizer's vectors, for checkpoints.</summary>
    public IEnumerable<KeyValuePair<string, StateVector>> State => _step.State;

    /// <summary>The loss of the latest minibatch, before its step.</summary>
    public float Loss => _step.Figures["value_loss"];

    /// <summary>Goes over the rollout.</summary>
    /// <param name="epochs">How many times.</param>
    /// <param name="learningRate">The learning rate.</param>
    /// <param name="random">Where the order comes from.</param>
    /// <exception cref="NonFiniteLossException">The gradient is no longer a number.</exception>
    public void Run(int epochs, double learningRate, RandomGenerator random)
    {
        for (int i = 0; i < _order.Length; i++) _order[i] = i;
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            // A rollout that is one minibatch has no order.
            if (_copies.Length > 0) random.Shuffle(_order);
            for (int first = 0; first < _order.Length; first += _size)
            {
                foreach ((TensorBuffer source, TensorBuffer rows) in _copies) Gather(source, rows, _order.AsSpan(first, _size));
                _step.Run(learningRate);
            }
        }
    }

    public void Dispose()
    {
        _step.Dispose();
        foreach ((_, TensorBuffer rows) in _copies) rows.Dispose();
    }

    private static void Gather(TensorBuffer source, TensorBuffer rows, ReadOnlySpan<int> order)
    {
        int width = (int)source.Dimensions[1];
        ReadOnlySpan<float> from = source.Floats;
        Span<float> to = rows.Floats;
        for (int i = 0; i < order.Length; i++) from.Slice(order[i] * width, width).CopyTo(to.Slice(i * width, width));
    }
}
