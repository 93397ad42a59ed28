using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Contracts;
using Pipeline.Training.Distributions;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;
using Pipeline.Training.Objectives;
using Pipeline.Training.Optimizers;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// Proximal policy optimisation (Schulman et al., arXiv:1707.06347), clipped or with an adaptive KL penalty.
/// Departures from the paper, all usual: advantages are standardised per minibatch, the gradient's norm is clipped, actor and critic share no
/// layer, time limits are bootstrapped from the episode's last observation. Values and log-probabilities of a rollout are computed after it in
/// one batch. [B, …]: a minibatch.
/// </summary>
public sealed class Ppo : IOnPolicyAlgorithm
{
    private readonly PpoOptions _options;
    private readonly StateVector _parameters;
    private readonly StateVector _gradient;
    private readonly OptimizerFunction _optimizer;
    private readonly Minibatch _minibatch;
    private readonly RolloutEvaluation _evaluation;
    private readonly GradientFunction _plain;
    private readonly GradientFunction _measured;
    private readonly int[] _order;
    private double _klCoefficient;

    private Ppo(OnPolicyContext context, PpoOptions options)
    {
        (ExecutionDevice device, ActorCritic model, StateVector parameters, ObservationStatistics statistics, RolloutBuffer rollout, _) = context;
        _options = options;
        _parameters = parameters;
        _klCoefficient = options.KlCoefficient;
        _order = new int[rollout.Rows / (rollout.Memory?.SequenceLength ?? 1)];
        _gradient = model.Parameters.MakeVector("gradient", doubleBuffered: false);
        _optimizer = new OptimizerFunction(device, new Adam(Epsilon: options.AdamEpsilon), parameters, _gradient, options.MaxGradientNorm);
        _evaluation = new RolloutEvaluation(device, model, parameters, statistics, rollout, keepsDistribution: options.Objective == PpoObjective.KlPenalty);
        _minibatch = new Minibatch(rollout, _evaluation, options);
        // Where there is a memory to unroll, making a second function would cost more than the figures do.
        bool single = options.TargetKl is not null || model.Memory is not null;
        _plain = new GradientFunction(device, model, parameters, statistics, _minibatch, _gradient, options, measured: single);
        _measured = single ? _plain : new GradientFunction(device, model, parameters, statistics, _minibatch, _gradient, options, measured: true);
    }

    /// <summary>Compiles the update.</summary>
    /// <param name="context">Networks and memory.</param>
    /// <param name="options">The options, valid.</param>
    public static Ppo Create(OnPolicyContext context, PpoOptions options)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(options);
        return new Ppo(context, options);
    }

    /// <inheritdoc/>
    public long Updates => _optimizer.Steps;

    /// <inheritdoc/>
    public IReadOnlyList<KeyValuePair<string, StateVector>> State =>
        [.. _optimizer.State.Prepend(_parameters).Select(v => KeyValuePair.Create(v.Name, v))];

    /// <inheritdoc/>
    public double[] Counters
    {
        get => [_optimizer.Steps, _klCoefficient];
        set => (_optimizer.Steps, _klCoefficient) = ((long)value[0], value[1]);
    }

    /// <inheritdoc/>
    public void Update(RolloutBuffer rollout, double progress, RandomGenerator random, Action<string, double> report)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        ArgumentNullException.ThrowIfNull(random);
        ArgumentNullException.ThrowIfNull(report);
        double explained = _evaluation.EstimateAdvantages(rollout, _options.Gamma, _options.GaeLambda);

        double learningRate = _options.LearningRate.At(progress);
        _minibatch.ClipRange.Floats[0] = (float)_options.ClipRange.At(progress);
        _minibatch.KlCoefficient.Floats[0] = (float)_klCoefficient;
        LossFigures figures = Learn(rollout, learningRate, random);
        if (_options.Objective == PpoObjective.KlPenalty) AdaptPenalty(figures.ApproximateKl);

        report("policy_loss", figures.PolicyLoss);
        report("value_loss", figures.ValueLoss);
        report("entropy", figures.Entropy);
        report("approx_kl", figures.ApproximateKl);
        report("clip_fraction", figures.ClipFraction);
        report("explained_variance", explained);
        report("gradient_norm", _optimizer.GradientNorm);
        report("learning_rate", learningRate);
        if (_options.Objective == PpoObjective.KlPenalty) report("kl_coefficient", _klCoefficient);
    }

    /// <summary>Releases sessions and memory; the parameters stay the caller's.</summary>
    public void Dispose()
    {
        _plain.Dispose();
        _measured.Dispose();
        _minibatch.Dispose();
        _evaluation.Dispose();
        _optimizer.Dispose();
        _gradient.Dispose();
    }

    /// <summary>
    /// L = L_policy + c_v · L_value − c_e · H, with L_policy the clipped surrogate (eq. 7) or −mean(r·Â) + β · KL(π_old ‖ π) (eq. 8).
    /// </summary>
    /// <param name="model">The networks.</param>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="batch">The minibatch in the graph.</param>
    /// <param name="options">The options.</param>
    internal static PpoLoss Loss(ActorCritic model, ParameterScope scope, PpoBatch batch, PpoOptions options)
    {
        (Tensor actor, Tensor critic) = model.Features(scope, model.Encoder.Encode(batch.Observation), batch.Sequences);
        IDistribution policy = model.Distribution(scope, model.PolicyOutputs(scope, actor), batch.Mask);
        Tensor value = model.Value(scope, critic);

        Tensor logRatio = policy.LogProbability(batch.Action) - batch.OldLogProbability;
        Tensor ratio = Op.Exp(logRatio);
        Tensor divergence = PolicyLosses.ApproximateDivergence(logRatio, ratio);
        Tensor policyLoss;
        if (options.Objective == PpoObjective.Clip)
        {
            policyLoss = PolicyLosses.ClippedSurrogate(ratio, batch.Advantage, batch.ClipRange);
        }
        else
        {
            IDistribution old = model.Head.Distribution(batch.OldOutputs!, batch.OldLogDeviation, batch.Mask);
            divergence = Op.Mean(policy.DivergenceFrom(old));
            policyLoss = PolicyLosses.Surrogate(ratio, batch.Advantage) + (batch.KlCoefficient * divergence);
        }

        Tensor valueLoss = options.ValueClipRange is double range
            ? ValueLosses.ClippedSquaredError(value, batch.OldValue!, batch.ValueTarget, range)
            : ValueLosses.SquaredError(value, batch.ValueTarget);
        Tensor entropy = Op.Mean(policy.Entropy);
        Tensor total = policyLoss + (valueLoss * options.ValueCoefficient);
        if (options.EntropyCoefficient != 0) total -= entropy * options.EntropyCoefficient;
        return new PpoLoss(total, policyLoss, valueLoss, entropy, divergence, PolicyLosses.ClipFraction(ratio, batch.ClipRange));
    }

    private LossFigures Learn(RolloutBuffer rollout, double learningRate, RandomGenerator random)
    {
        int minibatches = rollout.Rows / _options.MinibatchSize;
        if (minibatches == 1 && _options.NormalizeAdvantages) Returns.Standardize(rollout.Advantages.Floats);
        int units = _order.Length / minibatches;
        for (int i = 0; i < _order.Length; i++) _order[i] = i;
        for (int epoch = 0; epoch < _options.UpdateEpochs; epoch++)
        {
            // A rollout that is one minibatch has no order.
            if (minibatches > 1) random.Shuffle(_order);
            for (int m = 0; m < minibatches; m++)
            {
                bool last = epoch == _options.UpdateEpochs - 1 && m == minibatches - 1;
                if (_minibatch.IsCopied) _minibatch.Gather(_order.AsSpan(m * units, units), _options.NormalizeAdvantages && minibatches > 1);
                GradientFunction function = last ? _measured : _plain;
                function.Run();
                // The step that would carry the policy further away is not taken, as in Stable-Baselines3.
                if (_options.TargetKl is double target && function.Figures.ApproximateKl > 1.5 * target) return function.Figures;
                _optimizer.Step(learningRate);
                if (!float.IsFinite(_optimizer.GradientNorm)) throw new NonFiniteLossException(_minibatch.Describe(_optimizer.Steps, _optimizer.GradientNorm));
            }
        }

        return _measured.Figures;
    }

    // Section 4: β is halved or doubled when the divergence is off its target by half.
    private void AdaptPenalty(double divergence)
    {
        if (divergence < _options.KlTarget / 1.5) _klCoefficient /= 2;
        else if (divergence > _options.KlTarget * 1.5) _klCoefficient *= 2;
    }
}
