using System.Collections.Generic;
using System.ComponentModel;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Training.Algorithms;

/// <summary>Options of <see cref="Sql"/>, for real-valued and for discrete actions.</summary>
public sealed record SqlOptions : OffPolicyOptions
{
    /// <summary>α</summary>
    [Description("The temperature (α): what a nat of entropy is worth in reward.")]
    public double Temperature { get; init; } = 1;

    /// <summary>τ</summary>
    [Description("Weight of the learning network in the target network's average (τ).")]
    public double Tau { get; init; } = 0.005;

    /// <summary>M of the soft value.</summary>
    [Description("Uniform actions by which the soft value of a state is estimated, for real-valued actions.")]
    public int ValueSamples { get; init; } = 16;

    /// <summary>Particles of the Stein gradient.</summary>
    [Description("Actions of a state by which the sampler is trained, for real-valued actions: as many are moved as they are moved by.")]
    public int Particles { get; init; } = 8;

    /// <summary>K of the exported policy.</summary>
    [Description("Actions of the sampler of which the deterministic action is the best, for real-valued actions.")]
    public int Candidates { get; init; } = 32;

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
            .. OptionChecks.AboveZeroToOne(("tau", Tau)),
            .. OptionChecks.AtLeastOne(("value_samples", ValueSamples), ("particles", Particles), ("candidates", Candidates)),
            .. OptionChecks.Channels(Channels),
        ];
        foreach (string problem in others) yield return problem;
        if (actionSpace is not (Box { IsBounded: true } or Discrete))
            yield return $"The action space {actionSpace} is neither Discrete nor a Box with finite bounds, which is what sql learns. For others use ppo.";
        if (HiddenSizes.Length == 0 && actionSpace is Box) yield return "hidden_sizes is empty. sql's networks over real-valued actions have at least one hidden layer.";
    }
}
