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
/// with the smaller of the two critics, and both losses see the parameters as they were before the step.
/// </summary>
internal sealed class SacV1 : ISoftMethod
{
    private readonly SacV1Options _options;
    private readonly Mlp _value;
    private readonly ActionCritic _first;
    private readonly ActionCritic _second;
    private readonly SacPolicy _policy;

    /// <summary>Declares the networks.</summary>
    /// <param name="context">What the algorithm is made from.</param>
    /// <param name="options">Its options, valid.</param>
    public SacV1(LearningContext context, SacV1Options options)
    {
        _options = options;
        int inputs = new ObservationEncoder(context.ObservationSpace, options.NormalizeObservations).Size, actions = context.ActionSpace.Size;
        _value = Mlp.WithFanIn(ActorParameters, "value", inputs, options.HiddenSizes, 1, options.Activation);
        Averaged = [.. ActorParameters.All];
        _first = new ActionCritic(CriticParameters, "critic.first", inputs, actions, options.HiddenSizes, options.Activation);
        _second = new ActionCritic(CriticParameters, "critic.second", inputs, actions, options.HiddenSizes, options.Activation);
        _policy = new SacPolicy(ActorParameters, context, options);
    }

    /// <inheritdoc/>
    public IPolicyNetwork Policy => _policy;

    /// <inheritdoc/>
    public ParameterSet CriticParameters { get; } = new();

    /// <inheritdoc/>
    public ParameterSet ActorParameters { get; } = new();

    /// <inheritdoc/>
    public IReadOnlyList<Parameter> Averaged { get; }

    /// <summary>Makes the algorithm.</summary>
    /// <param name="context">What it is made from.</param>
    /// <param name="options">Its options, valid.</param>
    public static IOffPolicyAlgorithm Create(LearningContext context, SacV1Options options) => new SoftLearner(context, options, options.Tau, new SacV1(context, options));

    /// <inheritdoc/>
    public SoftLoss CriticLoss(SoftBatch batch, FunctionBuilder build, UpdateNoise noise) => CriticLoss(batch);

    /// <inheritdoc/>
    public SoftLoss ActorLoss(SoftBatch batch, FunctionBuilder build, UpdateNoise noise) =>
        ActorLoss(batch, noise.Normal(build, "noise", batch.Reward.Shape[0].Value, _policy.ActionSpace.Size));

    /// <summary>L = ½·Σᵢ mean (Qᵢ(s, a) − (c·r + d·V′(s′)))².</summary>
    /// <param name="batch">The batch.</param>
    internal SoftLoss CriticLoss(SoftBatch batch)
    {
        Tensor target = QTargets.Bootstrapped(batch.Reward * _options.RewardScale, batch.Discount, _value.Apply(batch.Target, batch.NextEncoded));
        Tensor first = _first.Apply(batch.Critics, batch.Encoded, batch.Action), second = _second.Apply(batch.Critics, batch.Encoded, batch.Action);
        return SoftLoss.OfCritics(target, first, second);
    }

    /// <summary>L = ½·mean (V(s) − (min Q(s, ã) − α·ln π(ã|s)))² + mean(α·ln π(ã|s) − min Q(s, ã)); the first passes gradients to V alone.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="noise">What ã is drawn with, [B, A], standard normal.</param>
    internal SoftLoss ActorLoss(SoftBatch batch, Tensor noise)
    {
        (Tensor action, Tensor logProbability) = _policy.Sample(batch.Actor, batch.Encoded, noise);
        Tensor smaller = QTargets.ClippedDouble(_first.Apply(batch.Critics, batch.Encoded, action), _second.Apply(batch.Critics, batch.Encoded, action));
        Tensor soft = QTargets.SoftValue(smaller, logProbability, batch.Actor.Graph.Constant((float)_options.Temperature));
        Tensor valueLoss = ValueLosses.SquaredError(_value.Apply(batch.Actor, batch.Encoded), Op.StopGradient(soft)) * 0.5, policyLoss = -Op.Mean(soft);
        return new SoftLoss(valueLoss + policyLoss, ("value_loss", valueLoss), ("policy_loss", policyLoss), ("entropy", -Op.Mean(logProbability)));
    }
}
