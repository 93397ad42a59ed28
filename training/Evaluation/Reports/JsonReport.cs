using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json.Nodes;
using Pipeline.Training.Evaluation.Statistics;

namespace Pipeline.Training.Evaluation.Reports;

/// <summary>A batch as one JSON object. Numbers that JSON has no word for are null.</summary>
public static class JsonReport
{
    /// <summary>The object.</summary>
    /// <param name="result">What was evaluated.</param>
    /// <param name="summary">How it is summed up.</param>
    /// <param name="facts">How it was made.</param>
    public static JsonObject Of(BatchResult result, BatchSummary summary, ReportFacts facts)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(summary);
        ArgumentNullException.ThrowIfNull(facts);
        return new JsonObject
        {
            ["episodes"] = result.Request.Episodes,
            ["seeds"] = List(result.Request.Seeds, s => JsonValue.Create(s)),
            ["stochastic"] = result.Request.Stochastic,
            ["steps_per_second"] = result.StepsPerSecond,
            ["results"] = List(result.Pairs, p => Row(p.Policy, p.Environment, null, p.Result)),
            ["runs"] = List(result.Cells, c => Row(c.Policy, c.Environment, c.Seed, c.Result)),
            ["skipped"] = List(result.Skipped, s => new JsonObject { ["policy"] = s.Policy.Label, ["environment"] = s.Environment }),
            ["summary"] = Summary(summary),
            ["made"] = Made(result, facts),
        };
    }

    /// <summary>A number, or null where it is none that JSON can hold.</summary>
    /// <param name="value">The number.</param>
    public static JsonNode? Number(double? value) => value is double number && double.IsFinite(number) ? JsonValue.Create(number) : null;

    private static JsonObject Row(EvaluatedPolicy policy, string environment, ulong? seed, EvaluationResult result)
    {
        double? half = result.Episodes == 1 ? null : result.ConfidenceHalfWidth;
        var row = new JsonObject { ["policy"] = policy.Label, ["environment"] = environment };
        if (seed is ulong number) row["seed"] = number;
        row["mean_return"] = Number(result.MeanReturn);
        row["ci_low"] = Number(result.MeanReturn - half);
        row["ci_high"] = Number(result.MeanReturn + half);
        row["std_return"] = Number(result.StandardDeviation);
        row["min_return"] = Number(result.MinReturn);
        row["max_return"] = Number(result.MaxReturn);
        row["mean_length"] = result.MeanLength;
        row["episodes"] = result.Episodes;
        if (result.SuccessRate is double rate) row["success_rate"] = rate;
        return row;
    }

    private static JsonObject Summary(BatchSummary summary) => new()
    {
        ["environments"] = List(summary.Environments, e => JsonValue.Create(e)),
        ["runs_are"] = summary.RunsAreEpisodes ? "episodes" : "files_and_seeds",
        ["scales"] = List(summary.Ranges, r => new JsonObject { ["environment"] = r.Environment, ["low"] = Number(r.Low), ["high"] = Number(r.High), ["meaning"] = r.Meaning }),
        ["confidence"] = summary.Options.Confidence,
        ["replicates"] = summary.Options.Replicates,
        ["methods"] = List(summary.Methods, m => new JsonObject
        {
            ["method"] = m.Name,
            ["interquartile_mean"] = Estimate(m.InterquartileMean),
            ["median"] = Estimate(m.Median),
            ["mean"] = Estimate(m.Mean),
        }),
        ["probability_of_improvement"] = List(summary.Improvements, i =>
        {
            JsonObject row = Estimate(i.Probability);
            row.Insert(0, "better", i.Better);
            row.Insert(1, "worse", i.Worse);
            return row;
        }),
    };

    private static JsonObject Made(BatchResult result, ReportFacts facts) => new()
    {
        ["time"] = facts.Made.ToString("yyyy-MM-dd'T'HH:mm:ssK", CultureInfo.InvariantCulture),
        ["command"] = facts.Command,
        ["pipeline"] = ReportFacts.PipelineVersion,
        ["onnx_runtime"] = ReportFacts.OnnxRuntimeVersion,
        ["policies"] = List(result.Request.Policies, p => new JsonObject
        {
            ["policy"] = p.Label,
            ["file"] = p.File,
            ["sha256"] = p.Digest,
            ["algorithm"] = p.Policy.Manifest.Algorithm,
            ["trained_on"] = p.Policy.Manifest.Environment,
            ["training_seed"] = p.Policy.Manifest.Seed,
            ["training_steps"] = p.Policy.Manifest.Steps,
        }),
    };

    private static JsonObject Estimate(Estimate estimate) => new()
    {
        ["value"] = Number(estimate.Value),
        ["low"] = Number(estimate.Low),
        ["high"] = Number(estimate.High),
    };

    private static JsonArray List<T>(IEnumerable<T> items, Func<T, JsonNode?> node) => [.. items.Select(node)];
}
