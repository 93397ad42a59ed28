using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Evaluation.Statistics;

namespace Pipeline.Training.Evaluation;

/// <summary>One episode that was played.</summary>
/// <param name="Return">The undiscounted sum of its rewards.</param>
/// <param name="Length">Its steps.</param>
/// <param name="Terminated">The task ended it.</param>
/// <param name="Truncated">It was cut off from outside.</param>
/// <param name="Success">Whether its last observation counts as success, where the task has goals; null where it has none.</param>
public readonly record struct Episode(double Return, int Length, bool Terminated, bool Truncated, bool? Success = null);

/// <summary>How a policy did.</summary>
/// <param name="All">The episodes, in the order of their numbers; at least one.</param>
/// <param name="Seconds">Seconds it took: of the wall for one policy alone, of all threads together for one of many.</param>
/// <param name="Steps">Environment steps taken, those that no episode in the result counts included.</param>
public sealed record EvaluationResult(IReadOnlyList<Episode> All, double Seconds, long Steps)
{
    private const double Confidence = 0.95;

    /// <summary>The undiscounted return of every episode.</summary>
    public IReadOnlyList<double> Returns { get; } = [.. All.Select(e => e.Return)];

    /// <summary>The length of each, in steps.</summary>
    public IReadOnlyList<int> Lengths { get; } = [.. All.Select(e => e.Length)];

    /// <summary>The share of episodes whose last observation counts as success, 0 to 1, where the task has goals; null where it has none.</summary>
    public double? SuccessRate => All[0].Success is null ? null : (double)All.Count(e => e.Success == true) / Episodes;

    /// <summary>Number of episodes.</summary>
    public int Episodes => All.Count;

    /// <summary>Mean return.</summary>
    public double MeanReturn => Returns.Average();

    /// <summary>Sample standard deviation of the returns (n − 1 below the line); 0 for a single episode.</summary>
    public double StandardDeviation => Descriptive.StandardDeviation(Returns);

    /// <summary>The smallest return.</summary>
    public double MinReturn => Returns.Min();

    /// <summary>The largest return.</summary>
    public double MaxReturn => Returns.Max();

    /// <summary>Mean length of the episodes, in steps.</summary>
    public double MeanLength => Lengths.Average();

    /// <summary>Environment steps a second, the policy included.</summary>
    public double StepsPerSecond => Steps / Math.Max(Seconds, 1e-9);

    /// <summary>Half the width of the 95 % confidence interval of the mean return, by Student's t; 0 for a single episode.</summary>
    public double ConfidenceHalfWidth => Episodes == 1 ? 0 : Descriptive.MeanHalfWidth(Returns, Confidence);

    /// <summary>Several results as one, their episodes one after the other.</summary>
    /// <param name="results">At least one.</param>
    public static EvaluationResult Join(IReadOnlyList<EvaluationResult> results) =>
        new([.. results.SelectMany(r => r.All)], results.Sum(r => r.Seconds), results.Sum(r => r.Steps));
}
