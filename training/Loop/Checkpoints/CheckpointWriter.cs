using System;

namespace Pipeline.Training.Loop.Checkpoints;

/// <summary>Gathers what a checkpoint holds.</summary>
public sealed class CheckpointWriter
{
    /// <summary>Adds a tensor of 32-bit floats.</summary>
    /// <param name="name">Its name, unique in the checkpoint.</param>
    /// <param name="values">The values, row-major.</param>
    /// <param name="shape">The lengths of the axes.</param>
    public void Add(string name, ReadOnlySpan<float> values, params int[] shape) => throw new NotSupportedException(name);

    /// <summary>Adds 64-bit words, such as counters or a generator's state.</summary>
    /// <param name="name">Its name, unique in the checkpoint.</param>
    /// <param name="values">The words.</param>
    public void Add(string name, ReadOnlySpan<ulong> values) => throw new NotSupportedException(name);

    /// <summary>Adds 64-bit numbers, such as running statistics.</summary>
    /// <param name="name">Its name, unique in the checkpoint.</param>
    /// <param name="values">The numbers.</param>
    public void Add(string name, ReadOnlySpan<double> values) => throw new NotSupportedException(name);

    /// <summary>Adds raw bytes, such as the state of environments.</summary>
    /// <param name="name">Its name, unique in the checkpoint.</param>
    /// <param name="values">The bytes.</param>
    public void Add(string name, ReadOnlySpan<byte> values) => throw new NotSupportedException(name);
}

/// <summary>Reads what a checkpoint holds. Every method throws <see cref="CheckpointException"/> where a name is missing or a length differs.</summary>
public sealed class CheckpointReader
{
    /// <summary>Reads a tensor of 32-bit floats.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="destination">Receives the values; exactly as many as were written.</param>
    public void Read(string name, Span<float> destination) => throw new NotSupportedException(name);

    /// <summary>Reads 64-bit words.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="destination">Receives the words; exactly as many as were written.</param>
    public void Read(string name, Span<ulong> destination) => throw new NotSupportedException(name);

    /// <summary>Reads 64-bit numbers.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="destination">Receives the numbers; exactly as many as were written.</param>
    public void Read(string name, Span<double> destination) => throw new NotSupportedException(name);

    /// <summary>Reads raw bytes.</summary>
    /// <param name="name">Its name.</param>
    public byte[] ReadBytes(string name) => throw new NotSupportedException(name);
}

/// <summary>A checkpoint is damaged or does not fit the run that reads it.</summary>
public sealed class CheckpointException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">File, entry, what was found, what was expected, what to do.</param>
    public CheckpointException(string message)
        : base(message)
    {
    }
}
