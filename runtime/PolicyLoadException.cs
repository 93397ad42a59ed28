using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Contracts.Manifest;

namespace Pipeline.Runtime;

/// <summary>A policy could not be loaded. Names the file and everything found wrong: field, value found, what is allowed, what to do.</summary>
public sealed class PolicyLoadException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="file">The file's path, or the name given to the bytes.</param>
    /// <param name="problems">All that is wrong; at least one.</param>
    /// <param name="inner">What brought it to light, if an exception did.</param>
    public PolicyLoadException(string file, IReadOnlyList<ManifestProblem> problems, Exception? inner = null)
        : base(Text(file, problems), inner)
    {
        File = file;
        Problems = problems;
    }

    /// <summary>The file's path, or the name given to the bytes.</summary>
    public string File { get; }

    /// <summary>All that is wrong.</summary>
    public IReadOnlyList<ManifestProblem> Problems { get; }

    private static string Text(string file, IReadOnlyList<ManifestProblem> problems)
    {
        if (problems is null) throw new ArgumentNullException(nameof(problems));
        return problems.Count == 1
            ? $"The policy '{file}' cannot be loaded. {problems[0]}"
            : $"The policy '{file}' cannot be loaded, for {problems.Count} reasons:" + string.Concat(problems.Select(p => "\n  " + p));
    }
}
