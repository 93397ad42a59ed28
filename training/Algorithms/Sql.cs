using System;
using System.Collections.Generic;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Engine.Autodiff;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;
using Pipeline.Training.Objectives;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// Soft Q-learning (Haarnoja et al., arXiv:1702.08165) over real-valued actions: Q is fitted to r + γ·V′(s′), V′ the soft maximum of an averaged
/// target network, by importance sampling from uniform actions; a sampler a = tanh f(s, ξ) follows the Stein gradient towards exp(Q/α). Discrete
/// actions are <see cref="SqlDiscrete"/>'s. Departures from the paper: the sampler is moved before the squashing, where the density is
/// exp(Q/α)·Π(1 − a²), so that the bounds hold nothing fast; the target network is averaged instead of copied.
/// </summary>
internal sealed class Sql : ISoftMethod
{
    private readonly SqlOptions _options;
    private readonly SqlNetwork _critic;
    private readonly SqlNetwork _sampler;
    private readonly int _size;

    /// <summary>Declares the networks.</summary>
    /// <param name="context">What the algorithm is made from.</param>
    /// <param name="options">Its options, valid.</param>
    public Sql(LearningContext context, SqlOptions options)
    {
        _options = options;
        _size = context.ActionSpace.Size;
        int inputs = new ObservationEncoder(context.ObservationSpace, options.NormalizeObservations).Size;
        _critic = new SqlNetwork(CriticParameters, "critic", inputs, _size, 1, options.HiddenSizes, options.Activation);
        Averaged = [.. CriticParameters.All];
        _sampler = new SqlNetwork(CriticParameters, "actor", inputs, _size, _size, options.HiddenSizes, options.Activation);
        Policy = new SqlPolicy(context, options, _critic, _sampler);
    }

    /// <inheritdoc/>
    public IPolicyNetwork Policy { get; }

    /// <inheritdoc/>
    public ParameterSet CriticParameters { get; } = new();

    /// <inheritdoc/>
    public ParameterSet ActorParameters => CriticParameters;

    /// <inheritdoc/>
    public IReadOnlyList<Parameter> Averaged { get; }

    /// <summary>Makes the algorithm.</summary>
    /// <param name="context">What it is made from.</param>
    /// <param name="options">Its options, valid.</param>
    public static IOffPolicyAlgorithm Create(LearningContext context, SqlOptions options) =>
        new SoftLearner(context, options, options.Tau, context.ActionSpace is Discrete ? new SqlDiscrete(context, options) : new Sql(context, options));

    /// <inheritdoc/>
    public SoftLoss CriticLoss(SoftBatch batch, FunctionBuilder build, UpdateNoise noise) =>
        CriticLoss(batch, noise.Uniform(build, "proposal", batch.Reward.Shape[0].Value, _options.ValueSamples, _size));

    /// <inheritdoc/>
    public SoftLoss ActorLoss(SoftBatch batch, FunctionBuilder build, UpdateNoise noise)
    {
        long[] shape = [batch.Reward.Shape[0].Value, _options.Particles, _size];
        return ActorLoss(batch, noise.Normal(build, "noise", shape), noise.Normal(build, "moved_noise", shape));
    }

    /// <summary>L = ½·mean (Q(s, a) − (r + d·V′(s′)))², V′(s′) ≈ α·ln(mean exp(Q′(s′, aₘ)/α)·2ᴬ).</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="proposal">Where the aₘ are in their range, [B, K, A], uniform in (0, 1)</param>
    internal SoftLoss CriticLoss(SoftBatch batch, Tensor proposal)
    {
        Graph graph = batch.Critics.Graph;
        Dimension rows = batch.Reward.Shape[0];
        Tensor next = Op.Reshape(_critic.Apply(batch.Target, batch.NextEncoded, (proposal * 2) - 1), [rows, proposal.Shape[1]]);
        Tensor soft = QTargets.SampledSoftMaximum(next, graph.Constant((float)(-_size * Math.Log(2))), graph.Constant((float)_options.Temperature));
        Tensor value = Op.Reshape(_critic.Apply(batch.Critics, batch.Encoded, Op.Reshape(batch.Action, batch.Action.Shape.Insert(1, 1))), [rows, 1]);
        return SoftLoss.OfCritics(QTargets.Bootstrapped(batch.Reward, batch.Discount, soft), value);
    }

    /// <summary>Moves u′ = f(s, ξ′) along the Stein direction of the density exp(Q(s, tanh u)/α)·Π(1 − tanh² u) at u = f(s, ξ).</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="noise">ξ, [B, M, A], standard normal</param>
    /// <param name="movedNoise">ξ′, [B, N, A], standard normal</param>
    internal SoftLoss ActorLoss(SoftBatch batch, Tensor noise, Tensor movedNoise)
    {
        Tensor still = Op.StopGradient(_sampler.Apply(batch.Actor, batch.Encoded, noise)), action = Op.Tanh(still);
        // The logarithm of the squashing's change of volume, ln(1 − tanh² u), has the derivative −2·tanh u.
        Tensor slope = Gradients.Of(Op.Sum(_critic.Apply(batch.Critics, batch.Encoded, action)), [still])[0] - (action * (2 * _options.Temperature));
        Tensor moved = _sampler.Apply(batch.Actor, batch.Encoded, movedNoise);
        Tensor loss = SteinGradient.Loss(moved, SteinGradient.Direction(still, moved, slope, batch.Actor.Graph.Constant((float)_options.Temperature)));
        return new SoftLoss(loss, ("policy_loss", loss));
    }
}
