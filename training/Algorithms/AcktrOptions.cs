using System.Collections.Generic;
using System.ComponentModel;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Optimizers;

namespace Pipeline.Training.Algorithms;

/// <summary>Options of <see cref="Acktr"/>. The defaults are those of OpenAI's baselines where these have the option.</summary>
public sealed record AcktrOptions : OnPolicyOptions
{
    /// <summary>Makes the defaults.</summary>
    public AcktrOptions()
    {
        RolloutLength = 20;
        EnvironmentCount = 32;
        GaeLambda = 1;
        MaxGradientNorm = null;
    }

    /// <summary>η_max of the policy.</summary>
    [ListedAfter(nameof(RolloutLength))]
    [Description("Longest step of the policy as a share of its natural gradient; lin_0.25 falls linearly to 0.")]
    public Schedule LearningRate { get; init; } = Schedule.Linear(0.25);

    /// <summary>η_max of the value function.</summary>
    [Description("Longest step of the value function as a share of its natural gradient: 1 goes to the minimum of the quadratic model.")]
    public Schedule ValueLearningRate { get; init; } = Schedule.Linear(0.25);

    /// <summary>Steps of the value function.</summary>
    [Description("Steps of the value function for each rollout.")]
    public int ValueSteps { get; init; } = 1;

    /// <summary>Weight of the entropy.</summary>
    [ListedAfter(nameof(GaeLambda))]
    [Description("Weight of the entropy bonus.")]
    public double EntropyCoefficient { get; init; } = 0.01;

    /// <summary>δ of the policy.</summary>
    [Description("Largest divergence of the new policy from the old one that the quadratic model predicts for a step (δ).")]
    public double TargetKl { get; init; } = 0.001;

    /// <summary>δ of the value function.</summary>
    [Description("The same of the value function, as the mean of a normal distribution of variance 1: half the mean square of the change.")]
    public double ValueTargetKl { get; init; } = 0.001;

    /// <summary>Adaption of the policy's steps.</summary>
    [Description("Divergence that the policy's steps are to have, measured after each: over twice as much divides learning_rate by 1.5, below half multiplies it; none leaves it as it is.")]
    public Schedule? DesiredKl { get; init; }

    /// <summary>μ</summary>
    [Description("Share of the last step that the next one keeps.")]
    public double Momentum { get; init; } = 0.9;

    /// <summary>Damping.</summary>
    [Description("What is added to the diagonal of the curvature.")]
    public double Damping { get; init; } = 0.01;

    /// <summary>Decay of the factors.</summary>
    [Description("Share of the old mean that the curvature's factors keep at a step.")]
    public double FactorDecay { get; init; } = 0.99;

    /// <summary>How often the factors are taken apart.</summary>
    [Description("Steps from one eigendecomposition of the factors to the next.")]
    public int EigenInterval { get; init; } = 2;

    /// <summary>Standardisation of advantages.</summary>
    [ListedAfter(nameof(MaxGradientNorm))]
    [Description("Standardise the advantages of each rollout.")]
    public bool NormalizeAdvantages { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<string> Validate(Space observationSpace, Space actionSpace)
    {
        if (!(Momentum is >= 0 and < 1)) yield return $"momentum is {Momentum}. It is at least 0 and below 1.";
        if (!(FactorDecay is >= 0 and < 1)) yield return $"factor_decay is {FactorDecay}. It is at least 0 and below 1.";
        if (NormalizeAdvantages && RolloutLength == 1 && EnvironmentCount == 1)
            yield return "rollout_length 1 × environment_count 1 leaves nothing to standardise. Use at least 2 rows, or normalize_advantages=false.";
        string[] others =
        [
            .. base.Validate(observationSpace, actionSpace),
            .. OptionChecks.AtLeastOne(("value_steps", ValueSteps), ("eigen_interval", EigenInterval)),
            .. OptionChecks.AboveZero(
                ("learning_rate", LearningRate.Initial), ("value_learning_rate", ValueLearningRate.Initial), ("target_kl", TargetKl),
                ("desired_kl", DesiredKl?.Initial), ("value_target_kl", ValueTargetKl), ("damping", Damping)),
            .. OptionChecks.AtLeastZero(
                ("learning_rate's end", LearningRate.Final), ("value_learning_rate's end", ValueLearningRate.Final),
                ("desired_kl's end", DesiredKl?.Final ?? 0), ("entropy_coefficient", EntropyCoefficient)),
        ];
        foreach (string problem in others) yield return problem;
    }
}
