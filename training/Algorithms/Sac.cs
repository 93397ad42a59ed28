using System.Collections.Generic;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;
using Pipeline.Training.Objectives;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// Soft actor-critic (Haarnoja et al., arXiv:1812.05905): a squashed Gaussian policy maximises the smaller of two critics' values plus α times its
/// entropy; the critics are fitted to r + γ·(min Q′(s′, a′) − α·ln π(a′|s′)) with averaged target critics; α is learned so that the entropy stays near
/// a target, or fixed. Discrete actions are <see cref="SacDiscrete"/>'s. Departures from the paper: both losses see the parameters as they were before
/// the step, and the temperature's loss is linear in ln α; both as in the authors' program.
/// </summary>
internal sealed class Sac : ISoftMethod
{
    private readonly SacOptions _options;
    private readonly ActionCritic _first;
    private readonly ActionCritic _second;
    private readonly SacPolicy _policy;
    private readonly SacTemperature _temperature;

    /// <summary>Declares the networks.</summary>
    /// <param name="context">What the algorithm is made from.</param>
    /// <param name="options">Its options, valid.</param>
    public Sac(LearningContext context, SacOptions options)
    {
        _options = options;
        int inputs = new ObservationEncoder(context.ObservationSpace, options.NormalizeObservations).Size, actions = context.ActionSpace.Size;
        _first = new ActionCritic(CriticParameters, "critic.first", inputs, actions, options.HiddenSizes, options.Activation);
        _second = new ActionCritic(CriticParameters, "critic.second", inputs, actions, options.HiddenSizes, options.Activation);
        Averaged = [.. CriticParameters.All];
        _policy = new SacPolicy(ActorParameters, context, options);
        _temperature = new SacTemperature(ActorParameters, options, options.TargetEntropyOf(context.ActionSpace));
    }

    /// <inheritdoc/>
    public IPolicyNetwork Policy => _policy;

    /// <inheritdoc/>
    public ParameterSet CriticParameters { get; } = new();

    /// <inheritdoc/>
    public ParameterSet ActorParameters { get; } = new();

    /// <inheritdoc/>
    public IReadOnlyList<Parameter> Averaged { get; }

    /// <inheritdoc/>
    public NoiseCorrelation? Correlation => _options.Noise == SacNoise.Correlated ? new NoiseCorrelation(_options.NoiseTheta, Stationary: true) : null;

    /// <summary>Makes the algorithm.</summary>
    /// <param name="context">What it is made from.</param>
    /// <param name="options">Its options, valid.</param>
    public static IOffPolicyAlgorithm Create(LearningContext context, SacOptions options) =>
        new SoftLearner(context, options, options.Tau, context.ActionSpace is Discrete ? new SacDiscrete(context, options) : new Sac(context, options));

    /// <inheritdoc/>
    public SoftLoss CriticLoss(SoftBatch batch, FunctionBuilder build, UpdateNoise noise) => CriticLoss(batch, Noise("next_noise", batch, build, noise));

    /// <inheritdoc/>
    public SoftLoss ActorLoss(SoftBatch batch, FunctionBuilder build, UpdateNoise noise) => ActorLoss(batch, Noise("noise", batch, build, noise));

    /// <summary>L = ½·Σᵢ mean (Qᵢ(s, a) − y)², y = r + d·(min Q′(s′, a′) − α·ln π(a′|s′)).</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="noise">What a′ is drawn with, [B, A], standard normal.</param>
    internal SoftLoss CriticLoss(SoftBatch batch, Tensor noise)
    {
        (Tensor action, Tensor logProbability) = _policy.Sample(batch.Actor, batch.NextEncoded, noise);
        Tensor next = QTargets.SoftValue(Smaller(batch.Target, batch.NextEncoded, action), logProbability, _temperature.Value(batch.Actor));
        Tensor target = QTargets.Bootstrapped(batch.Reward, batch.Discount, next);
        Tensor first = _first.Apply(batch.Critics, batch.Encoded, batch.Action), second = _second.Apply(batch.Critics, batch.Encoded, batch.Action);
        return SoftLoss.OfCritics(target, first, second);
    }

    /// <summary>L = mean(α·ln π(ã|s) − min Q(s, ã)) − ln α·mean(ln π(ã|s) + H̄).</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="noise">What ã is drawn with, [B, A], standard normal.</param>
    internal SoftLoss ActorLoss(SoftBatch batch, Tensor noise)
    {
        (Tensor action, Tensor logProbability) = _policy.Sample(batch.Actor, batch.Encoded, noise);
        Tensor value = QTargets.SoftValue(Smaller(batch.Critics, batch.Encoded, action), logProbability, _temperature.Value(batch.Actor));
        return _temperature.Complete(batch.Actor, -Op.Mean(value), logProbability);
    }

    private Tensor Smaller(ParameterScope scope, Tensor encoded, Tensor action) =>
        QTargets.ClippedDouble(_first.Apply(scope, encoded, action), _second.Apply(scope, encoded, action));

    private Tensor Noise(string name, SoftBatch batch, FunctionBuilder build, UpdateNoise noise) =>
        noise.Normal(build, name, batch.Reward.Shape[0].Value, _policy.ActionSpace.Size);
}
