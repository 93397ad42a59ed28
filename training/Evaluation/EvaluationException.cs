using System;
using System.Collections.Generic;
using System.Linq;

namespace Pipeline.Training.Evaluation;

/// <summary>What is to be evaluated cannot be. Carries all problems at once, each with what was given, what is allowed and what to change.</summary>
public sealed class EvaluationException : Exception
{
    /// <summary>Makes the exception for one problem.</summary>
    /// <param name="problem">The problem.</param>
    public EvaluationException(string problem)
        : this([problem])
    {
    }

    /// <summary>Makes the exception for several problems.</summary>
    /// <param name="problems">The problems, at least one.</param>
    public EvaluationException(IEnumerable<string> problems)
        : this(problems.ToArray())
    {
    }

    private EvaluationException(string[] problems)
        : base(string.Join(Environment.NewLine, problems)) => Problems = problems;

    /// <summary>The problems, one a line of the message.</summary>
    public IReadOnlyList<string> Problems { get; }
}
