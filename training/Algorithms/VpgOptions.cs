using System.Collections.Generic;
using System.ComponentModel;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Optimizers;

namespace Pipeline.Training.Algorithms;

/// <summary>What weighs the gradient of ln π(a|s).</summary>
public enum VpgWeight
{
    /// <summary>The discounted rewards from the step on.</summary>
    RewardToGo,

    /// <summary>The generalised advantage over a learned baseline V (Schulman et al., arXiv:1506.02438).</summary>
    Advantage,
}

/// <summary>Options of <see cref="Vpg"/>.</summary>
public sealed record VpgOptions : OnPolicyOptions
{
    /// <summary>α of the policy.</summary>
    [ListedAfter(nameof(RolloutLength))]
    [Description("Learning rate of the policy, by Adam, one step for each rollout; lin_0.001 falls linearly to 0.")]
    public Schedule LearningRate { get; init; } = 1e-2;

    /// <summary>α of the value function.</summary>
    [Description("Learning rate of the value function, by an Adam of its own; lin_0.001 falls linearly to 0.")]
    public Schedule ValueLearningRate { get; init; } = 1e-3;

    /// <summary>Steps of the regression.</summary>
    [Description("Gradient steps of the value function on each rollout.")]
    public int ValueSteps { get; init; } = 40;

    /// <summary>What weighs the gradient of ln π(a|s).</summary>
    [ListedAfter(nameof(GaeLambda))]
    [Description("What weighs the policy's gradient: reward_to_go, or advantage (over the learned value function, by gae_lambda).")]
    public VpgWeight Weight { get; init; } = VpgWeight.Advantage;

    /// <summary>Standardisation of the weights.</summary>
    [ListedAfter(nameof(MaxGradientNorm))]
    [Description("Standardise the weights of each rollout.")]
    public bool NormalizeAdvantages { get; init; } = true;

    /// <summary>ε of Adam.</summary>
    [ListedAfter(nameof(InitialLogStd))]
    [Description("Epsilon of Adam.")]
    public double AdamEpsilon { get; init; } = 1e-8;

    /// <inheritdoc/>
    public override IEnumerable<string> Validate(Space observationSpace, Space actionSpace)
    {
        if (NormalizeAdvantages && RolloutLength == 1 && EnvironmentCount == 1)
            yield return "rollout_length 1 × environment_count 1 leaves nothing to standardise. Use at least 2 rows, or normalize_advantages=false.";
        string[] others =
        [
            .. base.Validate(observationSpace, actionSpace),
            .. OptionChecks.AtLeastOne(("value_steps", ValueSteps)),
            .. OptionChecks.AboveZero(
                ("learning_rate", LearningRate.Initial), ("value_learning_rate", ValueLearningRate.Initial), ("adam_epsilon", AdamEpsilon)),
            .. OptionChecks.AtLeastZero(("learning_rate's end", LearningRate.Final), ("value_learning_rate's end", ValueLearningRate.Final)),
        ];
        foreach (string problem in others) yield return problem;
    }
}
