using System.Collections.Generic;
using System.ComponentModel;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Training.Algorithms;

/// <summary>Options of <see cref="SacV1"/>. The defaults are those of the paper.</summary>
public sealed record SacV1Options : OffPolicyOptions
{
    /// <summary>α</summary>
    [Description("The temperature (α): what a nat of entropy is worth in scaled reward.")]
    public double Temperature { get; init; } = 1;

    /// <summary>Factor of rewards.</summary>
    [Description("What rewards are multiplied by before they are learned from.")]
    public double RewardScale { get; init; } = 5;

    /// <summary>τ</summary>
    [Description("Weight of the learning value function in the target value function's average (τ).")]
    public double Tau { get; init; } = 0.005;

    /// <inheritdoc/>
    public override IEnumerable<string> Validate(Space observationSpace, Space actionSpace)
    {
        string[] others =
        [
            .. base.Validate(observationSpace, actionSpace),
            .. OptionChecks.AboveZero(("temperature", Temperature), ("reward_scale", RewardScale)),
            .. OptionChecks.AboveZeroToOne(("tau", Tau)),
        ];
        foreach (string problem in others) yield return problem;
        if (actionSpace is not Box { IsBounded: true })
            yield return $"The action space {actionSpace} is no Box with finite bounds, which is what sac-v1 learns. For Discrete use sac, for others ppo.";
    }
}
