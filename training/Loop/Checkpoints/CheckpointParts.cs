using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Pipeline.Contracts;
using Pipeline.Training.Engine.Execution;

namespace Pipeline.Training.Loop.Checkpoints;

/// <summary>How the parts of a run that are not plain numbers stand in a checkpoint.</summary>
internal static class CheckpointParts
{
    public static void Add(this CheckpointWriter checkpoint, string name, StateVector vector)
    {
        foreach (StateEntry entry in vector.Entries)
            checkpoint.Add($"{name}/{entry.Name}", vector[entry.Name], [.. entry.Shape.Select(d => (int)d.Value)]);
    }

    public static void Read(this CheckpointReader checkpoint, string name, StateVector vector)
    {
        foreach (StateEntry entry in vector.Entries) checkpoint.Read($"{name}/{entry.Name}", vector[entry.Name]);
    }

    /// <summary>What learning changes: vectors, a count of the loop's (steps or updates) and the algorithm's own numbers.</summary>
    public static void Add(this CheckpointWriter checkpoint, IReadOnlyList<KeyValuePair<string, StateVector>> state, long count, double[] counters)
    {
        foreach ((string name, StateVector vector) in state) checkpoint.Add(name, vector);
        checkpoint.Add("counters", [(ulong)count]);
        checkpoint.Add("algorithm", counters);
    }

    /// <summary>Takes back what learning changes.</summary>
    /// <param name="checkpoint">Where from.</param>
    /// <param name="state">The vectors.</param>
    /// <param name="counters">As many numbers as the algorithm has, to be given to it.</param>
    /// <returns>The loop's count.</returns>
    /// <exception cref="CheckpointException">The checkpoint does not fit this run.</exception>
    public static long Read(this CheckpointReader checkpoint, IReadOnlyList<KeyValuePair<string, StateVector>> state, double[] counters)
    {
        foreach ((string name, StateVector vector) in state) checkpoint.Read(name, vector);
        Span<ulong> count = stackalloc ulong[1];
        checkpoint.Read("counters", count);
        checkpoint.Read("algorithm", counters);
        return (long)count[0];
    }

    public static void Add(this CheckpointWriter checkpoint, string name, RandomGenerator random)
    {
        Span<ulong> state = stackalloc ulong[RandomGenerator.StateSize];
        random.SaveState(state);
        checkpoint.Add(name, state);
    }

    public static void Read(this CheckpointReader checkpoint, string name, RandomGenerator random)
    {
        Span<ulong> state = stackalloc ulong[RandomGenerator.StateSize];
        checkpoint.Read(name, state);
        random.LoadState(state);
    }

    /// <summary>Something that writes itself as bytes.</summary>
    public static void Add(this CheckpointWriter checkpoint, string name, Action<BinaryWriter> save)
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream)) save(writer);
        checkpoint.Add(name, stream.ToArray());
    }

    /// <exception cref="CheckpointException">The bytes do not fit.</exception>
    public static void Read(this CheckpointReader checkpoint, string name, Action<BinaryReader> load)
    {
        using var reader = new BinaryReader(new MemoryStream(checkpoint.ReadBytes(name)));
        try
        {
            load(reader);
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            throw new CheckpointException($"The checkpoint's entry '{name}' does not fit this run: {e.Message} Resume with the same environment and number of environments.");
        }
    }
}
