using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;
using Pipeline.Training.Objectives;
using Pipeline.Training.Optimizers;
using Pipeline.Training.Replay;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>A batch of transitions in a graph, with the networks that learn and that targets are made with. Columns are [B, 1].</summary>
/// <param name="Encoded">s, [B, encoded size]</param>
/// <param name="Choice">a, [B, A], one-hot</param>
/// <param name="Reward">r, summed over the folded steps</param>
/// <param name="Discount">γ to the number of steps, 0 where s′ is terminal</param>
/// <param name="NextEncoded">s′, [B, encoded size]</param>
/// <param name="NextMask">What is allowed in s′, [B, A]; null for everything</param>
/// <param name="Online">The network that learns</param>
/// <param name="Target">The target network</param>
/// <param name="Noise">Noise of noisy layers for the learning network on s; null where there is none</param>
/// <param name="NextNoise">The same for the learning network on s′</param>
/// <param name="TargetNoise">The same for the target network on s′</param>
/// <param name="Targets">What the values are fitted to, where that has been computed before; otherwise null</param>
internal sealed record QBatch(
    Tensor Encoded, Tensor Choice, Tensor Reward, Tensor Discount, Tensor NextEncoded, Tensor? NextMask, ParameterScope Online, ParameterScope Target,
    Tensor? Noise, Tensor? NextNoise, Tensor? TargetNoise, Tensor? Targets = null);

/// <summary>A loss of action values.</summary>
/// <param name="Losses">One number a transition, [B, 1].</param>
/// <param name="Errors">What priorities are made from, [B, 1], at least 0.</param>
/// <param name="Values">Q(s, a), [B, 1].</param>
internal sealed record QLoss(Tensor Losses, Tensor Errors, Tensor Values);

/// <summary>What a way of learning action values consists of, as graphs: the network, what its outputs are worth, and the loss.</summary>
internal interface IQMethod
{
    /// <summary>The network's parameters.</summary>
    ParameterSet Parameters { get; }

    /// <summary>Number of random numbers that its noisy layers take.</summary>
    int NetworkNoiseSize { get; }

    /// <summary>The values by which actions are chosen, [B, A].</summary>
    Tensor Values(ParameterScope scope, Tensor encoded, Tensor? networkNoise);

    /// <summary>
    /// What the values of a batch are fitted to, [B, …], where it follows from the target network and the batch alone; null where it takes the network
    /// that learns, or the targets or the loss random numbers of its own.
    /// </summary>
    /// <param name="batch">The batch.</param>
    Tensor? FixedTargets(QBatch batch);

    /// <summary>The loss of a batch.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="build">Where further inputs are declared.</param>
    /// <param name="noise">Random numbers that the loss takes.</param>
    QLoss Loss(QBatch batch, FunctionBuilder build, UpdateNoise noise);
}

/// <summary>
/// Learns action values from replayed transitions by gradient steps on a method's loss, weighted by importance where replay is prioritized, against a
/// target network. What dqn, c51, qr-dqn and iqn have in common.
/// </summary>
internal sealed class QLearner : IOffPolicyAlgorithm
{
    private readonly QLearningOptions _options;
    private readonly StateVector _parameters;
    private readonly StateVector _target;
    private readonly TargetAverage? _average;
    private readonly TensorBuffer _errors;
    private readonly UpdateNoise _noise = new();
    private readonly BatchParts _batches;
    private readonly TensorBuffer[] _errorParts;
    private readonly ILearningStep _step;
    private readonly TargetsAhead? _ahead;
    private readonly bool _foresees;
    private readonly List<(ReplayBatch Batch, TensorBuffer Targets)> _aheadMemory = [];
    private long _targetSteps;
    private double _learningRate;

    /// <summary>Makes a method's algorithm.</summary>
    /// <param name="context">What it is made from.</param>
    /// <param name="options">Its options, valid.</param>
    /// <param name="make">Makes the method for an observation space, its encoded size and a number of actions.</param>
    public static QLearner Create<TOptions>(LearningContext context, TOptions options, Func<Space, int, int, TOptions, IQMethod> make)
        where TOptions : QLearningOptions
    {
        var encoder = new ObservationEncoder(context.ObservationSpace, options.NormalizeObservations);
        return new QLearner(context, options, make(context.ObservationSpace, encoder.Size, ((Discrete)context.ActionSpace).N, options), encoder);
    }

    private QLearner(LearningContext context, QLearningOptions options, IQMethod method, ObservationEncoder encoder)
    {
        _options = options;
        _parameters = method.Parameters.Start("q", context.Random);
        _target = method.Parameters.MakeVector("q_target", doubleBuffered: false);
        _parameters.Values.CopyTo(_target.Values);
        if (options.TargetUpdate == TargetUpdate.Averaged) _average = new TargetAverage(context.Device, _target, _parameters, options.Tau);
        _errors = new TensorBuffer(ElementType.Float32, context.Batch.Rows, 1);
        Policy = new QPolicy(context.ObservationSpace, context.ActionSpace, context.Masked, encoder, method.Values, method.NetworkNoiseSize, options);
        TensorBuffer? Noise(bool isUsed) => isUsed && method.NetworkNoiseSize > 0 ? _noise.Normal(method.NetworkNoiseSize) : null;
        TensorBuffer? noise = Noise(true), nextNoise = Noise(options.Target == QTarget.Double), targetNoise = Noise(true);
        QBatch Declare(FunctionBuilder build, ParameterScope scope, ParameterScope target, ReplayBatch memory, TensorBuffer? targets)
        {
            Tensor? Optional(string name, TensorBuffer? buffer) => buffer is null ? null : build.Add(name, buffer);
            return new QBatch(
                encoder.Encode(build.Add("observation", memory.Observations)), build.Add("action", memory.Actions), build.Add("reward", memory.Rewards),
                build.Add("discount", memory.Discounts), encoder.Encode(build.Add("next_observation", memory.NextObservations)), Optional("next_action_mask", memory.NextMasks),
                scope, target, Optional("noise", noise), Optional("next_noise", nextNoise), Optional("target_noise", targetNoise), Optional("target", targets));
        }

        Tensor? FixedTargets(FunctionBuilder build, ReplayBatch memory)
        {
            ParameterScope scope = new(build.Graph), target = new(build.Graph, "target.");
            Tensor? targets = method.FixedTargets(Declare(build, scope, target, memory, targets: null));
            build.AddParameters(target, _target);
            build.AddStatistics(encoder, context.Statistics);
            return targets;
        }

        bool standsStill = options is { Replayed: ReplayChoice.Uniform, TargetUpdate: TargetUpdate.Hard } && method.NetworkNoiseSize == 0;
        if (standsStill) _ahead = TargetsAhead.Make(context, options.GradientSteps, FixedTargets);

        // While experience is collected, the statistics that observations are normalised by change.
        _foresees = !encoder.Normalizes;

        // Noisy layers make weights anew, which each half would do for itself; with targets computed ahead it is layers that are shared out.
        _batches = new BatchParts(context.Batch, method.NetworkNoiseSize == 0 && _ahead is null ? _parameters.Length : 0);
        _errorParts = [.. _batches.All.Select((part, i) => _errors.View(i * part.Rows, part.Rows, 1))];
        Tensor Loss(FunctionBuilder build, ParameterScope scope, FigureSet figures, ReplayBatch memory, TensorBuffer? targets, TensorBuffer errors)
        {
            var target = new ParameterScope(scope.Graph, "target.");
            QLoss loss = method.Loss(Declare(build, scope, target, memory, targets), build, _noise);
            build.AddParameters(target, _target);
            build.AddStatistics(encoder, context.Statistics);
            bool prioritized = options.Replayed == ReplayChoice.Prioritized;
            Tensor total = QLosses.WeightedMean(loss.Losses, prioritized ? build.Add("weight", memory.Weights) : null);
            if (prioritized) build.Output("error", loss.Errors, errors);
            figures.Add(build, "q_loss", total);
            figures.Add(build, "q_value", Op.Mean(loss.Values));
            return total;
        }

        var optimizer = new Adam(Epsilon: options.AdamEpsilon);
        LearningStep.LossBuilder LossOf(ReplayBatch memory, TensorBuffer? targets, TensorBuffer errors) => (build, scope, figures) => Loss(build, scope, figures, memory, targets, errors);
        LearningStep.LossBuilder LossAhead(int shard)
        {
            if (shard == _aheadMemory.Count) _aheadMemory.Add((context.Batch.Alike(), _ahead!.MakeTargets()));
            return LossOf(_aheadMemory[shard].Batch, _aheadMemory[shard].Targets, _errors);
        }

        _step = (_ahead is null ? null : ShardedStep.Make(context.Device, "q", method.Parameters, _parameters, optimizer, options.MaxGradientNorm, LossAhead, TakeBatch)) as ILearningStep
            ?? new LearningStep(
                context.Device, "q", method.Parameters, _parameters, optimizer, options.MaxGradientNorm,
                _ahead is null ? [.. _batches.All.Zip(_errorParts, (part, errors) => LossOf(part, targets: null, errors))] : [LossAhead(0)]);
    }

    public IPolicyNetwork Policy { get; }

    public StateVector PolicyParameters => _parameters;

    public long Updates => _step.Steps;

    public IReadOnlyList<KeyValuePair<string, StateVector>> State => [new("q", _parameters), new("q_target", _target), .. _step.State];

    public double[] Counters
    {
        get => [_step.Steps, _targetSteps];
        set => (_step.Steps, _targetSteps) = ((long)value[0], (long)value[1]);
    }

    public ReadOnlySpan<float> Errors => _options.Replayed == ReplayChoice.Prioritized ? _errors.Floats : [];

    /// <summary>Whether the targets of a round are computed before they are learned from.</summary>
    internal bool ComputesAhead => _ahead is not null;

    /// <summary>Of a round's transitions, those that another thread has foreseen so far.</summary>
    internal int Foreseen => _ahead?.Foreseen ?? 0;

    /// <summary>Whether a round's steps are made by shares of wide layers.</summary>
    internal bool SharesLayersOut => _step is ShardedStep;

    public double Exploration(double progress) => _options.ExplorationAt(progress);

    public void Learn(LearningRound round)
    {
        CopyTarget(round.Context.Steps);
        if (_ahead is null)
        {
            round.LearnInTurn(this);
            return;
        }

        ReplayForesight? foresight = _foresees ? round.Replay.Foresight : null;
        foresight?.Begin(round.Random, round.Steps);
        for (int learned = 0; learned < round.Updates;)
        {
            bool begins = learned == 0;
            int batches = Math.Min(_ahead.Capacity, round.Updates - learned);
            _ahead.Compute(() => Draw(round, batches, begins), begins ? foresight : null);
            if (round.Replay.Count == 0) return;
            LearnAhead(batches, round.Context);
            learned += batches;
        }
    }

    public void Update(UpdateContext context)
    {
        CopyTarget(context.Steps);
        if (_ahead is null)
        {
            Step(context);
            return;
        }

        _ahead.Compute(() => _ahead.Add(repeats: false));
        LearnAhead(batches: 1, context);
    }

    private void Draw(LearningRound round, int batches, bool begins)
    {
        if (begins && !round.Collect()) return;
        for (int i = 0; i < batches; i++)
        {
            round.Sample();
            _ahead!.Add(round.Replay.RepeatsTransitions);
        }
    }

    private void LearnAhead(int batches, UpdateContext context)
    {
        if (_step is ShardedStep sharded)
        {
            _learningRate = _options.LearningRate.At(context.Progress);
            sharded.Run(batches, _learningRate);
            return;
        }

        for (int i = 0; i < batches; i++)
        {
            TakeBatch(0, i);
            Step(context);
        }
    }

    private void TakeBatch(int shard, int number) => _ahead!.Take(number, _aheadMemory[shard].Batch, _aheadMemory[shard].Targets);

    // What was due while experience was collected, before the first update that follows.
    private void CopyTarget(long steps)
    {
        if (_options.TargetUpdate != TargetUpdate.Hard || steps / _options.TargetUpdateEvery <= _targetSteps / _options.TargetUpdateEvery) return;
        _parameters.Values.CopyTo(_target.Values);
        _targetSteps = steps;
    }

    private void Step(UpdateContext context)
    {
        _noise.Fill(context.Random);
        _learningRate = _options.LearningRate.At(context.Progress);
        ((LearningStep)_step).Run(_learningRate);
        _average?.Step();
    }

    public void Report(Action<string, double> report)
    {
        _step.Figures.Report(report);
        report("learning_rate", _learningRate);
    }

    public void Dispose()
    {
        _step.Dispose();
        _ahead?.Dispose();
        foreach ((ReplayBatch batch, TensorBuffer targets) in _aheadMemory)
        {
            batch.Dispose();
            targets.Dispose();
        }

        _noise.Dispose();
        _batches.Dispose();
        foreach (TensorBuffer part in _errorParts) part.Dispose();
        _errors.Dispose();
        _target.Dispose();
        _parameters.Dispose();
    }
}
