using System;
using System.Collections.Generic;
using System.ComponentModel;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>Where the temperature comes from.</summary>
public enum TemperatureRule
{
    /// <summary>Learned, so that the policy's entropy stays near a target (arXiv:1812.05905, section 5).</summary>
    Learned,

    /// <summary>A number that stays.</summary>
    Fixed,
}

/// <summary>How the noise of real-valued actions hangs together while experience is collected.</summary>
public enum SacNoise
{
    /// <summary>Each step has its own.</summary>
    Independent,

    /// <summary>
    /// That of a step is near the one before within an episode, each of them standard normal (<see cref="NoiseCorrelation.Stationary"/>): it explores
    /// where only a long push in one direction leads anywhere.
    /// </summary>
    Correlated,
}

/// <summary>Options of <see cref="Sac"/>, for real-valued and for discrete actions. The defaults are those of the paper.</summary>
public sealed record SacOptions : OffPolicyOptions
{
    /// <summary>The target entropy of choices as a share of ln n, where none is given.</summary>
    internal const double EntropyShare = 0.3;

    /// <summary>Where α comes from.</summary>
    [Description("Temperature: learned (so that the policy's entropy stays near target_entropy) or fixed.")]
    public TemperatureRule TemperatureRule { get; init; } = TemperatureRule.Learned;

    /// <summary>α at the start, or for good.</summary>
    [Description("The temperature (α), for temperature_rule=learned at the start: what a nat of entropy is worth in reward.")]
    public double Temperature { get; init; } = 1;

    /// <summary>H̄</summary>
    [Description("Entropy in nats that a learned temperature aims at; none for -A with actions of A numbers, 0.3·ln n with n choices.")]
    public double? TargetEntropy { get; init; }

    /// <summary>τ</summary>
    [Description("Weight of the learning critics in the target critics' averages (τ).")]
    public double Tau { get; init; } = 0.005;

    /// <summary>Correlation of noise.</summary>
    [Description("Noise of real-valued actions while experience is collected: independent or correlated over the steps of an episode.")]
    public SacNoise Noise { get; init; } = SacNoise.Independent;

    /// <summary>θ of correlated noise.</summary>
    [Description("Share of correlated noise that is new in each step (θ): neighbours have correlation 1 - θ.")]
    public double NoiseTheta { get; init; } = 0.15;

    /// <summary>Convolutional layers.</summary>
    [Description("Channels of the 3×3 convolutions in front, for choices where observations are images, such as 16 or 16,32.")]
    public int[] Channels { get; init; } = [16];

    /// <inheritdoc/>
    public override IEnumerable<string> Validate(Space observationSpace, Space actionSpace)
    {
        string[] others =
        [
            .. base.Validate(observationSpace, actionSpace),
            .. OptionChecks.AboveZero(("temperature", Temperature)),
            .. OptionChecks.AboveZeroToOne(("tau", Tau), ("noise_theta", NoiseTheta)),
            .. OptionChecks.Channels(Channels),
        ];
        foreach (string problem in others) yield return problem;
        if (actionSpace is not (Box { IsBounded: true } or Discrete))
            yield return $"The action space {actionSpace} is neither Discrete nor a Box with finite bounds, which is what sac learns. For others use ppo.";
        if (TargetEntropy is double entropy)
        {
            if (!double.IsFinite(entropy)) yield return $"target_entropy is {entropy}. It is a finite number, or none.";
            else if (actionSpace is Discrete choices && !(entropy >= 0 && entropy < Math.Log(choices.N)))
                yield return $"target_entropy is {entropy}. With {choices.N} choices it is at least 0 and below ln {choices.N} = {Math.Log(choices.N):F3}.";
        }

        if (Noise == SacNoise.Correlated && actionSpace is Discrete) yield return "noise=correlated is for real-valued actions. With choices leave it at independent.";
    }

    /// <summary>H̄ for an action space.</summary>
    internal double TargetEntropyOf(Space actionSpace) =>
        TargetEntropy ?? (actionSpace is Discrete choices ? EntropyShare * Math.Log(choices.N) : -actionSpace.Size);
}
