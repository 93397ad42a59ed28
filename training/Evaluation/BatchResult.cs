using System;
using System.Collections.Generic;
using System.Linq;

namespace Pipeline.Training.Evaluation;

/// <summary>A policy in an environment with a seed, and how it did.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="Environment">The environment's name.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Result">How it did. Its seconds are those of all threads together.</param>
public sealed record EvaluatedCell(EvaluatedPolicy Policy, string Environment, ulong Seed, EvaluationResult Result);

/// <summary>How all policies did.</summary>
/// <param name="Request">What was asked for.</param>
/// <param name="Cells">Every policy in every environment with every seed: policies outermost, seeds innermost.</param>
/// <param name="Skipped">The pairs of policy and environment that were left out since their spaces differ.</param>
/// <param name="Seconds">Wall seconds it took, loading aside.</param>
public sealed record BatchResult(BatchRequest Request, IReadOnlyList<EvaluatedCell> Cells, IReadOnlyList<(EvaluatedPolicy Policy, string Environment)> Skipped, double Seconds)
{
    /// <summary>The environments, in the order in which they were given or first met.</summary>
    public IReadOnlyList<string> Environments { get; } = [.. Cells.Select(c => c.Environment).Distinct()];

    /// <summary>Environment steps taken.</summary>
    public long Steps => Cells.Sum(c => c.Result.Steps);

    /// <summary>Environment steps a second of the wall's clock, the policies included.</summary>
    public double StepsPerSecond => Steps / Math.Max(Seconds, 1e-9);

    /// <summary>Each policy in each of its environments, the seeds taken together.</summary>
    public IReadOnlyList<(EvaluatedPolicy Policy, string Environment, EvaluationResult Result)> Pairs =>
        [.. Cells.GroupBy(c => (c.Policy, c.Environment)).Select(g => (g.Key.Policy, g.Key.Environment, EvaluationResult.Join([.. g.Select(c => c.Result)])))];
}
