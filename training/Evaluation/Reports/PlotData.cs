using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Nodes;
using Pipeline.Training.Evaluation.Statistics;

namespace Pipeline.Training.Evaluation.Reports;

/// <summary>What the figures of a report show, small enough to stand in the page: intervals, quantiles and bins instead of episodes.</summary>
internal static class PlotData
{
    private const int MostBins = 40;
    private const int ProfilePoints = 200;

    /// <summary>Colours told apart in light and in dark, by readers who see colours differently too (Observable's palette).</summary>
    private static readonly string[] Palette = ["#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#3ca951", "#ff8ab7", "#a463f2", "#97bbf5", "#9c6b4e", "#9498a0"];

    /// <summary>The colour of the nth name.</summary>
    public static string Color(int index) => Palette[index % Palette.Length];

    /// <summary>Every name that has a colour: methods, then policies that are none.</summary>
    public static string[] Names(BatchResult result, BatchSummary summary) =>
        [.. summary.Methods.Select(m => m.Name).Concat(result.Cells.Select(c => c.Policy.Label)).Distinct()];

    /// <summary>The data as the page's script reads it.</summary>
    public static JsonObject Of(BatchResult result, BatchSummary summary)
    {
        string[] names = Names(result, summary);
        return new JsonObject
        {
            ["names"] = new JsonArray([.. names.Select(n => JsonValue.Create(n))]),
            ["colors"] = new JsonArray([.. names.Select((_, i) => JsonValue.Create(Color(i)))]),
            ["scoreLabel"] = summary.Ranges.Count == 0 ? "return" : "normalised score",
            ["environments"] = new JsonArray([.. result.Environments.Select(e => Environment(e, result))]),
            ["methods"] = new JsonArray([.. summary.Methods.Select(m => new JsonObject
            {
                ["name"] = m.Name,
                ["iqm"] = Estimate(m.InterquartileMean),
                ["median"] = Estimate(m.Median),
                ["mean"] = Estimate(m.Mean),
            })]),
            ["improvements"] = new JsonArray([.. summary.Improvements.Select(i =>
            {
                JsonObject row = Estimate(i.Probability);
                row["better"] = i.Better;
                row["worse"] = i.Worse;
                return row;
            })]),
        };
    }

    /// <summary>Bins that several samples share: of whole numbers where that is fine enough, else <see cref="MostBins"/> equal ones.</summary>
    /// <param name="values">All samples.</param>
    /// <returns>The edges, one more than bins, ascending.</returns>
    internal static double[] Edges(IReadOnlyCollection<double> values)
    {
        double low = values.Min(), high = values.Max();
        if (low == high) return [low - 0.5, high + 0.5];
        bool whole = high - low < MostBins && values.All(v => v == Math.Floor(v));
        if (whole) return [.. Enumerable.Range(0, (int)(high - low) + 2).Select(i => low + i - 0.5)];
        return [.. Enumerable.Range(0, MostBins + 1).Select(i => low + ((high - low) * i / MostBins))];
    }

    /// <summary>How many of some values lie in each bin; the last one holds its upper edge too.</summary>
    internal static int[] Counts(double[] edges, IEnumerable<double> values)
    {
        int[] counts = new int[edges.Length - 1];
        foreach (double value in values)
        {
            int edge = Array.BinarySearch(edges, value);
            counts[Math.Clamp(edge < 0 ? ~edge - 1 : edge, 0, counts.Length - 1)]++;
        }

        return counts;
    }

    private static JsonObject Environment(string environment, BatchResult result)
    {
        (EvaluatedPolicy Policy, string Environment, EvaluationResult Result)[] pairs = [.. result.Pairs.Where(p => p.Environment == environment)];
        double[] finite = [.. pairs.SelectMany(p => p.Result.Returns).Where(double.IsFinite)];
        double[] edges = Edges(finite.Length > 0 ? finite : [0]);
        return new JsonObject
        {
            ["name"] = environment,
            ["policies"] = new JsonArray([.. pairs.Select(p => Policy(p.Policy, environment, p.Result, edges, result))]),
        };
    }

    private static JsonObject Policy(EvaluatedPolicy policy, string environment, EvaluationResult result, double[] edges, BatchResult batch)
    {
        double[] returns = [.. result.Returns.Where(double.IsFinite).Order()], lengths = [.. result.Lengths.Select(l => (double)l).Order()];
        double? half = result.Episodes == 1 ? null : result.ConfidenceHalfWidth;
        return new JsonObject
        {
            ["name"] = policy.Label,
            ["episodes"] = result.Episodes,
            ["mean"] = JsonReport.Number(result.MeanReturn),
            ["low"] = JsonReport.Number(result.MeanReturn - half),
            ["high"] = JsonReport.Number(result.MeanReturn + half),
            ["seeds"] = new JsonArray([.. batch.Cells.Where(c => c.Policy == policy && c.Environment == environment).Select(c => JsonReport.Number(c.Result.MeanReturn))]),
            ["lengths"] = new JsonObject
            {
                ["mean"] = result.MeanLength,
                ["p5"] = Descriptive.Quantile(lengths, 0.05),
                ["p25"] = Descriptive.Quantile(lengths, 0.25),
                ["p50"] = Descriptive.Quantile(lengths, 0.5),
                ["p75"] = Descriptive.Quantile(lengths, 0.75),
                ["p95"] = Descriptive.Quantile(lengths, 0.95),
            },
            ["bins"] = new JsonArray([.. Counts(edges, returns).Select((count, i) => (count, i)).Where(b => b.count > 0).Select(b => new JsonObject
            {
                ["low"] = edges[b.i],
                ["high"] = edges[b.i + 1],
                ["share"] = (double)b.count / result.Episodes,
            })]),
            ["profile"] = new JsonArray([.. Profile(returns, edges).Select(p => new JsonObject { ["at"] = p.At, ["share"] = p.Share })]),
        };
    }

    /// <summary>The share of returns of at least τ, for values of τ from the lowest edge to the highest.</summary>
    private static IEnumerable<(double At, double Share)> Profile(double[] sorted, double[] edges)
    {
        int below = 0;
        for (int i = 0; i <= ProfilePoints && sorted.Length > 0; i++)
        {
            double at = edges[0] + ((edges[^1] - edges[0]) * i / ProfilePoints);
            while (below < sorted.Length && sorted[below] < at) below++;
            yield return (at, (double)(sorted.Length - below) / sorted.Length);
        }
    }

    private static JsonObject Estimate(Estimate estimate) => new()
    {
        ["value"] = JsonReport.Number(estimate.Value),
        ["low"] = JsonReport.Number(estimate.Low),
        ["high"] = JsonReport.Number(estimate.High),
    };
}
