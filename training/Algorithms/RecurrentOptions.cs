using System.Collections.Generic;
using System.ComponentModel;
using System.Linq;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Networks;

namespace Pipeline.Training.Algorithms;

/// <summary>Options of on-policy algorithms whose networks can remember.</summary>
public abstract record RecurrentOptions : OnPolicyOptions
{
    /// <summary>With what actor and critic remember.</summary>
    [Description("Memory between observation and hidden layers: none, lstm or gru.")]
    public MemoryKind Memory { get; init; }

    /// <summary>H</summary>
    [Description("Size of the memory's output (H).")]
    public int MemorySize { get; init; } = 64;

    /// <summary>Whether actor and critic share their memory. Two are the default, as in sb3-contrib: the value's gradient, larger by far, does not crowd the policy's.</summary>
    [Description("Let actor and critic read one memory instead of one each.")]
    public bool SharedMemory { get; init; }

    /// <summary>L, the length of truncated backpropagation through time.</summary>
    [Description("Steps that gradients go back through the memory (L); divides rollout_length, and minibatch_size where there is one.")]
    public int SequenceLength { get; init; } = 32;

    /// <summary>Action of the step before as an input.</summary>
    [Description("Give the memory the action of the step before as an input.")]
    public bool PreviousAction { get; init; }

    /// <summary>Reward of the step before as an input.</summary>
    [Description("Give the memory the reward of the step before as an input; a host then has to give it too.")]
    public bool PreviousReward { get; init; }

    /// <summary>The memory of the networks; null where there is none.</summary>
    internal MemorySettings? Settings => Memory == MemoryKind.None ? null : new MemorySettings(Memory, MemorySize, SharedMemory, PreviousAction, PreviousReward, SequenceLength);

    /// <inheritdoc/>
    public override IEnumerable<string> Validate(Space observationSpace, Space actionSpace)
    {
        foreach (string problem in base.Validate(observationSpace, actionSpace)) yield return problem;
        foreach (string problem in OptionChecks.AtLeastOne(("memory_size", MemorySize), ("sequence_length", SequenceLength))) yield return problem;
        if (Memory != MemoryKind.None && SequenceLength >= 1 && RolloutLength >= 1 && RolloutLength % SequenceLength != 0)
        {
            int nearest = Enumerable.Range(1, SequenceLength).Last(d => RolloutLength % d == 0);
            yield return $"sequence_length {SequenceLength} does not divide rollout_length {RolloutLength}. Use a divisor such as {nearest} or {RolloutLength}.";
        }
    }
}
