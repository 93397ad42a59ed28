using System;
using System.Collections.Generic;
using System.ComponentModel;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Networks;
using Pipeline.Training.Objectives;

namespace Pipeline.Training.Algorithms;

/// <summary>Options of <see cref="Iqn"/>.</summary>
public sealed record IqnOptions : QLearningOptions
{
    /// <summary>N</summary>
    [Description("Fractions of the return that are drawn for each transition to be fitted (N).")]
    public int Fractions { get; init; } = 64;

    /// <summary>N′</summary>
    [Description("Fractions of the next state's return that are drawn for each transition as targets (N').")]
    public int TargetFractions { get; init; } = 64;

    /// <summary>K</summary>
    [Description("Fractions that an action's value is the mean over (K).")]
    public int PolicyFractions { get; init; } = 32;

    /// <summary>β</summary>
    [Description("What actions are chosen by: neutral (the mean return), or with risk: cpw, wang, pow or cvar, as much as risk_eta says.")]
    public RiskKind Risk { get; init; } = RiskKind.Neutral;

    /// <summary>η of β.</summary>
    [Description("How much risk counts (η): cpw above 0, such as 0.71; wang and pow below 0 to avoid risk, above 0 to seek it; cvar the worst share, 0 to 1. Not read for risk=neutral.")]
    public double RiskEta { get; init; }

    /// <summary>κ of the quantile Huber loss.</summary>
    [Description("Error above which the loss grows linearly instead of quadratically (Huber's κ).")]
    public double HuberThreshold { get; init; } = 1;

    /// <inheritdoc/>
    public override IEnumerable<string> Validate(Space observationSpace, Space actionSpace)
    {
        ArgumentNullException.ThrowIfNull(observationSpace);
        string[] others =
        [
            .. base.Validate(observationSpace, actionSpace),
            .. OptionChecks.AtLeastOne(("fractions", Fractions), ("target_fractions", TargetFractions), ("policy_fractions", PolicyFractions)),
            .. OptionChecks.AboveZero(("huber_threshold", HuberThreshold)),
        ];
        foreach (string problem in others) yield return problem;
        if (RiskProblem() is string risk) yield return risk;
        if (HiddenSizes.Length == 0 && !(ConvolutionalTorso.Reads(observationSpace) && Channels.Length > 0))
            yield return "hidden_sizes is empty. An implicit quantile network joins fractions to a hidden layer: give at least one width, or observe images.";
    }

    private string? RiskProblem()
    {
        try
        {
            _ = new RiskDistortion(Risk, RiskEta);
            return null;
        }
        catch (ArgumentOutOfRangeException e)
        {
            return $"risk_eta is {RiskEta}. {e.Message.Split(Environment.NewLine)[0]}";
        }
    }
}
