using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Linq;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Networks;
using Pipeline.Training.Optimizers;

namespace Pipeline.Training.Algorithms;

/// <summary>Which of the two objectives of arXiv:1707.06347 is maximised.</summary>
public enum PpoObjective
{
    /// <summary>The clipped surrogate (section 3).</summary>
    Clip,

    /// <summary>The surrogate less an adaptive penalty on KL(π_old ‖ π) (section 4).</summary>
    KlPenalty,
}

/// <summary>Options of <see cref="Ppo"/>. The defaults are Stable-Baselines3's, with eight environments.</summary>
public sealed record PpoOptions : IAlgorithmOptions
{
    /// <inheritdoc/>
    [Description("Environment steps to train for, summed over all environments.")]
    public long TotalSteps { get; init; } = 1_000_000;

    /// <inheritdoc/>
    [Description("Number of environments stepped together (N).")]
    public int EnvironmentCount { get; init; } = 8;

    /// <summary>T.</summary>
    [Description("Steps of each environment in a rollout (T).")]
    public int RolloutLength { get; init; } = 256;

    /// <summary>Rows of a gradient step.</summary>
    [Description("Rows of one gradient step; divides rollout_length × environment_count.")]
    public int MinibatchSize { get; init; } = 64;

    /// <summary>Passes over each rollout.</summary>
    [Description("Passes over each rollout.")]
    public int UpdateEpochs { get; init; } = 10;

    /// <summary>α of Adam.</summary>
    [Description("Learning rate of Adam; lin_0.001 falls linearly to 0.")]
    public Schedule LearningRate { get; init; } = 3e-4;

    /// <summary>γ</summary>
    [Description("Discount of future rewards (γ).")]
    public double Gamma { get; init; } = 0.99;

    /// <summary>λ</summary>
    [Description("Weight of longer returns in the advantage estimate (λ).")]
    public double GaeLambda { get; init; } = 0.95;

    /// <summary>Which objective.</summary>
    [Description("clip or kl_penalty.")]
    public PpoObjective Objective { get; init; } = PpoObjective.Clip;

    /// <summary>ε of the clipped objective.</summary>
    [Description("Clip range of the probability ratio (ε); lin_0.2 falls linearly to 0.")]
    public Schedule ClipRange { get; init; } = 0.2;

    /// <summary>β at the start.</summary>
    [Description("Weight of the KL penalty at the start (β), for objective=kl_penalty; it adapts.")]
    public double KlCoefficient { get; init; } = 1;

    /// <summary>d_targ</summary>
    [Description("KL divergence that β is adapted towards, for objective=kl_penalty.")]
    public double KlTarget { get; init; } = 0.01;

    /// <summary>Clip range of the value function; null for none.</summary>
    [Description("Clip range of the value function around its old values; none for no clipping.")]
    public double? ValueClipRange { get; init; }

    /// <summary>Early stop.</summary>
    [Description("Stops a rollout's remaining passes once approx_kl exceeds 1.5 times this; none for never.")]
    public double? TargetKl { get; init; }

    /// <summary>Weight of the entropy.</summary>
    [Description("Weight of the entropy bonus.")]
    public double EntropyCoefficient { get; init; }

    /// <summary>Weight of the value loss.</summary>
    [Description("Weight of the value loss.")]
    public double ValueCoefficient { get; init; } = 0.5;

    /// <summary>Clipping of the gradient.</summary>
    [Description("Largest global norm of the gradient; none for no clipping.")]
    public double? MaxGradientNorm { get; init; } = 0.5;

    /// <summary>Standardisation of advantages.</summary>
    [Description("Standardise the advantages of each minibatch.")]
    public bool NormalizeAdvantages { get; init; } = true;

    /// <summary>Normalisation of observations.</summary>
    [Description("Normalise observations by their running mean and variance, inside the exported policy too.")]
    public bool NormalizeObservations { get; init; }

    /// <summary>Normalisation of rewards.</summary>
    [Description("Divide rewards by the running standard deviation of the discounted return.")]
    public bool NormalizeRewards { get; init; }

    /// <summary>Masks.</summary>
    [Description("Use the environment's action masks where it has them.")]
    public bool UseActionMasks { get; init; } = true;

    /// <summary>Hidden layers.</summary>
    [Description("Width of each hidden layer of actor and critic, such as 64,64.")]
    public int[] HiddenSizes { get; init; } = [64, 64];

    /// <summary>Nonlinearity.</summary>
    [Description("Nonlinearity of the hidden layers: tanh, relu, elu, silu or gelu.")]
    public Activation Activation { get; init; } = Activation.Tanh;

    /// <summary>ln σ at the start.</summary>
    [Description("Logarithm of the action's standard deviation at the start, for real-valued actions.")]
    public double InitialLogStd { get; init; }

    /// <summary>ε of Adam.</summary>
    [Description("Epsilon of Adam.")]
    public double AdamEpsilon { get; init; } = 1e-5;

    /// <inheritdoc/>
    public IEnumerable<string> Validate(Space observationSpace, Space actionSpace)
    {
        if (actionSpace is Dict) yield return $"The action space {actionSpace} cannot be learned by ppo. Allowed are Box, Discrete, MultiDiscrete and MultiBinary.";
        if (EnvironmentCount >= 1 && RolloutLength >= 1 && MinibatchSize >= 1 && RolloutLength * (long)EnvironmentCount % MinibatchSize != 0)
        {
            long rows = RolloutLength * (long)EnvironmentCount;
            long[] divisors = [.. new[] { 32L, 64, 128, 256, 512, rows }.Where(d => rows % d == 0).Distinct().Take(3)];
            yield return $"minibatch_size {MinibatchSize} does not divide rollout_length {RolloutLength} × environment_count {EnvironmentCount} = {rows}. Use a divisor such as {string.Join(" or ", divisors)}.";
        }

        if (EnvironmentCount >= 1 && RolloutLength >= 1 && (double)RolloutLength * EnvironmentCount * RowFloats(observationSpace, actionSpace) > int.MaxValue)
        {
            yield return $"rollout_length {RolloutLength} × environment_count {EnvironmentCount} is more than a rollout can hold: at most {int.MaxValue / RowFloats(observationSpace, actionSpace)} rows for these spaces. Lower one of the two.";
        }

        if (MinibatchSize == 1 && NormalizeAdvantages) yield return "minibatch_size 1 leaves nothing to standardise. Use at least 2, or normalize_advantages=false.";
        if (!double.IsFinite(InitialLogStd)) yield return $"initial_log_std is {InitialLogStd}. It is a finite number.";
        string[] others =
        [
            .. OptionChecks.AtLeastOne(
                ("total_steps", TotalSteps), ("environment_count", EnvironmentCount), ("rollout_length", RolloutLength), ("minibatch_size", MinibatchSize), ("update_epochs", UpdateEpochs)),
            .. OptionChecks.ZeroToOne(("gamma", Gamma), ("gae_lambda", GaeLambda)),
            .. OptionChecks.AboveZero(
                ("learning_rate", LearningRate.Initial), ("clip_range", ClipRange.Initial), ("kl_coefficient", KlCoefficient), ("kl_target", KlTarget),
                ("value_clip_range", ValueClipRange), ("target_kl", TargetKl), ("max_gradient_norm", MaxGradientNorm), ("adam_epsilon", AdamEpsilon)),
            .. OptionChecks.AtLeastZero(
                ("entropy_coefficient", EntropyCoefficient), ("value_coefficient", ValueCoefficient), ("learning_rate's end", LearningRate.Final), ("clip_range's end", ClipRange.Final)),
            .. OptionChecks.Widths(HiddenSizes),
        ];
        foreach (string problem in others) yield return problem;
    }

    // The widest of what a rollout keeps for each row.
    private static int RowFloats(Space observationSpace, Space actionSpace) => Math.Max(Math.Max(observationSpace.Size, actionSpace.Size), actionSpace.MaskSize);
}
