using System;
using System.Collections.Generic;

namespace Pipeline.Training.Evaluation;

/// <summary>How the scores of different environments are made comparable.</summary>
public enum ScoreScale
{
    /// <summary>Returns as they are in a single environment; in several <see cref="Threshold"/> where all have a threshold, else <see cref="MinMax"/>.</summary>
    Auto,

    /// <summary>Returns as they are.</summary>
    None,

    /// <summary>0 is the mean return of random actions, 1 the return at which the environment counts as solved.</summary>
    Threshold,

    /// <summary>0 is the worst mean return among the policies evaluated, 1 the best.</summary>
    MinMax,
}

/// <summary>What is taken together as one method.</summary>
public enum ScoreGrouping
{
    /// <summary>Each policy file stands for itself; its runs are the seeds.</summary>
    Model,

    /// <summary>All policies of one algorithm; its runs are the files, with each seed.</summary>
    Algorithm,
}

/// <summary>How a batch is summed up. Change single options with <c>with</c>.</summary>
public sealed record SummaryOptions
{
    /// <summary>How scores are made comparable. Default <see cref="ScoreScale.Auto"/>.</summary>
    public ScoreScale Scale { get; init; } = ScoreScale.Auto;

    /// <summary>What is taken together. Default <see cref="ScoreGrouping.Model"/>.</summary>
    public ScoreGrouping Grouping { get; init; } = ScoreGrouping.Model;

    /// <summary>Returns that count as 0 and as 1, by environment; they go before <see cref="Scale"/>. Default: none.</summary>
    public IReadOnlyDictionary<string, (double Low, double High)> References { get; init; } = new Dictionary<string, (double Low, double High)>(StringComparer.Ordinal);

    /// <summary>Replicates of the bootstrap, at least 1. Default 10,000: the ends of a 95 % interval then move by a hundredth of its width or so.</summary>
    public int Replicates { get; init; } = 10_000;

    /// <summary>Confidence of all intervals. Default 0.95.</summary>
    public double Confidence { get; init; } = 0.95;
}
