using System;
using System.Globalization;

namespace Pipeline.Training.Evaluation.Logged;

/// <summary>A dataset cannot be read or does not fit.</summary>
public sealed class DatasetException : Exception
{
    /// <summary>Makes the exception for a file as a whole.</summary>
    /// <param name="file">The file.</param>
    /// <param name="problem">What was found, what is allowed and what to change.</param>
    /// <param name="cause">What it comes from, where there is something.</param>
    public DatasetException(string file, string problem, Exception? cause = null)
        : base($"{file}: {problem}", cause)
    {
    }

    /// <summary>Makes the exception for a field of a line.</summary>
    /// <param name="file">The file.</param>
    /// <param name="line">The line, from 1.</param>
    /// <param name="field">The field.</param>
    /// <param name="found">What it holds.</param>
    /// <param name="allowed">What it may hold, and what to change.</param>
    public DatasetException(string file, long line, string field, string found, string allowed)
        : base(string.Create(CultureInfo.InvariantCulture, $"{file}, line {line}, {field}: found {found}; allowed is {allowed}"))
    {
    }
}
