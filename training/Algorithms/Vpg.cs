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
/// The policy gradient (Sutton et al., 2000): one step of the policy along mean(∇ln π(a|s)·Ψ) for each rollout, then several of the value function
/// towards the returns. Ψ is the reward to go (Williams, 1992, with causality) or the generalised advantage over V (arXiv:1506.02438).
/// The rest of an episode that a time limit or the rollout's end cuts off counts as V of the observation it led to, for the reward to go too.
/// Departures, all usual: the weights are standardised, both steps are Adam's, and the discount is not applied to the states' weights.
/// </summary>
public sealed class Vpg : IOnPolicyAlgorithm
{
    private readonly VpgOptions _options;
    private readonly StateVector _parameters;
    private readonly RolloutEvaluation _evaluation;
    private readonly LearningStep _policy;
    private readonly LearningStep _value;

    private Vpg(OnPolicyContext context, VpgOptions options)
    {
        _options = options;
        _parameters = context.Parameters;
        var adam = new Adam(Epsilon: options.AdamEpsilon);
        _evaluation = new RolloutEvaluation(context.Device, context.Model, context.Parameters, context.Statistics, context.Rollout, keepsDistribution: false);
        LearningStep Step(string name, string network, LearningStep.LossBuilder loss) =>
            new(context.Device, name, context.Model.Parameters.Of(network), context.Parameters, adam, options.MaxGradientNorm, loss);
        _policy = Step("policy", "actor", (build, scope, figures) => PolicyLoss(context, build, scope, figures));
        _value = Step("value", "critic", (build, scope, figures) => ValueLoss(context, build, scope, figures));
    }

    /// <inheritdoc/>
    public long Updates => _policy.Steps;

    /// <inheritdoc/>
    public IReadOnlyList<KeyValuePair<string, StateVector>> State => [KeyValuePair.Create(_parameters.Name, _parameters), .. _policy.State, .. _value.State];

    /// <inheritdoc/>
    public double[] Counters
    {
        get => [_policy.Steps, _value.Steps];
        set => (_policy.Steps, _value.Steps) = ((long)value[0], (long)value[1]);
    }

    internal LearningStep PolicyStep => _policy;

    internal LearningStep ValueStep => _value;

    /// <summary>Compiles the update.</summary>
    /// <param name="context">Networks and memory.</param>
    /// <param name="options">The options, valid.</param>
    public static Vpg Create(OnPolicyContext context, VpgOptions options)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(options);
        return new Vpg(context, options);
    }

    /// <inheritdoc/>
    public void Update(RolloutBuffer rollout, double progress, RandomGenerator random, Action<string, double> report)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        ArgumentNullException.ThrowIfNull(report);
        bool toGo = _options.Weight == VpgWeight.RewardToGo;

        // With λ = 1 the return is the reward to go.
        double explained = _evaluation.EstimateAdvantages(rollout, _options.Gamma, toGo ? 1 : _options.GaeLambda);
        if (toGo) rollout.ValueTargets.Floats.CopyTo(rollout.Advantages.Floats);
        if (_options.NormalizeAdvantages) Returns.Standardize(rollout.Advantages.Floats);

        double learningRate = _options.LearningRate.At(progress), valueRate = _options.ValueLearningRate.At(progress);
        _policy.Run(learningRate);
        for (int i = 0; i < _options.ValueSteps; i++) _value.Run(valueRate);

        _policy.Figures.Report(report);
        _value.Figures.Report(report);
        report("explained_variance", explained);
        report("gradient_norm", _policy.GradientNorm);
        report("learning_rate", learningRate);
    }

    /// <summary>Releases sessions and memory; the parameters stay the caller's.</summary>
    public void Dispose()
    {
        _policy.Dispose();
        _value.Dispose();
        _evaluation.Dispose();
    }

    /// <summary>L = −mean(ln π(a|s) · Ψ), and the policy's mean entropy.</summary>
    internal static (Tensor Loss, Tensor Entropy) PolicyLoss(ActorCritic model, ParameterScope scope, Tensor encoded, Tensor? mask, Tensor action, Tensor weight)
    {
        IDistribution policy = model.Distribution(scope, model.PolicyOutputs(scope, encoded), mask);
        return (PolicyLosses.LogLikelihood(policy.LogProbability(action), weight), Op.Mean(policy.Entropy));
    }

    private static Tensor PolicyLoss(OnPolicyContext context, FunctionBuilder build, ParameterScope scope, FigureSet figures)
    {
        RolloutBuffer rollout = context.Rollout;
        Tensor encoded = Encode(context, build);
        Tensor? mask = rollout.Masks is null ? null : build.Add("action_mask", rollout.Masks);
        (Tensor loss, Tensor entropy) = PolicyLoss(
            context.Model, scope, encoded, mask, build.Add("action", rollout.Actions), build.Add("weight", rollout.Advantages));
        figures.Add(build, "policy_loss", loss);
        figures.Add(build, "entropy", entropy);
        return loss;
    }

    private static Tensor ValueLoss(OnPolicyContext context, FunctionBuilder build, ParameterScope scope, FigureSet figures)
    {
        Tensor loss = ValueLosses.SquaredError(context.Model.Value(scope, Encode(context, build)), build.Add("value_target", context.Rollout.ValueTargets));
        figures.Add(build, "value_loss", loss);
        return loss;
    }

    private static Tensor Encode(OnPolicyContext context, FunctionBuilder build)
    {
        Tensor observation = build.Add("observation", context.Rollout.Observations);
        build.AddStatistics(context.Model.Encoder, context.Statistics);
        return context.Model.Encoder.Encode(observation);
    }
}
