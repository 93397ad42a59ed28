using System;
using System.Collections.Generic;
using Pipeline.Contracts;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Objectives;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// Advantage actor-critic, synchronous: the form of Mnih et al., arXiv:1602.01783, algorithm S3, in which all environments are stepped together and one
/// gradient step follows each short rollout, as OpenAI's baselines and Stable-Baselines3 have it. Departures from the paper: λ-returns instead
/// of the n-step ones that λ = 1 gives, means instead of sums over the rollout, actor and critic share no layer.
/// </summary>
public sealed class A2c : IOnPolicyAlgorithm
{
    private readonly A2cOptions _options;
    private readonly StateVector _parameters;
    private readonly RolloutEvaluation _evaluation;
    private readonly LearningStep _step;

    private A2c(OnPolicyContext context, A2cOptions options)
    {
        _options = options;
        _parameters = context.Parameters;
        _evaluation = new RolloutEvaluation(context.Device, context.Model, context.Parameters, context.Statistics, context.Rollout, keepsDistribution: false);
        _step = new LearningStep(
            context.Device, "a2c", context.Model.Parameters, context.Parameters, options.Rule, options.MaxGradientNorm,
            (build, scope, figures) => ActorCriticLoss.Declare(context, options, build, scope, figures));
    }

    /// <inheritdoc/>
    public long Updates => _step.Steps;

    /// <inheritdoc/>
    public IReadOnlyList<KeyValuePair<string, StateVector>> State => [KeyValuePair.Create(_parameters.Name, _parameters), .. _step.State];

    /// <inheritdoc/>
    public double[] Counters
    {
        get => [_step.Steps];
        set => _step.Steps = (long)value[0];
    }

    internal LearningStep Step => _step;

    /// <summary>Compiles the update.</summary>
    /// <param name="context">Networks and memory.</param>
    /// <param name="options">The options, valid.</param>
    public static A2c Create(OnPolicyContext context, A2cOptions options)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(options);
        return new A2c(context, options);
    }

    /// <inheritdoc/>
    public void Update(RolloutBuffer rollout, double progress, RandomGenerator random, Action<string, double> report)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        ArgumentNullException.ThrowIfNull(report);
        double explained = _evaluation.EstimateAdvantages(rollout, _options.Gamma, _options.GaeLambda);
        if (_options.NormalizeAdvantages) Returns.Standardize(rollout.Advantages.Floats);
        double learningRate = _options.LearningRate.At(progress);
        _step.Run(learningRate);
        _step.Figures.Report(report);
        report("explained_variance", explained);
        report("gradient_norm", _step.GradientNorm);
        report("learning_rate", learningRate);
    }

    /// <summary>Releases sessions and memory; the parameters stay the caller's.</summary>
    public void Dispose()
    {
        _step.Dispose();
        _evaluation.Dispose();
    }
}
