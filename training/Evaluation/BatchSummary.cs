using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Evaluation.Statistics;

namespace Pipeline.Training.Evaluation;

/// <summary>The scores of one method over all environments that are compared.</summary>
/// <param name="Name">The method: a policy's label or an algorithm.</param>
/// <param name="Runs">Scores, environment by environment.</param>
/// <param name="InterquartileMean">Interquartile mean of all scores.</param>
/// <param name="Median">Their median.</param>
/// <param name="Mean">Their mean.</param>
public sealed record MethodScore(string Name, IReadOnlyList<double[]> Runs, Estimate InterquartileMean, Estimate Median, Estimate Mean);

/// <summary>How likely one method is better than another.</summary>
/// <param name="Better">The one said to be better.</param>
/// <param name="Worse">The other.</param>
/// <param name="Probability">Probability of improvement, 0 to 1.</param>
public sealed record Improvement(string Better, string Worse, Estimate Probability);

/// <summary>
/// A batch summed up over environments as in Agarwal et al. (2021, arXiv:2108.13264, the library rliable): interquartile mean with stratified
/// bootstrap intervals, and probability of improvement.
/// </summary>
public sealed record BatchSummary
{
    /// <summary>How it was summed up.</summary>
    public required SummaryOptions Options { get; init; }

    /// <summary>What scores mean in each environment; empty where they are the returns.</summary>
    public required IReadOnlyList<ScoreRange> Ranges { get; init; }

    /// <summary>The environments in which every method was evaluated: those over which they are compared. Empty where there is none.</summary>
    public required IReadOnlyList<string> Environments { get; init; }

    /// <summary>Whether a run is a single episode, as where no method has two files or seeds in any environment; else it is a file with a seed, its score the mean of its episodes.</summary>
    public required bool RunsAreEpisodes { get; init; }

    /// <summary>The methods; empty where they share no environment.</summary>
    public required IReadOnlyList<MethodScore> Methods { get; init; }

    /// <summary>Every method against every later one.</summary>
    public required IReadOnlyList<Improvement> Improvements { get; init; }

    /// <summary>Sums up.</summary>
    /// <param name="result">What was evaluated.</param>
    /// <param name="ranges">What scores mean, see <see cref="ScoreScaling"/>; empty for returns.</param>
    /// <param name="options">How.</param>
    public static BatchSummary Of(BatchResult result, IReadOnlyList<ScoreRange> ranges, SummaryOptions options)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(ranges);
        ArgumentNullException.ThrowIfNull(options);
        IGrouping<string, EvaluatedCell>[] methods = [.. result.Cells.GroupBy(c => NameOf(c.Policy, options.Grouping))];
        string[] environments = [.. result.Environments.Where(e => methods.All(m => m.Any(c => c.Environment == e)))];
        bool episodes = methods.All(m => m.GroupBy(c => c.Environment).All(g => g.Count() == 1));
        double[][] Runs(IGrouping<string, EvaluatedCell> method) =>
            [.. environments.Select(e => method.Where(c => c.Environment == e).SelectMany(c => Scores(c, ranges, episodes)).ToArray())];

        var bootstrap = new StratifiedBootstrap(options.Replicates, options.Confidence, result.Request.Seeds[0]);
        MethodScore[] scores = environments.Length == 0 ? [] : [.. methods.Select(m => ScoreOf(m.Key, Runs(m), bootstrap))];
        return new BatchSummary
        {
            Options = options,
            Ranges = ranges,
            Environments = environments,
            RunsAreEpisodes = episodes,
            Methods = scores,
            Improvements =
            [
                .. scores.SelectMany((a, i) => scores.Skip(i + 1).Select(b => new Improvement(a.Name, b.Name, bootstrap.Improvement(a.Runs, b.Runs)))),
            ],
        };
    }

    private static MethodScore ScoreOf(string name, double[][] runs, StratifiedBootstrap bootstrap)
    {
        Estimate[] estimates = bootstrap.Aggregate(runs, Descriptive.InterquartileMean, Descriptive.Median, Descriptive.Mean);
        return new MethodScore(name, runs, estimates[0], estimates[1], estimates[2]);
    }

    private static IEnumerable<double> Scores(EvaluatedCell cell, IReadOnlyList<ScoreRange> ranges, bool episodes)
    {
        ScoreRange? range = ranges.FirstOrDefault(r => r.Environment == cell.Environment);
        IEnumerable<double> returns = episodes ? cell.Result.Returns : [cell.Result.MeanReturn];
        return range is null ? returns : returns.Select(range.Score);
    }

    private static string NameOf(EvaluatedPolicy policy, ScoreGrouping grouping) =>
        grouping == ScoreGrouping.Algorithm && policy.Policy.Manifest.Algorithm is { Length: > 0 } algorithm ? algorithm : policy.Label;
}
