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

/// <summary>The networks that learn: a policy, and the critics with parameters of their own.</summary>
internal sealed class Td3Networks
{
    private readonly ActionCritic[] _critics;

    public Td3Networks(Space observationSpace, Space actionSpace, Td3Options options)
    {
        Policy = new Td3Policy(observationSpace, actionSpace, options);
        int count = options.Critics == CriticCount.Twin ? 2 : 1;
        _critics = [.. Enumerable.Range(1, count).Select(i => new ActionCritic(
            CriticParameters, $"q{i}", Policy.Encoder.Size, actionSpace.Size, options.HiddenSizes, options.Activation))];
    }

    public Td3Policy Policy { get; }

    public ParameterSet CriticParameters { get; } = new();

    /// <summary>Q₁(s, a), [B, 1].</summary>
    public Tensor Value(ParameterScope scope, Tensor encoded, Tensor action) => _critics[0].Apply(scope, encoded, action);

    /// <summary>Every critic's Q(s, a), [B, 1] each.</summary>
    public Tensor[] Values(ParameterScope scope, Tensor encoded, Tensor action) => [.. _critics.Select(c => c.Apply(scope, encoded, action))];
}

/// <summary>A batch of transitions in a graph. Columns are [B, 1].</summary>
/// <param name="Encoded">s, [B, encoded size]</param>
/// <param name="Action">a, [B, A], in [−1, 1]</param>
/// <param name="Reward">r, summed over the folded steps</param>
/// <param name="Discount">γ to the number of steps, 0 where s′ is terminal</param>
/// <param name="NextEncoded">s′, [B, encoded size]</param>
/// <param name="TargetNoise">ε, [B, A], standard normal; null without target policy smoothing</param>
internal sealed record Td3Batch(Tensor Encoded, Tensor Action, Tensor Reward, Tensor Discount, Tensor NextEncoded, Tensor? TargetNoise);

/// <summary>
/// Twin delayed deep deterministic policy gradient (Fujimoto et al., arXiv:1802.09477, algorithm 1): a deterministic policy climbs the first of two
/// critics; both are fitted to the smaller of their targets' values at a noisy action of the target policy; the policy and the target networks move
/// once for every few updates of the critics. With one critic, no noise on targets and no delay it is deep deterministic policy gradient
/// (Lillicrap et al., arXiv:1509.02971).
/// Departures from the latter paper, all usual: the action enters the critic at its first layer, no batch normalisation nor weight decay, one learning rate.
/// </summary>
internal sealed class Td3 : IOffPolicyAlgorithm
{
    private readonly Td3Options _options;
    private readonly LearningContext _context;
    private readonly Td3Networks _networks;
    private readonly BatchParts _batches;
    private readonly StateVector _actor;
    private readonly StateVector _critics;
    private readonly StateVector _actorTarget;
    private readonly StateVector _criticsTarget;
    private readonly TargetAverage _actorAverage;
    private readonly TargetAverage _criticsAverage;
    private readonly UpdateNoise _noise = new();
    private readonly LearningStep _criticStep;
    private readonly LearningStep _actorStep;
    private double _learningRate;

    public Td3(LearningContext context, Td3Options options)
    {
        (_context, _options) = (context, options);
        _networks = new Td3Networks(context.ObservationSpace, context.ActionSpace, options);
        (_actor, _actorTarget) = Start(_networks.Policy.Parameters, "actor");
        (_critics, _criticsTarget) = Start(_networks.CriticParameters, "q");
        _actorAverage = new TargetAverage(context.Device, _actorTarget, _actor, options.Tau);
        _criticsAverage = new TargetAverage(context.Device, _criticsTarget, _critics, options.Tau);
        _batches = new BatchParts(context.Batch, _networks.CriticParameters.All.Sum(p => p.Shape.ElementCount));
        _criticStep = Step("q", _networks.CriticParameters, _critics, Critic);
        _actorStep = Step("actor", _networks.Policy.Parameters, _actor, Actor);
    }

    /// <summary>Makes the algorithm.</summary>
    /// <param name="context">What it is made from.</param>
    /// <param name="options">Its options, valid.</param>
    public static IOffPolicyAlgorithm Create(LearningContext context, Td3Options options) => new Td3(context, options);

    public IPolicyNetwork Policy => _networks.Policy;

    public StateVector PolicyParameters => _actor;

    public long Updates => _criticStep.Steps;

    public IReadOnlyList<KeyValuePair<string, StateVector>> State =>
        [new("actor", _actor), new("actor_target", _actorTarget), new("q", _critics), new("q_target", _criticsTarget), .. _criticStep.State, .. _actorStep.State];

    public double[] Counters
    {
        get => [_criticStep.Steps, _actorStep.Steps];
        set => (_criticStep.Steps, _actorStep.Steps) = ((long)value[0], (long)value[1]);
    }

    public NoiseCorrelation? Correlation => _options.Correlation;

    internal Td3Networks Networks => _networks;

    internal StateVector CriticParameters => _critics;

    public void Update(UpdateContext context)
    {
        _noise.Fill(context.Random);
        _learningRate = _options.LearningRate.At(context.Progress);
        _criticStep.Run(_learningRate);
        if (_criticStep.Steps % _options.PolicyDelay != 0) return;
        _actorStep.Run(_learningRate);
        _criticsAverage.Step();
        _actorAverage.Step();
    }

    public void Report(Action<string, double> report)
    {
        _criticStep.Figures.Report(report);
        if (_actorStep.Steps > 0) _actorStep.Figures.Report(report);
        report("learning_rate", _learningRate);
    }

    public void Dispose()
    {
        _criticStep.Dispose();
        _actorStep.Dispose();
        _noise.Dispose();
        _batches.Dispose();
        foreach (StateVector vector in new[] { _actor, _actorTarget, _critics, _criticsTarget }) vector.Dispose();
    }

    /// <summary>V(s′) = min over i of Q′ᵢ(s′, clip(μ′(s′) + clip(σ·ε, ±c), ±1)).</summary>
    internal static Tensor NextValue(Td3Networks networks, ParameterScope actorTarget, ParameterScope criticsTarget, Td3Batch batch, Td3Options options)
    {
        Tensor action = networks.Policy.Action(actorTarget, batch.NextEncoded);
        if (batch.TargetNoise is not null)
            action = Op.Clip(action + Op.Clip(batch.TargetNoise * options.TargetNoiseDeviation, -options.TargetNoiseClip, options.TargetNoiseClip), -1, 1);
        return networks.Values(criticsTarget, batch.NextEncoded, action).Aggregate(QTargets.ClippedDouble);
    }

    /// <summary>L = Σ over i of mean((Qᵢ(s, a) − (r + d·V(s′)))²), and Q₁(s, a).</summary>
    internal static (Tensor Loss, Tensor Value) CriticLoss(Td3Networks networks, ParameterScope critics, Tensor nextValue, Td3Batch batch)
    {
        Tensor target = QTargets.Bootstrapped(batch.Reward, batch.Discount, nextValue);
        Tensor[] values = networks.Values(critics, batch.Encoded, batch.Action);
        return (values.Select(v => ValueLosses.SquaredError(v, target)).Aggregate((a, b) => a + b), values[0]);
    }

    /// <summary>L = −mean(Q₁(s, μ(s))), whose gradient is the deterministic policy gradient (Silver et al., 2014).</summary>
    internal static Tensor ActorLoss(Td3Networks networks, ParameterScope actor, ParameterScope critics, Tensor encoded) =>
        -Op.Mean(networks.Value(critics, encoded, networks.Policy.Action(actor, encoded)));

    private (StateVector Online, StateVector Target) Start(ParameterSet parameters, string name)
    {
        StateVector online = parameters.Start(name, _context.Random), target = parameters.MakeVector($"{name}_target", doubleBuffered: false);
        online.Values.CopyTo(target.Values);
        return (online, target);
    }

    private LearningStep Step(string name, ParameterSet parameters, StateVector vector, Func<FunctionBuilder, ParameterScope, FigureSet, ReplayBatch, Tensor> loss) => new(
        _context.Device, name, parameters, vector, new Adam(Epsilon: _options.AdamEpsilon), _options.MaxGradientNorm,
        [.. _batches.All.Select(part => (LearningStep.LossBuilder)((build, scope, figures) => loss(build, scope, figures, part)))]);

    private Tensor Critic(FunctionBuilder build, ParameterScope scope, FigureSet figures, ReplayBatch memory)
    {
        ObservationEncoder encoder = _networks.Policy.Encoder;
        var batch = new Td3Batch(
            encoder.Encode(build.Add("observation", memory.Observations)),
            build.Add("action", memory.Actions),
            build.Add("reward", memory.Rewards),
            build.Add("discount", memory.Discounts),
            encoder.Encode(build.Add("next_observation", memory.NextObservations)),
            _options.TargetNoiseDeviation > 0 ? _noise.Normal(build, "target_noise", memory.Rows, _context.ActionSpace.Size) : null);
        ParameterScope actorTarget = new(scope.Graph, "target."), criticsTarget = new(scope.Graph, "target.");
        (Tensor loss, Tensor value) = CriticLoss(_networks, scope, NextValue(_networks, actorTarget, criticsTarget, batch, _options), batch);
        build.AddStatistics(encoder, _context.Statistics);
        build.AddParameters(actorTarget, _actorTarget);
        build.AddParameters(criticsTarget, _criticsTarget);
        figures.Add(build, "q_loss", loss);
        figures.Add(build, "q_value", Op.Mean(value));
        return loss;
    }

    private Tensor Actor(FunctionBuilder build, ParameterScope scope, FigureSet figures, ReplayBatch memory)
    {
        ObservationEncoder encoder = _networks.Policy.Encoder;
        var critics = new ParameterScope(scope.Graph);
        Tensor loss = ActorLoss(_networks, scope, critics, encoder.Encode(build.Add("observation", memory.Observations)));
        build.AddStatistics(encoder, _context.Statistics);
        build.AddParameters(critics, _critics);
        figures.Add(build, "policy_loss", loss);
        return loss;
    }
}
