using System;

namespace Pipeline.Training.Environments;

/// <summary>An environment cannot be had or used as asked: a name, a setting, an assembly or a saved state is wrong.</summary>
public sealed class EnvironmentException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">What was given, what is allowed, what to change.</param>
    public EnvironmentException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception.</summary>
    /// <param name="message">What was given, what is allowed, what to change.</param>
    /// <param name="inner">What went wrong underneath.</param>
    public EnvironmentException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
