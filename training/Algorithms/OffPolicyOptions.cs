using System.Collections.Generic;
using System.ComponentModel;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Networks;
using Pipeline.Training.Optimizers;
using Pipeline.Training.Replay;

namespace Pipeline.Training.Algorithms;

/// <summary>Options of every algorithm that learns from replayed experience.</summary>
public abstract record OffPolicyOptions : IAlgorithmOptions
{
    /// <inheritdoc/>
    [Description("Environment steps to train for, summed over all environments.")]
    public long TotalSteps { get; init; } = 100_000;

    /// <inheritdoc/>
    [Description("Number of environments stepped together (N).")]
    public int EnvironmentCount { get; init; } = 1;

    /// <summary>Capacity of the replay.</summary>
    [Description("Transitions that are kept for replay; the oldest makes room.")]
    public long BufferSize { get; init; } = 1_000_000;

    /// <summary>Capacity in bytes; null for as many transitions as asked for.</summary>
    [Description("Bytes that the replay may take, where that is less than buffer_size needs; none for no such limit.")]
    public long? BufferBytes { get; init; }

    /// <summary>Rows of an update.</summary>
    [Description("Transitions of one update.")]
    public int BatchSize { get; init; } = 256;

    /// <summary>Steps before the first update.</summary>
    [Description("Environment steps, taken with random actions, before the first update.")]
    public long LearningStarts { get; init; } = 1000;

    /// <summary>Steps between rounds of updates.</summary>
    [Description("Environment steps between two rounds of updates; a multiple of environment_count.")]
    public int TrainEvery { get; init; } = 1;

    /// <summary>Updates of a round.</summary>
    [Description("Updates of one round.")]
    public int GradientSteps { get; init; } = 1;

    /// <summary>α of Adam.</summary>
    [Description("Learning rate of Adam; lin_0.001 falls linearly to 0.")]
    public Schedule LearningRate { get; init; } = 3e-4;

    /// <summary>γ</summary>
    [Description("Discount of future rewards (γ).")]
    public double Gamma { get; init; } = 0.99;

    /// <summary>n of n-step returns.</summary>
    [Description("Steps whose rewards are summed before bootstrapping (n-step returns).")]
    public int NStep { get; init; } = 1;

    /// <summary>Where relabelled goals come from; null for no relabelling.</summary>
    [Description("Hindsight experience replay on environments with goals: none, or where relabelled goals come from: final, future, episode or random.")]
    public HindsightStrategy? Hindsight { get; init; }

    /// <summary>k of hindsight.</summary>
    [Description("Relabelled goals for each original one (k of hindsight).")]
    public int HindsightGoals { get; init; } = 4;

    /// <summary>How observations are kept.</summary>
    [Description("How observations are kept for replay: auto (images and bits as bytes), float or byte.")]
    public ObservationStorage ObservationStorage { get; init; } = ObservationStorage.Auto;

    /// <summary>Whether checkpoints hold the replay.</summary>
    [Description("Save the replay with each checkpoint, so that a resumed run equals the unbroken one; otherwise it is filled anew.")]
    public bool SaveReplay { get; init; } = true;

    /// <summary>Clipping of the gradient.</summary>
    [Description("Largest global norm of the gradient; none for no clipping.")]
    public double? MaxGradientNorm { get; init; }

    /// <summary>Normalisation of observations.</summary>
    [Description("Normalise observations by their running mean and variance, inside the exported policy too.")]
    public bool NormalizeObservations { get; init; }

    /// <summary>Hidden layers.</summary>
    [Description("Width of each hidden layer of every network, such as 256,256.")]
    public int[] HiddenSizes { get; init; } = [256, 256];

    /// <summary>Nonlinearity.</summary>
    [Description("Nonlinearity of the hidden layers: tanh, relu, elu, silu or gelu.")]
    public Activation Activation { get; init; } = Activation.Relu;

    /// <summary>ε of Adam.</summary>
    [Description("Epsilon of Adam.")]
    public double AdamEpsilon { get; init; } = 1e-8;

    /// <inheritdoc/>
    public virtual IEnumerable<string> Validate(Space observationSpace, Space actionSpace)
    {
        if (LearningStarts < 0) yield return $"learning_starts is {LearningStarts}. It is at least 0.";
        if (EnvironmentCount >= 1 && TrainEvery % EnvironmentCount != 0)
            yield return $"train_every {TrainEvery} is no multiple of environment_count {EnvironmentCount}. Use {EnvironmentCount * ((TrainEvery / EnvironmentCount) + 1)}, say.";
        string[] others =
        [
            .. OptionChecks.AtLeastOne(("total_steps", TotalSteps), ("train_every", TrainEvery), ("gradient_steps", GradientSteps)),
            .. Replay.Problems(observationSpace, actionSpace, EnvironmentCount),
            .. OptionChecks.AboveZero(("learning_rate", LearningRate.Initial), ("max_gradient_norm", MaxGradientNorm), ("adam_epsilon", AdamEpsilon)),
            .. OptionChecks.AtLeastZero(("learning_rate's end", LearningRate.Final)),
            .. OptionChecks.Widths(HiddenSizes),
        ];
        foreach (string problem in others) yield return problem;
    }

    /// <summary>How transitions are kept and replayed.</summary>
    internal ReplaySettings Replay => new()
    {
        Capacity = BufferSize,
        CapacityBytes = BufferBytes,
        BatchSize = BatchSize,
        NStep = NStep,
        Gamma = Gamma,
        Priority = Priority,
        Hindsight = Hindsight is HindsightStrategy strategy ? new HindsightSettings(strategy, HindsightGoals) : null,
        Storage = ObservationStorage,
    };

    /// <summary>How transitions are replayed by priority; null where they are replayed uniformly.</summary>
    internal virtual PrioritySettings? Priority => null;
}
