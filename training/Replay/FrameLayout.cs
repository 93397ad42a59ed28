using System;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Environments;

namespace Pipeline.Training.Replay;

/// <summary>
/// Where the parts of a frame lie. A frame is an observation with its mask and, of the step taken from it, the action, the reward and the flags, where asked
/// for numbers that say how the policy acted;
/// its bytes lie together, so that a sampled transition, which is a frame and the next one, costs one or two cache lines where observations are small.
/// </summary>
internal sealed class FrameLayout
{
    private FrameLayout(RowCodec observations, ActionCodec actions, int maskSize, bool prioritized, bool hindsight, int statisticsSize)
    {
        Observations = observations;
        Actions = actions;
        MaskSize = maskSize;
        Prioritized = prioritized;
        Hindsight = hindsight;
        StatisticsSize = statisticsSize;
        Mask = observations.Bytes;
        Action = Mask + ((maskSize + 7) / 8);
        Reward = Action + actions.Bytes;
        Flags = Reward + sizeof(float);
        Time = Flags + sizeof(StepFlags);
        EpisodeLength = Time + (hindsight ? sizeof(int) : 0);
        Statistics = EpisodeLength + (hindsight ? sizeof(int) : 0);
        Stride = Statistics + (statisticsSize * sizeof(float));
    }

    public RowCodec Observations { get; }

    public ActionCodec Actions { get; }

    public int MaskSize { get; }

    public bool Prioritized { get; }

    public bool Hindsight { get; }

    /// <summary>Numbers that say how the policy acted.</summary>
    public int StatisticsSize { get; }

    /// <summary>The first byte of the mask, a bit an entry.</summary>
    public int Mask { get; }

    public int Action { get; }

    public int Reward { get; }

    public int Flags { get; }

    /// <summary>Steps of the episode before this frame; with hindsight alone.</summary>
    public int Time { get; }

    /// <summary>Steps of the whole episode, 0 while it is not over; with hindsight alone.</summary>
    public int EpisodeLength { get; }

    /// <summary>The first byte of the numbers that say how the policy acted.</summary>
    public int Statistics { get; }

    /// <summary>Bytes of a frame.</summary>
    public int Stride { get; }

    /// <summary>Bytes of a frame and its share of the sum tree.</summary>
    public double BytesPerFrame => Stride + (Prioritized ? SumTree.BytesPerLeaf : 0);

    public static FrameLayout For(ReplaySettings settings, Space observationSpace, Space actionSpace, bool masked, int statisticsSize = 0) => new(
        new RowCodec(observationSpace, settings.Storage),
        new ActionCodec(actionSpace),
        masked ? actionSpace.MaskSize : 0,
        settings.Priority is not null,
        settings.Hindsight is not null,
        statisticsSize);

    /// <summary>Transitions that fit in so many bytes; each environment's newest observation takes a place of its own.</summary>
    public long TransitionsIn(long bytes, int environmentCount) =>
        Math.Max(0, (long)((bytes - (Prioritized ? SumTree.FixedBytes : 0)) / BytesPerFrame) - environmentCount);

    /// <summary>Transitions of each environment.</summary>
    public long LaneTransitions(ReplaySettings settings, int environmentCount) =>
        (settings.CapacityBytes is long bytes ? Math.Min(settings.Capacity, TransitionsIn(bytes, environmentCount)) : settings.Capacity) / environmentCount;
}

/// <summary>What is known of the step taken from a frame.</summary>
[Flags]
internal enum StepFlags : byte
{
    /// <summary>No step was taken from the frame: it is the newest of its lane, or the last of its episode.</summary>
    None = 0,

    /// <summary>A step was taken; the next frame has what it led to.</summary>
    Taken = 1,

    /// <summary>The step ended the episode for good: <see cref="VectorStep.Terminated"/>.</summary>
    Terminated = 2,

    /// <summary>The step was the last before the episode was cut off: <see cref="VectorStep.Truncated"/>.</summary>
    Truncated = 4,

    /// <summary>The recurrent state before the frame is kept in <see cref="FrameStates"/>.</summary>
    Remembered = 8,
}
