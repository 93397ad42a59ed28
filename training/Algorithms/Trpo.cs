using System;
using System.Collections.Generic;
using Pipeline.Contracts;
using Pipeline.Training.Distributions;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Environments;
using Pipeline.Training.Objectives;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// Trust region policy optimisation (Schulman et al., arXiv:1502.05477): the natural gradient of the surrogate by conjugate gradients on products with the
/// Fisher information, and a line search on surrogate and mean divergence.
/// Sampling is single-path or vine (<see cref="Algorithms.Vine"/>).
/// Departures from the paper, all usual: advantages by GAE (arXiv:1506.02438) and standardised, a critic of its own fitted by Adam after the
/// policy's step, damping of the Fisher information, time limits bootstrapped from the episode's last observation. Settings, damping and the acceptance
/// of a step are those of Stable-Baselines3 (contrib).
/// </summary>
public sealed class Trpo : IOnPolicyAlgorithm
{
    private readonly TrpoOptions _options;
    private readonly StateVector _parameters;
    private readonly RolloutEvaluation _evaluation;
    private readonly Vine? _vine;
    private readonly TrustRegion _policy;
    private readonly ValueRegression _critic;

    private Trpo(OnPolicyContext context, TrpoOptions options)
    {
        _options = options;
        _parameters = context.Parameters;
        _evaluation = new RolloutEvaluation(context.Device, context.Model, context.Parameters, context.Statistics, context.Rollout, keepsDistribution: true);
        _vine = options.Sampling == TrpoSampling.Vine ? new Vine(context, _evaluation, options) : null;
        _policy = new TrustRegion(context, _vine is null ? SinglePath(context.Rollout, _evaluation) : SinglePath(context.Rollout, _evaluation) with { Loss = _vine.Loss }, options);
        _critic = new ValueRegression(context, options.MinibatchSize, options.AdamEpsilon, options.MaxGradientNorm);
    }

    /// <inheritdoc/>
    public long Updates { get; private set; }

    /// <inheritdoc/>
    public IReadOnlyList<KeyValuePair<string, StateVector>> State => [KeyValuePair.Create(_parameters.Name, _parameters), .. _critic.State];

    /// <inheritdoc/>
    public double[] Counters
    {
        get => [Updates, _critic.Steps];
        set => (Updates, _critic.Steps) = ((long)value[0], (long)value[1]);
    }

    /// <summary>Compiles the update.</summary>
    /// <param name="context">Networks and memory.</param>
    /// <param name="options">The options, valid.</param>
    public static Trpo Create(OnPolicyContext context, TrpoOptions options)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(options);
        return new Trpo(context, options);
    }

    internal Vine? Vine => _vine;

    /// <inheritdoc/>
    public void Arrive(int t, VectorStep step) => _vine?.Arrive(t, step);

    /// <inheritdoc/>
    public long Branch(RolloutBuffer rollout) => _vine?.Branch(rollout) ?? 0;

    /// <inheritdoc/>
    public void Update(RolloutBuffer rollout, double progress, RandomGenerator random, Action<string, double> report)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        ArgumentNullException.ThrowIfNull(random);
        ArgumentNullException.ThrowIfNull(report);
        double explained = _evaluation.EstimateAdvantages(rollout, _options.Gamma, _options.GaeLambda);
        _vine?.TakeOutputs(_evaluation.Outputs!);
        if (_options.NormalizeAdvantages) Returns.Standardize(rollout.Advantages.Floats);

        TrustRegionFigures figures = _policy.Step();
        double learningRate = _options.LearningRate.At(progress);
        _critic.Run(_options.CriticEpochs, learningRate, random);
        Updates++;

        report("policy_loss", figures.Loss);
        report("value_loss", _critic.Loss);
        report("entropy", figures.Entropy);
        report("approx_kl", figures.Divergence);
        report("explained_variance", explained);
        report("step_share", figures.Share);
        report("gradient_norm", figures.GradientNorm);
        report("learning_rate", learningRate);
    }

    /// <summary>The policy's data where each state of a rollout has the one action that was taken.</summary>
    internal static TrustRegionRows SinglePath(RolloutBuffer rollout, RolloutEvaluation evaluation) => new(
        rollout.Observations, rollout.Masks, evaluation.Outputs!, evaluation.LogDeviation, (build, _, policy) => SinglePathLoss(
            policy, build.Add("action", rollout.Actions), build.Add("old_log_probability", rollout.LogProbabilities), build.Add("advantage", rollout.Advantages)));

    /// <summary>L = −mean(r·Â), r = π(a|s) / π_old(a|s) (eq. 14).</summary>
    internal static Tensor SinglePathLoss(IDistribution policy, Tensor action, Tensor oldLogProbability, Tensor advantage) =>
        PolicyLosses.Surrogate(Op.Exp(policy.LogProbability(action) - oldLogProbability), advantage);

    /// <summary>Releases sessions and memory; the parameters stay the caller's.</summary>
    public void Dispose()
    {
        _policy.Dispose();
        _vine?.Dispose();
        _critic.Dispose();
        _evaluation.Dispose();
    }
}
