using System;
using Pipeline.Training.Replay;

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

    /// <summary>The same where the replay beside a checkpoint cannot be taken back.</summary>
    /// <param name="fault">What is wrong with it.</param>
    internal static CheckpointException OfReplay(ReplayException fault) => new(
        $"{fault.Message} To go on from an older checkpoint, remove this one; to go on without its experience, set save_replay=false in the run's config.json.");
}
