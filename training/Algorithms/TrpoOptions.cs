using System.Collections.Generic;
using System.ComponentModel;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Optimizers;

namespace Pipeline.Training.Algorithms;

/// <summary>How the surrogate is estimated (arXiv:1502.05477, section 5).</summary>
public enum TrpoSampling
{
    /// <summary>By the actions that were taken and generalised advantages.</summary>
    SinglePath,

    /// <summary>By several actions in each of some states, each followed by a short rollout.</summary>
    Vine,
}

/// <summary>Options of <see cref="Trpo"/>. The defaults are those of Stable-Baselines3 (contrib), with two environments.</summary>
public sealed record TrpoOptions : OnPolicyOptions
{
    /// <summary>Makes the defaults.</summary>
    public TrpoOptions()
    {
        EnvironmentCount = 2;
        RolloutLength = 1024;
        MaxGradientNorm = null;
    }

    /// <summary>Rows of a gradient step of the critic.</summary>
    [ListedAfter(nameof(RolloutLength))]
    [Description("Rows of one gradient step of the critic; divides rollout_length × environment_count.")]
    public int MinibatchSize { get; init; } = 128;

    /// <summary>Passes of the critic.</summary>
    [Description("Passes of the critic over each rollout.")]
    public int CriticEpochs { get; init; } = 10;

    /// <summary>α of Adam.</summary>
    [Description("Learning rate of the critic's Adam; lin_0.001 falls linearly to 0.")]
    public Schedule LearningRate { get; init; } = 1e-3;

    /// <summary>δ</summary>
    [ListedAfter(nameof(GaeLambda))]
    [Description("Largest mean KL divergence of the new policy from the old one in a step (δ).")]
    public double TargetKl { get; init; } = 0.01;

    /// <summary>Steps of the linear solver.</summary>
    [Description("Most steps of conjugate gradients towards the natural gradient.")]
    public int ConjugateGradientSteps { get; init; } = 15;

    /// <summary>Damping.</summary>
    [Description("What is added to the diagonal of the Fisher information.")]
    public double Damping { get; init; } = 0.1;

    /// <summary>Tries of the line search.</summary>
    [Description("Most tries of the line search; after that the policy stays as it was.")]
    public int LineSearchSteps { get; init; } = 10;

    /// <summary>Factor of the line search.</summary>
    [Description("What the step is multiplied by after each try that does not help; above 0 and below 1.")]
    public double LineSearchShrink { get; init; } = 0.8;

    /// <summary>Single path or vine.</summary>
    [Description("single_path or vine: several actions tried in each of some states, in environments that can be saved; all steps count.")]
    public TrpoSampling Sampling { get; init; } = TrpoSampling.SinglePath;

    /// <summary>S</summary>
    [Description("For sampling=vine: steps of a rollout, evenly spread, whose states are branched from in every environment; at most rollout_length.")]
    public int VineStates { get; init; } = 16;

    /// <summary>K</summary>
    [Description("For sampling=vine: actions tried in a state; of one choice every action once where there are no more.")]
    public int VineActions { get; init; } = 4;

    /// <summary>L</summary>
    [Description("For sampling=vine: steps of the rollout that an action begins.")]
    public int VineLength { get; init; } = 16;

    /// <inheritdoc/>
    public bool ReturnsToStates => Sampling == TrpoSampling.Vine;

    /// <summary>Standardisation of advantages.</summary>
    [ListedAfter(nameof(MaxGradientNorm))]
    [Description("Standardise the advantages of each rollout.")]
    public bool NormalizeAdvantages { get; init; } = true;

    /// <summary>ε of Adam.</summary>
    [ListedAfter(nameof(InitialLogStd))]
    [Description("Epsilon of the critic's Adam.")]
    public double AdamEpsilon { get; init; } = 1e-5;

    /// <inheritdoc/>
    public override IEnumerable<string> Validate(Space observationSpace, Space actionSpace)
    {
        if (!(LineSearchShrink > 0 && LineSearchShrink < 1)) yield return $"line_search_shrink is {LineSearchShrink}. It is above 0 and below 1.";
        if (ReturnsToStates && VineStates > RolloutLength) yield return $"vine_states is {VineStates}, more than the {RolloutLength} steps of rollout_length. Lower the former.";
        if (ReturnsToStates && VineActions == 1) yield return "vine_actions is 1, which leaves nothing to compare. Use at least 2.";
        string[] others =
        [
            .. base.Validate(observationSpace, actionSpace),
            .. OptionChecks.Minibatches(MinibatchSize, RolloutLength, EnvironmentCount),
            .. OptionChecks.AtLeastOne(
                ("minibatch_size", MinibatchSize), ("critic_epochs", CriticEpochs), ("conjugate_gradient_steps", ConjugateGradientSteps), ("line_search_steps", LineSearchSteps),
                ("vine_states", VineStates), ("vine_actions", VineActions), ("vine_length", VineLength)),
            .. OptionChecks.AboveZero(("learning_rate", LearningRate.Initial), ("target_kl", TargetKl), ("adam_epsilon", AdamEpsilon)),
            .. OptionChecks.AtLeastZero(("learning_rate's end", LearningRate.Final), ("damping", Damping)),
        ];
        foreach (string problem in others) yield return problem;
    }
}
