using System;
using System.Collections.Generic;
using System.ComponentModel;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Networks;

namespace Pipeline.Training.Algorithms;

/// <summary>Options of every algorithm that learns from rollouts of its present policy.</summary>
public abstract record OnPolicyOptions : IAlgorithmOptions
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

    /// <summary>γ</summary>
    [Description("Discount of future rewards (γ).")]
    public double Gamma { get; init; } = 0.99;

    /// <summary>λ</summary>
    [Description("Weight of longer returns in the advantage estimate (λ).")]
    public double GaeLambda { get; init; } = 0.95;

    /// <summary>Clipping of the gradient.</summary>
    [Description("Largest global norm of the gradient; none for no clipping.")]
    public double? MaxGradientNorm { get; init; } = 0.5;

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

    /// <inheritdoc/>
    public virtual bool ReturnsToStates => false;

    /// <inheritdoc/>
    public virtual IEnumerable<string> Validate(Space observationSpace, Space actionSpace)
    {
        ArgumentNullException.ThrowIfNull(observationSpace);
        ArgumentNullException.ThrowIfNull(actionSpace);
        int floats = RowFloats(observationSpace, actionSpace);
        if (EnvironmentCount >= 1 && RolloutLength >= 1 && (double)RolloutLength * EnvironmentCount * floats > int.MaxValue)
            yield return $"rollout_length {RolloutLength} × environment_count {EnvironmentCount} is more than a rollout can hold: at most {int.MaxValue / floats} rows for these spaces. Lower one of the two.";
        if (!double.IsFinite(InitialLogStd)) yield return $"initial_log_std is {InitialLogStd}. It is a finite number.";
        string[] others =
        [
            .. OptionChecks.AtLeastOne(("total_steps", TotalSteps), ("environment_count", EnvironmentCount), ("rollout_length", RolloutLength)),
            .. OptionChecks.ZeroToOne(("gamma", Gamma), ("gae_lambda", GaeLambda)),
            .. OptionChecks.AboveZero(("max_gradient_norm", MaxGradientNorm)),
            .. OptionChecks.Widths(HiddenSizes),
        ];
        foreach (string problem in others) yield return problem;
    }

    // The widest of what a rollout keeps for each row.
    private static int RowFloats(Space observationSpace, Space actionSpace) => Math.Max(Math.Max(observationSpace.Size, actionSpace.Size), actionSpace.MaskSize);
}
