using System;

namespace Pipeline.Training.Loop.Checkpoints;

/// <summary>A checkpoint is damaged or does not fit the run that reads it.</summary>
public sealed class CheckpointException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">File, entry, what was found, what was expected, what to do.</param>
    public CheckpointException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception.</summary>
    /// <param name="message">File, entry, what was found, what was expected, what to do.</param>
    /// <param name="inner">What the file system or the parser said.</param>
    public CheckpointException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
