using System.Collections.Generic;
using System.ComponentModel;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Replay;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>Options of <see cref="Acer"/>. The defaults are those of OpenAI's baselines, with eight environments.</summary>
public sealed record AcerOptions : ActorCriticOptions
{
    // A draw from Poisson's distribution begins with e^−mean, which must stay well above the smallest number.
    private const double MostReplays = 100;

    /// <summary>Sets what suits sequences that are replayed.</summary>
    public AcerOptions() =>
        (RolloutLength, SequenceLength, MaxGradientNorm, Optimizer, EntropyCoefficient) = (20, 20, 10, ActorCriticOptimizer.RmsPropTf, 0.01);

    /// <summary>Replayed updates for each rollout.</summary>
    [ListedAfter(nameof(ValueCoefficient))]
    [Description("Mean number of updates from replayed sequences after each rollout; the number is drawn from Poisson's distribution.")]
    public double ReplayRatio { get; init; } = 4;

    /// <summary>Steps kept.</summary>
    [Description("Steps that the replay keeps.")]
    public long BufferSize { get; init; } = 50_000;

    /// <summary>Steps before replay.</summary>
    [Description("Steps that the replay has before sequences of it are learned from.")]
    public long LearningStarts { get; init; } = 10_000;

    /// <summary>How observations are kept.</summary>
    [Description("How observations are kept for replay: auto (images and bits as bytes), float or byte.")]
    public ObservationStorage ObservationStorage { get; init; } = ObservationStorage.Auto;

    /// <summary>Whether checkpoints hold the replay.</summary>
    [Description("Save the replay with each checkpoint, so that a resumed run equals the unbroken one; otherwise it is filled anew.")]
    public bool SaveReplay { get; init; } = true;

    /// <summary>c</summary>
    [Description("Largest importance weight of the policy gradient (c); what it cuts off is made up for by the policy's own actions.")]
    public double ImportanceClip { get; init; } = 10;

    /// <summary>δ</summary>
    [Description("How fast a step may leave the average policy (δ of the trust region); none for no trust region.")]
    public double? TrustRegion { get; init; } = 1;

    /// <summary>1 − α of the paper.</summary>
    [Description("Weight of the learning policy in the average policy (τ).")]
    public double Tau { get; init; } = 0.01;

    /// <summary>n of stochastic dueling.</summary>
    [Description("Actions whose mean advantage a stochastic dueling network subtracts (n), for real-valued actions.")]
    public int DuelingSamples { get; init; } = 5;

    /// <summary>Whether σ learns.</summary>
    [Description("Learn the standard deviation of real-valued actions; otherwise it stays e^initial_log_std, as in the paper.")]
    public bool LearnStd { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<string> Validate(Space observationSpace, Space actionSpace)
    {
        string[] problems =
        [
            .. base.Validate(observationSpace, actionSpace),
            .. OptionChecks.AtLeastOne(("dueling_samples", DuelingSamples)),
            .. OptionChecks.AtLeastZero(("learning_starts", LearningStarts), ("trust_region", TrustRegion ?? 0)),
            .. OptionChecks.AboveZero(("importance_clip", ImportanceClip)),
            .. OptionChecks.AboveZeroToOne(("tau", Tau)),
        ];
        foreach (string problem in problems) yield return problem;
        if (actionSpace is not (Box or Discrete)) yield return $"The action space {actionSpace} is neither Discrete nor a Box, which is what acer learns. For others use ppo.";
        if (!(ReplayRatio is >= 0 and <= MostReplays)) yield return $"replay_ratio is {ReplayRatio}. It is 0 to {MostReplays}.";
        long least = RolloutReplay.LeastCapacity(RolloutLength, EnvironmentCount);
        if (EnvironmentCount >= 1 && RolloutLength >= 1 && BufferSize < least)
            yield return $"buffer_size {BufferSize} is too small for sequences of rollout_length {RolloutLength} from {EnvironmentCount} environments. Make it at least {least}.";
        if (LearningStarts > BufferSize / 2) yield return $"learning_starts {LearningStarts} is more than half of buffer_size {BufferSize}. Lower one or raise the other.";
        if (BufferSize > int.MaxValue / 2) yield return $"buffer_size {BufferSize} is more than a replay can hold: at most {int.MaxValue / 2} steps.";
        if (ObservationStorage != ObservationStorage.Byte) yield break;
        foreach (string problem in RowCodec.ByteProblems(observationSpace)) yield return problem;
    }
}
