using System;

namespace Pipeline.Training.Algorithms;

/// <summary>The loss or the parameters became NaN or infinite; the message carries the batch's statistics.</summary>
public sealed class NonFiniteLossException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">What was found, in which update, and the statistics of the batch.</param>
    public NonFiniteLossException(string message)
        : base(message)
    {
    }
}
