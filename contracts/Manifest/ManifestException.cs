using System;
using System.Collections.Generic;
using System.Linq;

namespace Pipeline.Contracts.Manifest;

/// <summary>One thing wrong with a manifest or a model: where, what was found, what is allowed.</summary>
/// <param name="Field">Path of the field, such as <c>inputs[1].dtype</c>.</param>
/// <param name="Found">The value found, shortened if long.</param>
/// <param name="Allowed">What may stand there.</param>
/// <param name="Remedy">What to do about it; empty when that is plain from <paramref name="Allowed"/>.</param>
public sealed record ManifestProblem(string Field, string Found, string Allowed, string Remedy = "")
{
    /// <summary>The problem in a sentence.</summary>
    public override string ToString() => $"{Field}: found {Found}; allowed: {Allowed}." + (Remedy.Length == 0 ? "" : " " + Remedy);
}

/// <summary>A manifest cannot be read or written as it is. Carries all its problems, not the first alone.</summary>
public sealed class ManifestException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="source">The file or other source of the manifest.</param>
    /// <param name="problems">All that is wrong; at least one.</param>
    public ManifestException(string source, IReadOnlyList<ManifestProblem> problems)
        : base(Text(source, problems))
    {
        ManifestSource = source;
        Problems = problems;
    }

    /// <summary>The file or other source of the manifest.</summary>
    public string ManifestSource { get; }

    /// <summary>All that is wrong.</summary>
    public IReadOnlyList<ManifestProblem> Problems { get; }

    private static string Text(string source, IReadOnlyList<ManifestProblem> problems)
    {
        if (source is null) throw new ArgumentNullException(nameof(source));
        if (problems is null) throw new ArgumentNullException(nameof(problems));
        return problems.Count == 1
            ? $"{source}: {problems[0]}"
            : $"{source}: {problems.Count} problems in the policy's manifest:" + string.Concat(problems.Select(p => "\n  " + p));
    }
}
