using System.Linq;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Distributions;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;
using Pipeline.Training.Objectives;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// <see cref="Acer"/> over real-valued actions (arXiv:1611.01224, section 5): a stochastic dueling network says V(s) and Q̃(s, a) = V(s) + A(s, a) − the mean of A(s, uᵢ) over n
/// actions of the policy's; traces have the d-th root of the ratios; the policy learns by Q^opc. The statistics that the trust region is laid around
/// are the means, and the logarithms of the deviations where they learn.
/// </summary>
internal sealed class AcerContinuous : IAcerMethod
{
    private readonly AcerOptions _options;
    private readonly Mlp _advantages;
    private readonly int _size;

    public AcerContinuous(Space observationSpace, Box actionSpace, AcerOptions options)
    {
        _options = options;
        _size = actionSpace.Size;
        Model = new ActorCritic(observationSpace, actionSpace, options.HiddenSizes, options.Activation, options.NormalizeObservations, masked: false, options.InitialLogStd, memory: options.Settings);
        _advantages = new Mlp(Model.Parameters, "advantage", (Model.Memory?.Size ?? Model.Encoder.Size) + _size, options.HiddenSizes, 1, options.Activation, outputGain: 1);
    }

    /// <inheritdoc/>
    public ActorCritic Model { get; }

    /// <inheritdoc/>
    public int StatisticsSize => 2 * _size;

    /// <inheritdoc/>
    public int TraceDimension => _size;

    /// <inheritdoc/>
    public int DrawnActions => _options.DuelingSamples + 1;

    /// <inheritdoc/>
    public Tensor Value(ParameterScope scope, Tensor actor, Tensor critic) => Model.Value(scope, critic);

    /// <summary>The statistics are the means and ln σ.</summary>
    public AcerEvaluation Evaluate(AcerBatch batch)
    {
        (Tensor actor, Tensor critic) = Model.Features(batch.Scope, batch.Encoded, batch.Sequences);
        Policy policy = PolicyOf(batch.Scope, actor);
        Tensor value = Model.Value(batch.Scope, critic);
        (Tensor actionValue, _) = Values(batch, critic, policy, value);
        return new AcerEvaluation(
            Op.Concat([policy.Mean, policy.LogDeviation], 1), policy.Distribution.LogProbability(batch.Action) - Behaviour(batch).LogProbability(batch.Action), actionValue, value);
    }

    /// <summary>
    /// L = L_policy + c_v·(½·mean((Q^ret − Q̃(s, a))²) + ½·mean((min(1, ρ)·(Q^ret − Q̃(s, a)) + V̂ − V(s))²)), V̂ the number V(s). L_policy descends the mean of
    /// min(c, ρ)·(Q^opc − V)·ln π(a|s) + max(0, 1 − c/ρ(a′))·(Q̃(s, a′) − V)·ln π(a′|s) + c_e·H, a′ drawn from π, by its gradient by the policy's statistics within the
    /// trust region; all but ln π and H are numbers there (appendix, algorithm 3).
    /// </summary>
    public AcerLoss Loss(AcerBatch batch, Tensor target, Tensor uncorrected)
    {
        (Tensor actor, Tensor critic) = Model.Features(batch.Scope, batch.Encoded, batch.Sequences);
        Policy policy = PolicyOf(batch.Scope, actor), average = PolicyOf(batch.Average, Model.PolicyFeatures(batch.Average, batch.Encoded, batch.Sequences));
        DiagonalGaussian behaviour = Behaviour(batch);
        Tensor value = Model.Value(batch.Scope, critic), drawn = policy.Draw(Noise(batch)[0]);
        (Tensor actionValue, Tensor drawnValue) = Values(batch, critic, policy, value);

        Tensor logProbability = policy.Distribution.LogProbability(batch.Action), logRatio = logProbability - behaviour.LogProbability(batch.Action);
        Tensor drawnProbability = policy.Distribution.LogProbability(drawn), drawnRatio = drawnProbability - behaviour.LogProbability(drawn);
        Tensor weight = TruncatedWeights.Truncated(logRatio, _options.ImportanceClip) * (uncorrected - value);
        Tensor correction = TruncatedWeights.Correction(drawnRatio, _options.ImportanceClip) * (drawnValue - value);
        Tensor gain = (logProbability * Op.StopGradient(weight)) + (drawnProbability * Op.StopGradient(correction));
        Tensor divergence = policy.Distribution.DivergenceFrom(average.Distribution), entropy = policy.Distribution.Entropy;
        Tensor objective = _options.LearnStd ? gain + (entropy * _options.EntropyCoefficient) : gain;
        (Tensor policyLoss, Tensor share) = TrustRegionProjection.Loss(objective, divergence, _options.LearnStd ? [policy.Mean, policy.LogDeviation] : [policy.Mean], _options.TrustRegion);

        Tensor valueTarget = Op.StopGradient((TruncatedWeights.Truncated(logRatio, 1) * (target - actionValue)) + value);
        Tensor actionValueLoss = ValueLosses.SquaredError(actionValue, target) * 0.5, valueLoss = ValueLosses.SquaredError(value, valueTarget) * 0.5;
        return new AcerLoss(
            policyLoss + ((actionValueLoss + valueLoss) * _options.ValueCoefficient),
            ("policy_loss", -Op.Mean(gain)), ("q_loss", actionValueLoss), ("value_loss", valueLoss), ("q_value", Op.Mean(actionValue)), ("entropy", Op.Mean(entropy)),
            ("approx_kl", Op.Mean(divergence)), ("projected_fraction", share));
    }

    /// <summary>Q̃ of the actions taken and of the first of those drawn.</summary>
    private (Tensor Taken, Tensor Drawn) Values(AcerBatch batch, Tensor critic, Policy policy, Tensor value)
    {
        Tensor[] noise = Noise(batch);
        int count = noise.Length + 1;
        long rows = value.Shape[0].Value;
        Tensor actions = Op.Concat([batch.Action, .. noise.Select(policy.Draw)], 0), states = Op.Concat([.. Enumerable.Repeat(critic, count)], 0);
        Tensor[] advantages = Op.Split(_advantages.Apply(batch.Scope, Op.Concat([states, actions], 1)), 0, [.. Enumerable.Repeat(rows, count)]);
        Tensor mean = advantages[2..].Aggregate((a, b) => a + b) * (1.0 / _options.DuelingSamples);
        return (value + (advantages[0] - mean), value + (advantages[1] - mean));
    }

    private Tensor[] Noise(AcerBatch batch) => Op.Split(batch.Noise!, 0, [.. Enumerable.Repeat(batch.Action.Shape[0].Value, DrawnActions)]);

    private DiagonalGaussian Behaviour(AcerBatch batch)
    {
        Tensor[] parts = Op.Split(batch.Behaviour, 1, _size, _size);
        return new DiagonalGaussian(parts[0], parts[1]);
    }

    private Policy PolicyOf(ParameterScope scope, Tensor actor)
    {
        Tensor mean = Model.PolicyOutputs(scope, actor), logDeviation = Model.LogDeviation(scope)!;
        return new Policy(mean, Op.ExpandLike(_options.LearnStd ? logDeviation : Op.StopGradient(logDeviation), mean));
    }

    /// <summary>A policy by its statistics, [B, A] each.</summary>
    private sealed record Policy(Tensor Mean, Tensor LogDeviation)
    {
        public DiagonalGaussian Distribution { get; } = new(Mean, LogDeviation);

        /// <summary>An action, as a number.</summary>
        public Tensor Draw(Tensor noise) => Op.StopGradient(Distribution.Sample(noise));
    }
}
