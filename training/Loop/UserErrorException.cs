using System;
using System.Collections.Generic;
using System.Linq;

namespace Pipeline.Training.Loop;

/// <summary>What the user asked for cannot be done as asked. Carries all problems at once, each with what was given, what is allowed and what to change.</summary>
public sealed class UserErrorException : Exception
{
    /// <summary>Makes the exception for one problem.</summary>
    /// <param name="problem">The problem.</param>
    public UserErrorException(string problem)
        : this([problem])
    {
    }

    /// <summary>Makes the exception for several problems.</summary>
    /// <param name="problems">The problems, at least one.</param>
    public UserErrorException(IEnumerable<string> problems)
        : this(problems.ToArray())
    {
    }

    private UserErrorException(string[] problems)
        : base(string.Join(Environment.NewLine, problems)) => Problems = problems;

    /// <summary>The problems, one a line of the message.</summary>
    public IReadOnlyList<string> Problems { get; }
}
