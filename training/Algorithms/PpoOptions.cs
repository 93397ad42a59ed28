using System.Collections.Generic;
using System.ComponentModel;
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
public sealed record PpoOptions : RecurrentOptions
{
    /// <summary>Rows of a gradient step.</summary>
    [ListedAfter(nameof(RolloutLength))]
    [Description("Rows of one gradient step; divides rollout_length × environment_count.")]
    public int MinibatchSize { get; init; } = 64;

    /// <summary>Passes over each rollout.</summary>
    [Description("Passes over each rollout.")]
    public int UpdateEpochs { get; init; } = 10;

    /// <summary>α of Adam.</summary>
    [Description("Learning rate of Adam; lin_0.001 falls linearly to 0.")]
    public Schedule LearningRate { get; init; } = 3e-4;

    /// <summary>Which objective.</summary>
    [ListedAfter(nameof(GaeLambda))]
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

    /// <summary>Standardisation of advantages.</summary>
    [ListedAfter(nameof(MaxGradientNorm))]
    [Description("Standardise the advantages of each minibatch.")]
    public bool NormalizeAdvantages { get; init; } = true;

    /// <summary>ε of Adam.</summary>
    [ListedAfter(nameof(InitialLogStd))]
    [Description("Epsilon of Adam.")]
    public double AdamEpsilon { get; init; } = 1e-5;

    /// <inheritdoc/>
    public override IEnumerable<string> Validate(Space observationSpace, Space actionSpace)
    {
        if (Memory != MemoryKind.None && SequenceLength >= 1 && MinibatchSize >= 1 && MinibatchSize % SequenceLength != 0)
            yield return $"minibatch_size {MinibatchSize} holds no whole number of sequences of sequence_length {SequenceLength}. Use a multiple such as {((MinibatchSize / SequenceLength) + 1) * SequenceLength}, or shorter sequences.";

        if (MinibatchSize == 1 && NormalizeAdvantages) yield return "minibatch_size 1 leaves nothing to standardise. Use at least 2, or normalize_advantages=false.";
        string[] others =
        [
            .. base.Validate(observationSpace, actionSpace),
            .. OptionChecks.Minibatches(MinibatchSize, RolloutLength, EnvironmentCount),
            .. OptionChecks.AtLeastOne(("minibatch_size", MinibatchSize), ("update_epochs", UpdateEpochs)),
            .. OptionChecks.AboveZero(
                ("learning_rate", LearningRate.Initial), ("clip_range", ClipRange.Initial), ("kl_coefficient", KlCoefficient), ("kl_target", KlTarget),
                ("value_clip_range", ValueClipRange), ("target_kl", TargetKl), ("adam_epsilon", AdamEpsilon)),
            .. OptionChecks.AtLeastZero(
                ("entropy_coefficient", EntropyCoefficient), ("value_coefficient", ValueCoefficient), ("learning_rate's end", LearningRate.Final), ("clip_range's end", ClipRange.Final)),
        ];
        foreach (string problem in others) yield return problem;
    }
}
