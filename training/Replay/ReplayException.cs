using System;

namespace Pipeline.Training.Replay;

/// <summary>Experience cannot be kept, saved or taken back as asked: a value, a priority or a saved buffer is wrong.</summary>
public sealed class ReplayException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">What was given, what is allowed, what to change.</param>
    public ReplayException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception.</summary>
    /// <param name="message">What was given, what is allowed, what to change.</param>
    /// <param name="inner">What went wrong underneath.</param>
    public ReplayException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
