using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Pipeline.Training.Engine.Autodiff;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Networks;
using Pipeline.Training.Objectives;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>A minibatch as tensors: [B, …]; columns are [B, 1]. What an option does not need is null.</summary>
internal sealed record PpoBatch(
    Tensor Observation, Tensor? Mask, Tensor Action, Tensor OldLogProbability, Tensor Advantage, Tensor ValueTarget, Tensor? OldValue,
    Tensor? OldOutputs, Tensor? OldLogDeviation, Tensor ClipRange, Tensor KlCoefficient, SequenceTensors? Sequences = null);

/// <summary>The loss and its parts, scalars.</summary>
internal sealed record PpoLoss(Tensor Total, Tensor PolicyLoss, Tensor ValueLoss, Tensor Entropy, Tensor ApproximateKl, Tensor ClipFraction);

/// <summary>The parts of a loss as numbers.</summary>
internal readonly record struct LossFigures(float PolicyLoss, float ValueLoss, float Entropy, float ApproximateKl, float ClipFraction);

/// <summary>
/// The memory of a minibatch. Where a minibatch is the whole rollout it is the rollout's own memory; otherwise rows, or sequences of them, are copied together.
/// What the objective does not read is null and is not copied.
/// </summary>
internal sealed class Minibatch : IDisposable
{
    private readonly (TensorBuffer Source, TensorBuffer Rows)[] _copies;
    private readonly List<TensorBuffer> _owned = [];
    private readonly int _environmentCount;
    private readonly int _length;
    private readonly int[] _rows;
    private readonly TensorBuffer? _allStates;

    public Minibatch(RolloutBuffer rollout, RolloutEvaluation evaluation, PpoOptions options)
    {
        int size = options.MinibatchSize;
        _environmentCount = rollout.EnvironmentCount;
        _length = rollout.Memory?.SequenceLength ?? 1;
        _rows = new int[size];
        IsCopied = size < rollout.Rows || (rollout.Memory is not null && _length < rollout.Length);
        var copies = new List<(TensorBuffer, TensorBuffer)>();
        TensorBuffer RowsOf(TensorBuffer source)
        {
            if (!IsCopied) return source;
            var rows = new TensorBuffer(ElementType.Float32, size, source.Dimensions[1]);
            _owned.Add(rows);
            copies.Add((source, rows));
            return rows;
        }

        Observation = RowsOf(rollout.Observations);
        Mask = rollout.Masks is null ? null : RowsOf(rollout.Masks);
        Action = RowsOf(rollout.Actions);
        OldLogProbability = RowsOf(rollout.LogProbabilities);
        Advantage = RowsOf(rollout.Advantages);
        ValueTarget = RowsOf(rollout.ValueTargets);
        OldValue = options.ValueClipRange is null ? null : RowsOf(rollout.Values);
        OldOutputs = evaluation.Outputs is null ? null : RowsOf(evaluation.Outputs);
        OldLogDeviation = evaluation.LogDeviation;
        if (rollout.Memory is RolloutMemory memory)
        {
            Keep = RowsOf(memory.Keeps);
            Previous = memory.Previous is null ? null : RowsOf(memory.Previous);
            _allStates = memory.States;
            State = IsCopied ? new TensorBuffer(ElementType.Float32, size / _length, memory.States.Dimensions[1]) : memory.States;
            if (IsCopied) _owned.Add(State);
        }

        _copies = [.. copies];
    }

    public TensorBuffer Observation { get; }

    public TensorBuffer? Mask { get; }

    public TensorBuffer Action { get; }

    public TensorBuffer OldLogProbability { get; }

    public TensorBuffer Advantage { get; }

    public TensorBuffer ValueTarget { get; }

    public TensorBuffer? OldValue { get; }

    public TensorBuffer? OldOutputs { get; }

    public TensorBuffer? OldLogDeviation { get; }

    /// <summary>The states before the sequences; this and what follows are null for networks that do not remember.</summary>
    public TensorBuffer? State { get; }

    public TensorBuffer? Keep { get; }

    public TensorBuffer? Previous { get; }

    /// <summary>Whether <see cref="Gather"/> is to be called before each step.</summary>
    public bool IsCopied { get; }

    /// <summary>ε, a scalar.</summary>
    public TensorBuffer ClipRange { get; } = new(ElementType.Float32);

    /// <summary>β, a scalar.</summary>
    public TensorBuffer KlCoefficient { get; } = new(ElementType.Float32);

    /// <summary>Copies rows of the rollout together, or sequences of rows, step after step, with the states before them.</summary>
    public void Gather(ReadOnlySpan<int> order, bool standardize)
    {
        ReadOnlySpan<int> rows = order;
        if (State is not null)
        {
            Unfold(order);
            rows = _rows;
            int width = (int)State.Dimensions[1];
            for (int i = 0; i < order.Length; i++) _allStates!.Floats.Slice(order[i] * width, width).CopyTo(State.Floats[(i * width)..]);
        }

        foreach ((TensorBuffer source, TensorBuffer destination) in _copies)
        {
            int width = (int)source.Dimensions[1];
            ReadOnlySpan<float> from = source.Floats;
            Span<float> to = destination.Floats;
            if (width == 1)
            {
                for (int i = 0; i < rows.Length; i++) to[i] = from[rows[i]];
                continue;
            }

            for (int i = 0; i < rows.Length; i++) from.Slice(rows[i] * width, width).CopyTo(to[(i * width)..]);
        }

        if (standardize) Returns.Standardize(Advantage.Floats);
    }

    // Sequence k·N + n begins at step k·L of environment n.
    private void Unfold(ReadOnlySpan<int> sequences)
    {
        for (int t = 0; t < _length; t++)
        {
            for (int i = 0; i < sequences.Length; i++)
            {
                (int k, int n) = Math.DivRem(sequences[i], _environmentCount);
                _rows[(t * sequences.Length) + i] = (((k * _length) + t) * _environmentCount) + n;
            }
        }
    }

    /// <summary>The batch's statistics, for the message of a loss that is no longer a number.</summary>
    public string Describe(long update, float gradientNorm)
    {
        static string Range(string name, TensorBuffer buffer)
        {
            float[] values = buffer.Floats.ToArray();
            int wrong = values.Count(v => !float.IsFinite(v));
            return string.Create(CultureInfo.InvariantCulture, $"{name} {values.Min():G4} to {values.Max():G4} ({wrong} of {values.Length} not finite)");
        }

        return string.Create(CultureInfo.InvariantCulture, $"the gradient's norm is {gradientNorm} in update {update}. The batch: ") +
            string.Join(", ", Range("observations", Observation), Range("advantages", Advantage), Range("value targets", ValueTarget), Range("old log-probabilities", OldLogProbability)) + ".";
    }

    public void Dispose()
    {
        foreach (TensorBuffer buffer in _owned) buffer.Dispose();
        ClipRange.Dispose();
        KlCoefficient.Dispose();
    }
}

/// <summary>The gradient of the loss of one minibatch, compiled; with the loss's parts as figures where <c>measured</c>.</summary>
internal sealed class GradientFunction : IDisposable
{
    private readonly TensorBuffer[] _figures;
    private readonly FunctionParts _parts;

    public GradientFunction(
        ExecutionDevice device, ActorCritic model, StateVector parameters, ObservationStatistics statistics, Minibatch minibatch,
        StateVector gradient, PpoOptions options, bool measured)
    {
        var graph = new Graph();
        var scope = new ParameterScope(graph);
        var build = new FunctionBuilder(graph);
        bool penalty = options.Objective == PpoObjective.KlPenalty;
        Tensor clipRange = penalty && !measured ? graph.Constant(0.2f) : build.Add("clip_range", minibatch.ClipRange);
        var batch = new PpoBatch(
            build.Add("observation", minibatch.Observation),
            minibatch.Mask is null ? null : build.Add("action_mask", minibatch.Mask),
            build.Add("action", minibatch.Action),
            build.Add("old_log_probability", minibatch.OldLogProbability),
            build.Add("advantage", minibatch.Advantage),
            build.Add("value_target", minibatch.ValueTarget),
            minibatch.OldValue is null ? null : build.Add("old_value", minibatch.OldValue),
            minibatch.OldOutputs is null ? null : build.Add("old_outputs", minibatch.OldOutputs),
            minibatch.OldLogDeviation is null ? null : build.Add("old_log_std", minibatch.OldLogDeviation),
            clipRange,
            penalty ? build.Add("kl_coefficient", minibatch.KlCoefficient) : graph.Constant(0),
            minibatch.State is null ? null : new SequenceTensors(
                build.Add("memory", minibatch.State), build.Add("keep", minibatch.Keep!), minibatch.Previous is null ? null : build.Add("previous", minibatch.Previous),
                (int)minibatch.State.Dimensions[0]));
        PpoLoss loss = Ppo.Loss(model, scope, batch, options);
        build.AddStatistics(model.Encoder, statistics);
        build.AddParameters(scope, parameters);

        Parameter[] all = [.. model.Parameters.All];
        Tensor[] gradients = Gradients.Of(loss.Total, [.. all.Select(p => scope[p])]);
        for (int i = 0; i < all.Length; i++) build.Output($"gradient.{all[i].Name}", gradients[i], Slot.Of(gradient, all[i].Name));
        Tensor[] figures = measured ? [loss.PolicyLoss, loss.ValueLoss, loss.Entropy, loss.ApproximateKl, loss.ClipFraction] : [];
        _figures = [.. figures.Select(_ => new TensorBuffer(ElementType.Float32))];
        for (int i = 0; i < figures.Length; i++) build.Output($"figure_{i}", figures[i], _figures[i]);
        _parts = build.CompileParts(device, measured ? "ppo_measured" : "ppo");
    }

    public LossFigures Figures => new(_figures[0].Floats[0], _figures[1].Floats[0], _figures[2].Floats[0], _figures[3].Floats[0], _figures[4].Floats[0]);

    public void Run() => _parts.Run();

    public void Dispose()
    {
        _parts.Dispose();
        foreach (TensorBuffer figure in _figures) figure.Dispose();
    }
}
