using System;
using System.Collections.Generic;
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
/// Actor-critic using Kronecker-factored trust region (Wu et al., arXiv:1708.05144): the gradients of a2c, each layer's multiplied by the inverse of the
/// Kronecker-factored curvature, and steps of length min(η_max, √(2δ / vᵀFv)) with momentum. The policy's curvature is its Fisher information, from actions drawn
/// anew; that of the value function is Gauss-Newton's, from targets drawn from a normal distribution of variance 1 around it. The Fisher information of ln σ is exact.
/// Asked to, it adapts the policy's η_max to the divergence measured after each step, as OpenAI's baselines do for real-valued actions.
/// Departures from the paper and OpenAI's baselines: λ-returns; actor and critic share no layer, and each has a step length, a bound and momentum of its own; the
/// factors' running means start as plain means instead of from plain gradient steps; the bound has the paper's factor 2, and the published 0.001
/// without it is 0.0005 here.
/// </summary>
public sealed class Acktr : IOnPolicyAlgorithm
{
    private readonly AcktrOptions _options;
    private readonly StateVector _parameters;
    private readonly RolloutEvaluation _evaluation;
    private readonly UpdateNoise _actions = new();
    private readonly UpdateNoise _targets = new();
    private readonly KroneckerStep _actor;
    private readonly KroneckerStep _critic;
    private readonly MeasuredDivergence? _measured;
    private double _stepScale = 1;

    private Acktr(OnPolicyContext context, AcktrOptions options)
    {
        _options = options;
        _parameters = context.Parameters;
        _evaluation = new RolloutEvaluation(context.Device, context.Model, context.Parameters, context.Statistics, context.Rollout, keepsDistribution: options.DesiredKl is not null);
        _actor = new KroneckerStep(context, "actor", options, (build, scope, figures) => PolicyLoss(context, build, scope, figures));
        _critic = new KroneckerStep(context, "critic", options, (build, scope, figures) => ValueLoss(context, build, scope, figures));
        if (options.DesiredKl is not null) _measured = new MeasuredDivergence(context, _evaluation);
    }

    /// <inheritdoc/>
    public long Updates => _actor.Steps;

    /// <inheritdoc/>
    public IReadOnlyList<KeyValuePair<string, StateVector>> State => [KeyValuePair.Create(_parameters.Name, _parameters), .. _actor.State, .. _critic.State];

    /// <inheritdoc/>
    public double[] Counters
    {
        get => [_actor.Steps, _critic.Steps, _stepScale];
        set => (_actor.Steps, _critic.Steps, _stepScale) = ((long)value[0], (long)value[1], value[2]);
    }

    internal KroneckerStep Actor => _actor;

    internal KroneckerStep Critic => _critic;

    /// <summary>Compiles the update.</summary>
    /// <param name="context">Networks and memory.</param>
    /// <param name="options">The options, valid.</param>
    public static Acktr Create(OnPolicyContext context, AcktrOptions options)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(options);
        return new Acktr(context, options);
    }

    /// <inheritdoc/>
    public void Update(RolloutBuffer rollout, double progress, RandomGenerator random, Action<string, double> report)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        ArgumentNullException.ThrowIfNull(random);
        ArgumentNullException.ThrowIfNull(report);
        double explained = _evaluation.EstimateAdvantages(rollout, _options.Gamma, _options.GaeLambda);
        if (_options.NormalizeAdvantages) Returns.Standardize(rollout.Advantages.Floats);

        double learningRate = _options.LearningRate.At(progress) * _stepScale;
        _actions.Fill(random);
        _actor.Run(learningRate, _options.TargetKl);
        double divergence = _measured?.Run() ?? _actor.Divergence;
        if (_options.DesiredKl is Schedule desired) _stepScale = Adapt(_stepScale, learningRate, divergence, desired.At(progress));
        for (int i = 0; i < _options.ValueSteps; i++)
        {
            _targets.Fill(random);
            _critic.Run(_options.ValueLearningRate.At(progress), _options.ValueTargetKl);
        }

        _actor.Figures.Report(report);
        _critic.Figures.Report(report);
        report("approx_kl", divergence);
        report("explained_variance", explained);
        report("step_share", _actor.Share);
        report("gradient_norm", _actor.GradientNorm);
        report("learning_rate", learningRate);
    }

    /// <summary>Releases sessions and memory; the parameters stay the caller's.</summary>
    public void Dispose()
    {
        _actor.Dispose();
        _critic.Dispose();
        _measured?.Dispose();
        _actions.Dispose();
        _targets.Dispose();
        _evaluation.Dispose();
    }

    /// <summary>The factor on η_max for the next step: off the divergence wanted by half, it is changed by half, while steps stay between 1e-8 and 1.</summary>
    internal static double Adapt(double scale, double learningRate, double divergence, double desired)
    {
        if (divergence > desired * 2 && learningRate / 1.5 >= 1e-8) return scale / 1.5;
        return divergence < desired / 2 && learningRate * 1.5 <= 1 ? scale * 1.5 : scale;
    }

    // L = −mean(ln π(a|s)·Â) − c_e·H
    private KroneckerLoss PolicyLoss(OnPolicyContext context, FunctionBuilder build, ParameterScope scope, FigureSet figures)
    {
        (ActorCritic model, RolloutBuffer rollout) = (context.Model, context.Rollout);
        Tensor? mask = rollout.Masks is null ? null : build.Add("action_mask", rollout.Masks);
        IReadOnlyList<LinearTrace> layers = model.PolicyLayers(scope, model.Encoder.Encode(build.Add("observation", rollout.Observations)));
        IDistribution policy = model.Distribution(scope, layers[^1].Output, mask);
        Tensor loss = PolicyLosses.LogLikelihood(policy.LogProbability(build.Add("action", rollout.Actions)), build.Add("advantage", rollout.Advantages));
        Tensor entropy = Op.Mean(policy.Entropy);
        figures.Add(build, "policy_loss", loss);
        figures.Add(build, "entropy", entropy);
        if (_options.EntropyCoefficient != 0) loss -= entropy * _options.EntropyCoefficient;

        Tensor noise = _actions.Actions(build, model.Head, rollout.Rows);
        return new KroneckerLoss(loss, layers, outputs =>
        {
            IDistribution drawn = model.Distribution(scope, outputs, mask);
            return drawn.LogProbability(Op.StopGradient(model.Head.Encode(drawn.Sample(noise))));
        });
    }

    // L = ½·mean((V(s) − R)²), whose curvature is the Fisher information of a normal distribution of variance 1 around V(s).
    private KroneckerLoss ValueLoss(OnPolicyContext context, FunctionBuilder build, ParameterScope scope, FigureSet figures)
    {
        (ActorCritic model, RolloutBuffer rollout) = (context.Model, context.Rollout);
        IReadOnlyList<LinearTrace> layers = model.ValueLayers(scope, model.Encoder.Encode(build.Add("observation", rollout.Observations)));
        Tensor loss = ValueLosses.SquaredError(layers[^1].Output, build.Add("value_target", rollout.ValueTargets));
        figures.Add(build, "value_loss", loss);
        Tensor noise = _targets.Normal(build, "noise", rollout.Rows, 1);
        return new KroneckerLoss(loss * 0.5, layers, value => Op.Square(value - Op.StopGradient(value + noise)) * -0.5);
    }
}
