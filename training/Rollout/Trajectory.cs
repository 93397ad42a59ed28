using System;
using System.IO;
using System.Runtime.InteropServices;

namespace Pipeline.Training.Rollout;

/// <summary>
/// A message from an actor to the learner: T steps of its N environments, row t·N + n, with the probabilities they were chosen by. Plain arrays, which
/// can be written as bytes and read in another process.
/// </summary>
/// <param name="Actor">Which actor collected it, from 0.</param>
/// <param name="Index">How many that actor had sent before.</param>
/// <param name="Version">Of the parameters it was collected with.</param>
/// <param name="EnvironmentCount">N</param>
public sealed record Trajectory(int Actor, long Index, long Version, int EnvironmentCount)
{
    /// <summary>s, [T·N, observation size]</summary>
    public float[] Observations { get; private init; } = [];

    /// <summary>a, [T·N, encoded size]</summary>
    public float[] Actions { get; private init; } = [];

    /// <summary>[T·N, mask size]; empty where there are no masks.</summary>
    public float[] Masks { get; private init; } = [];

    /// <summary>ln μ(a|s) of the policy that acted, [T·N]</summary>
    public float[] LogProbabilities { get; private init; } = [];

    /// <summary>r, [T·N], as they are learned from.</summary>
    public float[] Rewards { get; private init; } = [];

    /// <summary>[T·N]: the rewards as the environments gave them.</summary>
    public float[] RawRewards { get; private init; } = [];

    /// <summary>[T·N]</summary>
    public bool[] Terminated { get; private init; } = [];

    /// <summary>[T·N]</summary>
    public bool[] Truncated { get; private init; } = [];

    /// <summary>[N, observation size]: what the last step led to.</summary>
    public float[] LastObservations { get; private init; } = [];

    /// <summary>Rows whose step truncated an episode without terminating it.</summary>
    public int[] TruncatedRows { get; private init; } = [];

    /// <summary>The last observations of those episodes, [count, observation size].</summary>
    public float[] FinalObservations { get; private init; } = [];

    /// <summary>The recurrent states before the sequences, [T/L·N, state size]; this and what follows are empty for networks that do not remember.</summary>
    public float[] States { get; private init; } = [];

    /// <summary>0 where a step is the first of an episode, otherwise 1; [T·N]</summary>
    public float[] Keeps { get; private init; } = [];

    /// <summary>What each step's step before was, as far as it is an input, [T·N, its size].</summary>
    public float[] Previous { get; private init; } = [];

    /// <summary>[N, state size]: what goes with <see cref="LastObservations"/>.</summary>
    public float[] LastStates { get; private init; } = [];

    /// <summary>[N, size of what is remembered of the step before]</summary>
    public float[] LastPrevious { get; private init; } = [];

    /// <summary>[count, state size]: what goes with <see cref="FinalObservations"/>.</summary>
    public float[] FinalStates { get; private init; } = [];

    /// <summary>[count, size of what is remembered of the step before]</summary>
    public float[] FinalPrevious { get; private init; } = [];

    /// <summary>Copies a rollout, its log-probabilities filled in.</summary>
    /// <param name="actor">Which actor collected it, from 0.</param>
    /// <param name="index">How many that actor has sent before.</param>
    /// <param name="version">Of the parameters it was collected with.</param>
    /// <param name="rollout">The rollout.</param>
    /// <param name="rawRewards">[T·N]: the rewards as the environments gave them.</param>
    public static Trajectory Of(int actor, long index, long version, RolloutBuffer rollout, ReadOnlySpan<float> rawRewards)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        int n = rollout.EnvironmentCount, observation = rollout.LastObservations.Length / n, truncated = rollout.TruncatedCount;
        RolloutMemory? memory = rollout.Memory;
        return new Trajectory(actor, index, version, n)
        {
            Observations = rollout.Observations.Floats.ToArray(),
            Actions = rollout.Actions.Floats.ToArray(),
            Masks = rollout.Masks is null ? [] : rollout.Masks.Floats.ToArray(),
            LogProbabilities = rollout.LogProbabilities.Floats.ToArray(),
            Rewards = [.. rollout.Rewards],
            RawRewards = rawRewards.ToArray(),
            Terminated = [.. rollout.Terminated],
            Truncated = [.. rollout.Truncated],
            LastObservations = [.. rollout.LastObservations],
            TruncatedRows = rollout.TruncatedRows.ToArray(),
            FinalObservations = rollout.FinalObservations.AsSpan(0, truncated * observation).ToArray(),
            States = memory is null ? [] : memory.States.Floats.ToArray(),
            Keeps = memory is null ? [] : memory.Keeps.Floats.ToArray(),
            Previous = memory?.Previous is null ? [] : memory.Previous.Floats.ToArray(),
            LastStates = memory is null ? [] : [.. memory.Last.States],
            LastPrevious = memory is null ? [] : [.. memory.Last.Previous],
            FinalStates = memory is null ? [] : memory.Final.States[..(truncated * memory.Last.States.Length / n)],
            FinalPrevious = memory is null ? [] : memory.Final.Previous[..(truncated * memory.Last.Previous.Length / n)],
        };
    }

    /// <summary>Puts the trajectory beside others into a rollout of more environments.</summary>
    /// <param name="rollout">The rollout, of the same length; its truncated rows are added to.</param>
    /// <param name="first">Which of the rollout's environments is the first of these.</param>
    /// <param name="behaviour">[T·M], M the rollout's environments: receives the log-probabilities.</param>
    public void CopyTo(RolloutBuffer rollout, int first, Span<float> behaviour)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        int n = EnvironmentCount, all = rollout.EnvironmentCount, observation = LastObservations.Length / n, length = rollout.Length;
        Spread(Observations, rollout.Observations.Floats, length, first);
        Spread(Actions, rollout.Actions.Floats, length, first);
        if (rollout.Masks is not null) Spread(Masks, rollout.Masks.Floats, length, first);
        Spread(LogProbabilities, behaviour, length, first);
        Spread<float>(Rewards, rollout.Rewards, length, first);
        Spread<bool>(Terminated, rollout.Terminated, length, first);
        Spread<bool>(Truncated, rollout.Truncated, length, first);
        LastObservations.CopyTo(rollout.LastObservations.AsSpan(first * observation));
        if (rollout.Memory is RolloutMemory memory)
        {
            Spread(States, memory.States.Floats, length / memory.SequenceLength, first);
            Spread(Keeps, memory.Keeps.Floats, length, first);
            if (memory.Previous is not null) Spread(Previous, memory.Previous.Floats, length, first);
            LastStates.CopyTo(memory.Last.States.AsSpan(first * LastStates.Length / n));
            LastPrevious.CopyTo(memory.Last.Previous.AsSpan(first * LastPrevious.Length / n));
        }

        for (int i = 0; i < TruncatedRows.Length; i++)
        {
            int row = TruncatedRows[i];
            rollout.Memory?.Final.Set(rollout.TruncatedCount, Row(FinalStates, LastStates, i), Row(FinalPrevious, LastPrevious, i));
            rollout.AddTruncated((row / n * all) + first + (row % n), FinalObservations.AsSpan(i * observation, observation));
        }
    }

    /// <summary>Writes the message.</summary>
    /// <param name="writer">Where to.</param>
    public void Write(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write(Actor);
        writer.Write(Index);
        writer.Write(Version);
        writer.Write(EnvironmentCount);
        float[][] all =
        [
            Observations, Actions, Masks, LogProbabilities, Rewards, RawRewards, LastObservations, FinalObservations,
            States, Keeps, Previous, LastStates, LastPrevious, FinalStates, FinalPrevious,
        ];
        foreach (float[] numbers in all) MessageBytes.Write<float>(writer, numbers);
        MessageBytes.Write<bool>(writer, Terminated);
        MessageBytes.Write<bool>(writer, Truncated);
        MessageBytes.Write<int>(writer, TruncatedRows);
    }

    /// <summary>Reads a message that <see cref="Write"/> wrote.</summary>
    /// <param name="reader">Where from.</param>
    /// <exception cref="EndOfStreamException">The message is not whole.</exception>
    public static Trajectory Read(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        return new Trajectory(reader.ReadInt32(), reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt32())
        {
            Observations = MessageBytes.Read<float>(reader),
            Actions = MessageBytes.Read<float>(reader),
            Masks = MessageBytes.Read<float>(reader),
            LogProbabilities = MessageBytes.Read<float>(reader),
            Rewards = MessageBytes.Read<float>(reader),
            RawRewards = MessageBytes.Read<float>(reader),
            LastObservations = MessageBytes.Read<float>(reader),
            FinalObservations = MessageBytes.Read<float>(reader),
            States = MessageBytes.Read<float>(reader),
            Keeps = MessageBytes.Read<float>(reader),
            Previous = MessageBytes.Read<float>(reader),
            LastStates = MessageBytes.Read<float>(reader),
            LastPrevious = MessageBytes.Read<float>(reader),
            FinalStates = MessageBytes.Read<float>(reader),
            FinalPrevious = MessageBytes.Read<float>(reader),
            Terminated = MessageBytes.Read<bool>(reader),
            Truncated = MessageBytes.Read<bool>(reader),
            TruncatedRows = MessageBytes.Read<int>(reader),
        };
    }

    // The i-th of the episodes that were cut off, from rows as wide as those of all environments.
    private ReadOnlySpan<float> Row(float[] rows, float[] last, int i)
    {
        int width = last.Length / EnvironmentCount;
        return rows.AsSpan(i * width, width);
    }

    private void Spread<T>(ReadOnlySpan<T> from, Span<T> to, int steps, int first)
    {
        int width = from.Length / steps, stride = to.Length / steps, start = width / EnvironmentCount * first;
        for (int t = 0; t < steps; t++) from.Slice(t * width, width).CopyTo(to[((t * stride) + start)..]);
    }
}

/// <summary>A message from the learner to its actors: parameters and normaliser after some number of updates. Plain arrays likewise.</summary>
/// <param name="Version">The number of updates.</param>
/// <param name="Parameters">All parameters, as they lie in their vector.</param>
/// <param name="Mean">What observations are normalised by, [observation size].</param>
/// <param name="Scale">[observation size]</param>
public sealed record ParameterSnapshot(long Version, float[] Parameters, float[] Mean, float[] Scale)
{
    /// <summary>Writes the message.</summary>
    /// <param name="writer">Where to.</param>
    public void Write(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write(Version);
        MessageBytes.Write<float>(writer, Parameters);
        MessageBytes.Write<float>(writer, Mean);
        MessageBytes.Write<float>(writer, Scale);
    }

    /// <summary>Reads a message that <see cref="Write"/> wrote.</summary>
    /// <param name="reader">Where from.</param>
    /// <exception cref="EndOfStreamException">The message is not whole.</exception>
    public static ParameterSnapshot Read(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        return new ParameterSnapshot(reader.ReadInt64(), MessageBytes.Read<float>(reader), MessageBytes.Read<float>(reader), MessageBytes.Read<float>(reader));
    }
}

/// <summary>Arrays in messages: their length, then their elements.</summary>
internal static class MessageBytes
{
    public static void Write<T>(BinaryWriter writer, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        writer.Write(values.Length);
        writer.Write(MemoryMarshal.AsBytes(values));
    }

    public static T[] Read<T>(BinaryReader reader)
        where T : unmanaged
    {
        int length = reader.ReadInt32();
        long left = reader.BaseStream.CanSeek ? reader.BaseStream.Length - reader.BaseStream.Position : long.MaxValue;
        if (length < 0 || length > left) throw new EndOfStreamException($"The message says that {length} elements follow; {left} bytes do.");
        var values = new T[length];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
