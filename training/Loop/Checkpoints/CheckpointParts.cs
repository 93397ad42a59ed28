using System;
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
