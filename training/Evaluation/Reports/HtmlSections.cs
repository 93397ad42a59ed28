using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using Pipeline.Training.Evaluation.Statistics;

namespace Pipeline.Training.Evaluation.Reports;

/// <summary>The sections of the page: what all environments say together, each environment, and how it was made.</summary>
internal static class HtmlSections
{
    private const int MostInWords = 12;

    /// <summary>Interquartile mean and probability of improvement.</summary>
    public static void Summary(StringBuilder page, BatchResult result, BatchSummary summary)
    {
        string[] names = PlotData.Names(result, summary);
        page.Append(CultureInfo.InvariantCulture, $"<section id=\"summary\">\n<h2>Over {(summary.Environments.Count == 1 ? Text(summary.Environments[0]) : $"{summary.Environments.Count} environments")}</h2>\n");
        page.Append(CultureInfo.InvariantCulture, $"<p class=\"quiet\">{Sentence(ReportWords.Scores(summary))} {Sentence(ReportWords.Intervals(summary))}{(summary.Environments.Count < result.Environments.Count ? $" Only environments in which all were evaluated count: {Text(string.Join(", ", summary.Environments))}." : "")}</p>\n");
        Table(page, "Scores of all runs together", ["", "#interquartile mean", "#median", "#mean", "#runs"], summary.Methods.Select(m => new[]
        {
            Swatch(names, m.Name), Interval(m.InterquartileMean), Interval(m.Median), Interval(m.Mean), m.Runs.Sum(r => r.Length).ToString("N0", CultureInfo.InvariantCulture),
        }));
        Figure(page, "aggregate", 0, "Interquartile mean, median and mean of the scores. Bars: intervals.", "Interquartile means", summary.Methods.Select(m => $"{m.Name} {Interval(m.InterquartileMean)}"));
        if (summary.Improvements.Count > 0)
        {
            page.Append("<h3>Probability of improvement</h3>\n<p class=\"quiet\">How likely a run of the first is better than a run of the second, a tie counting as half; the mean over environments. An interval that holds 0.5 does not tell them apart.</p>\n");
            Table(page, "", ["", "#probability"], summary.Improvements.Select(i => new[] { $"{Swatch(names, i.Better)} over {Text(i.Worse)}", Interval(i.Probability) }));
            Figure(page, "improvement", 0, "Probability of improvement. Bars: intervals; dashed: a coin's toss.", "Probabilities of improvement", summary.Improvements.Select(i => $"{i.Better} over {i.Worse} {Interval(i.Probability)}"));
        }

        if (summary.Ranges.Count > 0)
        {
            page.Append("<h3>How returns became scores</h3>\n");
            Table(page, "Score = (return − low) / (high − low)", ["environment", "#low", "#high", "what they are"], summary.Ranges.Select(r => new[] { Text(r.Environment), NumberText.Short(r.Low), NumberText.Short(r.High), Text(r.Meaning) }));
        }

        page.Append("</section>\n");
    }

    /// <summary>The returns and lengths of one environment.</summary>
    public static void Environment(StringBuilder page, BatchResult result, BatchSummary summary, int index)
    {
        string environment = result.Environments[index];
        (EvaluatedPolicy Policy, string Environment, EvaluationResult Result)[] pairs = [.. result.Pairs.Where(p => p.Environment == environment)];
        string[] names = PlotData.Names(result, summary);
        bool goals = pairs[0].Result.SuccessRate is not null;
        page.Append(CultureInfo.InvariantCulture, $"<section id=\"environment-{index}\">\n<h2>{Text(environment)}</h2>\n");
        Table(
            page,
            "Returns of the episodes of all seeds; 95 % intervals of the mean by Student's t over episodes",
            ["policy", "#mean return", "#95 % interval", "#standard deviation", "#median", "#min", "#max", "#mean length", "#episodes", .. goals ? ["#success"] : Array.Empty<string>()],
            pairs.Select(p => Row(names, p.Policy, p.Result)));
        Figure(page, "returns", index, $"Mean return. Bars: 95 % intervals{(result.Request.Seeds.Count > 1 ? "; small circles: the seeds" : "")}.", $"Mean returns in {environment}", pairs.Select(p => $"{p.Policy.Label} {Interval(MeanOf(p.Result))}"));
        Figure(page, "distribution", index, "Score distribution: the share of episodes by return.", $"Distribution of returns in {environment}", pairs.Select(p => $"{p.Policy.Label} {NumberText.Short(p.Result.MinReturn)} to {NumberText.Short(p.Result.MaxReturn)}"));
        Figure(page, "profile", index, "Performance profile: the share of episodes with a return of at least τ. Higher is better.", $"Performance profile in {environment}", pairs.Select(p => $"{p.Policy.Label} half of the episodes return {NumberText.Short(Median(p.Result))} or more"));
        Figure(page, "lengths", index, "Episode lengths. Box: the middle half; line: the middle 90 %; stroke: median; point: mean.", $"Episode lengths in {environment}", pairs.Select(p => $"{p.Policy.Label} {NumberText.Short(p.Result.MeanLength)} steps on average"));
        page.Append("</section>\n");
    }

    /// <summary>Files, digests, seeds, versions, date and command.</summary>
    public static void Made(StringBuilder page, BatchResult result, BatchSummary summary, ReportFacts facts)
    {
        page.Append("<section id=\"made\">\n<h2>How this was made</h2>\n");
        Table(page, "Policies", ["policy", "file", "SHA-256", "algorithm", "trained on", "#training seed", "#steps"], result.Request.Policies.Select(p => new[]
        {
            Text(p.Label), $"<code>{Text(p.File)}</code>", $"<code>{p.Digest}</code>", Text(p.Policy.Manifest.Algorithm), Text(p.Policy.Manifest.Environment),
            p.Policy.Manifest.Seed.ToString(CultureInfo.InvariantCulture), p.Policy.Manifest.Steps.ToString("N0", CultureInfo.InvariantCulture),
        }));
        string command = facts.Command.Length > 0 ? $"<code>{Text(facts.Command)}</code>" : "a program of its own";
        string skipped = result.Skipped.Count == 0 ? "" : $"<dt>left out</dt><dd>{Text(string.Join("; ", result.Skipped.Select(s => $"{s.Policy.Label} in {s.Environment}")))}: other spaces</dd>\n";
        page.Append(CultureInfo.InvariantCulture, $"""
            <dl>
            <dt>command</dt><dd>{command}</dd>
            <dt>date</dt><dd>{facts.Made.ToString("yyyy-MM-dd'T'HH:mm:ssK", CultureInfo.InvariantCulture)}</dd>
            <dt>episodes</dt><dd>{HtmlReport.Count(result.Request.Episodes, "episode", "episodes")} for each policy, environment and seed; episode k of a seed is the same for all policies</dd>
            <dt>seeds</dt><dd>{ReportWords.Seeds(result.Request.Seeds)}</dd>
            <dt>actions</dt><dd>{(result.Request.Stochastic ? "drawn from the policy's distribution" : "deterministic")}</dd>
            {skipped}<dt>means</dt><dd>95 % intervals by Student's t, n − 1 degrees of freedom over n episodes</dd>
            <dt>summary</dt><dd>{Sentence(ReportWords.Scores(summary))} {Sentence(ReportWords.Intervals(summary))} After Agarwal et al., 2021 (arXiv:2108.13264).</dd>
            <dt>speed</dt><dd>{NumberText.Short(result.StepsPerSecond)} steps/s, {HtmlReport.Count(result.Steps, "step", "steps")} in {NumberText.Short(result.Seconds)} s on {HtmlReport.Count(result.Request.Threads, "thread", "threads")}</dd>
            <dt>versions</dt><dd>Pipeline {ReportFacts.PipelineVersion}, ONNX Runtime {ReportFacts.OnnxRuntimeVersion}, {RuntimeInformation.FrameworkDescription}, {Text(RuntimeInformation.RuntimeIdentifier)}</dd>
            </dl>
            </section>

            """);
    }

    private static string[] Row(string[] names, EvaluatedPolicy policy, EvaluationResult r) =>
    [
        Swatch(names, policy.Label), NumberText.Short(r.MeanReturn),
        r.Episodes == 1 ? "–" : $"{NumberText.Short(r.MeanReturn - r.ConfidenceHalfWidth)} to {NumberText.Short(r.MeanReturn + r.ConfidenceHalfWidth)}",
        NumberText.Short(r.StandardDeviation), NumberText.Short(Median(r)), NumberText.Short(r.MinReturn), NumberText.Short(r.MaxReturn),
        NumberText.Short(r.MeanLength), r.Episodes.ToString("N0", CultureInfo.InvariantCulture),
        .. r.SuccessRate is double rate ? [$"{NumberText.Short(rate * 100)} %"] : Array.Empty<string>(),
    ];

    /// <summary>A table; a column whose header begins with # holds numbers. The first cell of a row is its header.</summary>
    private static void Table(StringBuilder page, string caption, string[] header, IEnumerable<string[]> rows)
    {
        static string Class(string head) => head.StartsWith('#') ? " class=\"number\"" : "";
        page.Append("<div class=\"scroll\" tabindex=\"0\">\n<table>\n");
        if (caption.Length > 0) page.Append(CultureInfo.InvariantCulture, $"<caption>{Text(caption)}</caption>\n");
        page.Append(CultureInfo.InvariantCulture, $"<thead><tr>{string.Concat(header.Select(h => $"<th scope=\"col\"{Class(h)}>{Text(h.TrimStart('#'))}</th>"))}</tr></thead>\n<tbody>\n");
        foreach (string[] row in rows)
            page.Append(CultureInfo.InvariantCulture, $"<tr><th scope=\"row\">{row[0]}</th>{string.Concat(row.Skip(1).Select((cell, i) => $"<td{Class(header[i + 1])}>{cell}</td>"))}</tr>\n");
        page.Append("</tbody>\n</table>\n</div>\n");
    }

    private static void Figure(StringBuilder page, string plot, int index, string caption, string what, IEnumerable<string> values)
    {
        if (!HtmlReport.HasPlots) return;
        string[] all = [.. values];
        string said = $"{what}: {string.Join("; ", all.Take(MostInWords))}{(all.Length > MostInWords ? $"; and {all.Length - MostInWords} more, in the table" : "")}.";
        page.Append(CultureInfo.InvariantCulture, $"<figure class=\"plot\" data-plot=\"{plot}\" data-index=\"{index}\">\n<figcaption>{Text(caption)}</figcaption>\n<div role=\"img\" aria-label=\"{Text(said)}\"></div>\n</figure>\n");
    }

    private static string Swatch(string[] names, string name) => $"<span class=\"swatch\" style=\"background:{PlotData.Color(Array.IndexOf(names, name))}\"></span>{Text(name)}";

    private static Estimate MeanOf(EvaluationResult r) => r.Episodes == 1 ? new Estimate(r.MeanReturn, null, null) : new Estimate(r.MeanReturn, r.MeanReturn - r.ConfidenceHalfWidth, r.MeanReturn + r.ConfidenceHalfWidth);

    private static double Median(EvaluationResult r)
    {
        double[] sorted = [.. r.Returns.Order()];
        return Descriptive.Median(sorted);
    }

    private static string Interval(Estimate estimate) => HtmlReport.Interval(estimate);

    private static string Sentence(string text) => $"{char.ToUpperInvariant(text[0])}{Text(text[1..])}.";

    private static string Text(string text) => HtmlReport.Text(text);
}
