using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Pipeline.Training.Evaluation;
using Pipeline.Training.Evaluation.Reports;
using Pipeline.Training.Evaluation.Statistics;

namespace Pipeline.Cli;

/// <summary>What `evaluate` prints.</summary>
internal static class EvaluateTexts
{
    /// <summary>One policy in one environment with one seed, as JSON.</summary>
    public static JsonObject ToJson(BatchResult batch)
    {
        EvaluationResult result = batch.Cells[0].Result;
        var json = new JsonObject
        {
            ["mean_return"] = JsonReport.Number(result.MeanReturn),
            ["std_return"] = JsonReport.Number(result.StandardDeviation),
            ["min_return"] = JsonReport.Number(result.MinReturn),
            ["max_return"] = JsonReport.Number(result.MaxReturn),
            ["mean_length"] = result.MeanLength,
            ["episodes"] = result.Episodes,
            ["steps_per_second"] = batch.StepsPerSecond,
        };
        if (result.SuccessRate is double successRate) json["success_rate"] = successRate;
        return json;
    }

    /// <summary>The same for a person.</summary>
    public static void PrintSingle(TextWriter output, BatchResult batch)
    {
        EvaluatedCell cell = batch.Cells[0];
        EvaluationResult result = cell.Result;
        output.WriteLine($"{cell.Policy.File} on {cell.Environment}, {Actions(batch)} actions");
        output.WriteLine($"return    {Texts.Number(result.MeanReturn)} ± {Texts.Number(result.ConfidenceHalfWidth)} (95 % confidence interval of the mean)");
        output.WriteLine($"spread    standard deviation {Texts.Number(result.StandardDeviation)}, {Texts.Number(result.MinReturn)} to {Texts.Number(result.MaxReturn)}");
        if (result.SuccessRate is double successRate)
            output.WriteLine($"success   {Texts.Number(successRate)} of the episodes end at their goal");
        output.WriteLine($"episodes  {Texts.Count(result.Episodes)}, {Texts.Number(result.MeanLength)} steps long on average");
        output.WriteLine($"speed     {Texts.Number(batch.StepsPerSecond)} steps/s");
    }

    /// <summary>Several policies, environments or seeds.</summary>
    public static void Print(TextWriter output, BatchResult result, BatchSummary summary)
    {
        BatchRequest request = result.Request;
        output.WriteLine($"{Texts.Plural(request.Policies.Count, "policy", "policies")}, {Texts.Plural(result.Environments.Count, "environment")}, {Texts.Plural(request.Seeds.Count, "seed")}, {Texts.Plural(request.Episodes, "episode")} each; {Actions(result)} actions");
        foreach (IGrouping<EvaluatedPolicy, string> skipped in result.Skipped.GroupBy(s => s.Policy, s => s.Environment))
            output.WriteLine($"skipped   {skipped.Key.Label} in {string.Join(", ", skipped)}: other spaces");
        output.WriteLine();
        Table(output, ["environment", "policy", "return", "95 % interval", "std", "min", "max", "length", .. Success(result, "success")], [.. result.Pairs.Select(p => Row(p.Policy, p.Environment, p.Result, result))]);
        if (summary.Methods.Count > 0) PrintSummary(output, summary);
        else output.WriteLine($"{Environment.NewLine}No environment is shared by all that is compared, so nothing is summed up over them.");
        output.WriteLine();
        output.WriteLine($"speed     {Texts.Number(result.StepsPerSecond)} steps/s, {Texts.Count(result.Steps)} steps in {Texts.Duration(TimeSpan.FromSeconds(result.Seconds))}");
    }

    private static void PrintSummary(TextWriter output, BatchSummary summary)
    {
        output.WriteLine();
        output.WriteLine($"over {Texts.Plural(summary.Environments.Count, "environment")}: {ReportWords.Scores(summary)}; {ReportWords.Intervals(summary)}");
        foreach (ScoreRange range in summary.Ranges)
            output.WriteLine($"{range.Environment}: 0 is {Texts.Number(range.Low)}, 1 is {Texts.Number(range.High)} ({range.Meaning})");
        Table(output, ["", "interquartile mean", "median", "mean"], [.. summary.Methods.Select(m => new[] { m.Name, Interval(m.InterquartileMean), Interval(m.Median), Interval(m.Mean) })]);
        if (summary.Improvements.Count == 0) return;
        output.WriteLine();
        Table(output, ["probability of improvement", ""], [.. summary.Improvements.Select(i => new[] { $"{i.Better} over {i.Worse}", Interval(i.Probability) })]);
    }

    private static string[] Row(EvaluatedPolicy policy, string environment, EvaluationResult result, BatchResult batch) =>
    [
        environment, policy.Label, Texts.Number(result.MeanReturn),
        result.Episodes == 1 ? "-" : $"{Texts.Number(result.MeanReturn - result.ConfidenceHalfWidth)} to {Texts.Number(result.MeanReturn + result.ConfidenceHalfWidth)}",
        Texts.Number(result.StandardDeviation), Texts.Number(result.MinReturn), Texts.Number(result.MaxReturn), Texts.Number(result.MeanLength),
        .. Success(batch, result.SuccessRate is double rate ? Texts.Number(rate) : "-"),
    ];

    private static string[] Success(BatchResult batch, string text) => batch.Cells.Any(c => c.Result.SuccessRate is not null) ? [text] : [];

    private static string Interval(Estimate estimate) => estimate is { Low: double low, High: double high }
        ? $"{Texts.Number(estimate.Value)} ({Texts.Number(low)} to {Texts.Number(high)})"
        : Texts.Number(estimate.Value);

    private static string Actions(BatchResult batch) => batch.Request.Stochastic ? "drawn" : "deterministic";

    private static void Table(TextWriter output, string[] header, IReadOnlyList<string[]> rows)
    {
        int[] widths = [.. header.Select((h, i) => rows.Select(r => r[i].Length).Append(h.Length).Max())];
        foreach (string[] row in rows.Prepend(header))
            output.WriteLine(string.Join("  ", row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
    }
}
