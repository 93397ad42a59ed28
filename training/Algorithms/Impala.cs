using System;
using System.Collections.Generic;
using System.Numerics.Tensors;
using Pipeline.Contracts;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Objectives;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// The learner of IMPALA (Espeholt et al., arXiv:1802.01561): one step of an actor-critic on trajectories that actors collected with older parameters, allowed
/// for by V-trace. Departures from the paper: means instead of sums over the steps, actor and critic share no layer, the value of what a trajectory ends
/// with is taken with the state that the actor had there, and how old the parameters of a trajectory are is an option instead of chance, so that a run repeats.
/// </summary>
public sealed class Impala : IOnPolicyAlgorithm
{
    private readonly ImpalaOptions _options;
    private readonly StateVector _parameters;
    private readonly RolloutEvaluation _evaluation;
    private readonly LearningStep _step;
    private readonly float[] _logRatios;

    private Impala(OnPolicyContext context, ImpalaOptions options)
    {
        _options = options;
        _parameters = context.Parameters;
        BehaviourLogProbabilities = new float[context.Rollout.Rows];
        _logRatios = new float[context.Rollout.Rows];
        _evaluation = new RolloutEvaluation(context.Device, context.Model, context.Parameters, context.Statistics, context.Rollout, keepsDistribution: false, unrolls: true);
        _step = new LearningStep(
            context.Device, "impala", context.Model.Parameters, context.Parameters, options.Rule, options.MaxGradientNorm,
            (build, scope, figures) => ActorCriticLoss.Declare(context, options, build, scope, figures));
    }

    /// <summary>ln μ(a|s) of the policy that acted, [T·N]: fill before an update.</summary>
    public float[] BehaviourLogProbabilities { get; }

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
    public static Impala Create(OnPolicyContext context, ImpalaOptions options)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(options);
        return new Impala(context, options);
    }

    /// <inheritdoc/>
    public void Update(RolloutBuffer rollout, double progress, RandomGenerator random, Action<string, double> report)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        ArgumentNullException.ThrowIfNull(report);
        _evaluation.Run(rollout);
        TensorPrimitives.Subtract(rollout.LogProbabilities.Floats, BehaviourLogProbabilities, _logRatios);

        // KL(μ ‖ π) by the estimator that the figure approx_kl always is: mean((w − 1) − ln w).
        double divergence = 0;
        foreach (float logRatio in _logRatios) divergence += Math.Exp(logRatio) - 1 - logRatio;
        if (_options.Correction == OffPolicyCorrection.None) Array.Clear(_logRatios);
        VTrace.Estimate(
            rollout.Rewards, rollout.Values.Floats, rollout.NextValues, rollout.Terminated, rollout.Truncated, _logRatios, _options.Gamma, _options.GaeLambda,
            _options.RhoClip, _options.TraceClip, rollout.EnvironmentCount, rollout.ValueTargets.Floats, rollout.Advantages.Floats);
        double explained = Returns.ExplainedVariance(rollout.Values.Floats, rollout.ValueTargets.Floats), learningRate = _options.LearningRate.At(progress);
        _step.Run(learningRate);
        _step.Figures.Report(report);
        report("approx_kl", divergence / rollout.Rows);
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
