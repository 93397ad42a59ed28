using System.Collections.Generic;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;
using Pipeline.Training.Objectives;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// Soft actor-critic as first published (Haarnoja et al., arXiv:1801.01290): two critics, a value function of its own, whose average targets are made
/// with, and a fixed temperature; rewards are scaled instead. No departures: as in the authors' program the policy's loss is the reparameterised one,
/// with the smaller of the two critics, and all losses see the parameters as they were before the step.
/// </summary>
internal sealed class SacV1 : ISoftMethod
{
    private readonly SacV1Options _options;
    private readonly Mlp _value;
    private readonly ActionCritic _first;
    private readonly ActionCritic _second;
    private readonly List<Parameter> _critics = [];
    private readonly SacPolicy _policy;

    /// <summary>Declares the networks.</summary>
    /// <param name="context">What the algorithm is made from.</param>
    /// <param name="options">Its options, valid.</param>
    public SacV1(LearningContext context, SacV1Options options)
    {
        _options = options;
        int inputs = new ObservationEncoder(context.ObservationSpace, options.NormalizeObservations).Size, actions = context.ActionSpace.Size;
        _value = Mlp.WithFanIn(Parameters, "value", inputs, options.HiddenSizes, 1, options.Activation);
        Averaged = [.. Parameters.All];
        _first = new ActionCritic(Parameters, "critic.first", inputs, actions, options.HiddenSizes, options.Activation);
        _second = new ActionCritic(Parameters, "critic.second", inputs, actions, options.HiddenSizes, options.Activation);
        for (int i = Averaged.Count; i < Parameters.All.Count; i++) _critics.Add(Parameters.All[i]);
        _policy = new SacPolicy(Parameters, context, options);
    }

    /// <inheritdoc/>
    public IPolicyNetwork Policy => _policy;

    /// <inheritdoc/>
    public ParameterSet Parameters { get; } = new();

    /// <inheritdoc/>
    public IReadOnlyList<Parameter> Averaged { get; }

    /// <summary>Makes the algorithm.</summary>
    /// <param name="context">What it is made from.</param>
    /// <param name="options">Its options, valid.</param>
    public static IOffPolicyAlgorithm Create(LearningContext context, SacV1Options options) => new SoftLearner(context, options, options.Tau, new SacV1(context, options));

    /// <inheritdoc/>
    public SoftLoss Loss(SoftBatch batch, FunctionBuilder build, UpdateNoise noise) =>
        Loss(batch, noise.Normal(build, "noise", batch.Reward.Shape[0].Value, _policy.ActionSpace.Size));

    /// <summary>
    /// L_Q = ½·Σᵢ mean (Qᵢ(s, a) − (c·r + d·V′(s′)))²; L_V = ½·mean (V(s) − (min Q(s, ã) − α·ln π(ã|s)))²; L_π = mean(α·ln π(ã|s) − min Q(s, ã)).
    /// </summary>
    /// <param name="batch">The batch.</param>
    /// <param name="noise">What ã is drawn with, [B, A], standard normal.</param>
    internal SoftLoss Loss(SoftBatch batch, Tensor noise)
    {
        Tensor temperature = batch.Online.Graph.Constant((float)_options.Temperature);
        Tensor target = QTargets.Bootstrapped(batch.Reward * _options.RewardScale, batch.Discount, _value.Apply(batch.Target, batch.NextEncoded));
        Tensor first = _first.Apply(batch.Online, batch.Encoded, batch.Action), second = _second.Apply(batch.Online, batch.Encoded, batch.Action);
        Tensor criticLoss = (ValueLosses.SquaredError(first, target) + ValueLosses.SquaredError(second, target)) * 0.5;

        (Tensor action, Tensor logProbability) = _policy.Sample(batch.Online, batch.Encoded, noise);
        ParameterScope critics = batch.Frozen(_critics);
        Tensor smaller = QTargets.ClippedDouble(_first.Apply(critics, batch.Encoded, action), _second.Apply(critics, batch.Encoded, action));
        Tensor soft = QTargets.SoftValue(smaller, logProbability, temperature);
        Tensor valueLoss = ValueLosses.SquaredError(_value.Apply(batch.Online, batch.Encoded), Op.StopGradient(soft)) * 0.5;
        Tensor policyLoss = -Op.Mean(soft);
        return new SoftLoss(
            criticLoss + valueLoss + policyLoss,
            ("q_loss", criticLoss), ("q_value", Op.Mean(first)), ("value_loss", valueLoss), ("policy_loss", policyLoss), ("entropy", -Op.Mean(logProbability)));
    }
}
