using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Text;
using Pipeline.Training.Evaluation.Statistics;
using Pipeline.Training.Files;

namespace Pipeline.Training.Evaluation.Reports;

/// <summary>
/// A batch as one page that needs no other file and no network: tables with every number, and figures of them drawn by Observable Plot in the
/// reader's browser.
/// </summary>
public static class HtmlReport
{
    /// <summary>Writes the page.</summary>
    /// <param name="path">The .html file; its folder exists.</param>
    /// <param name="result">What was evaluated.</param>
    /// <param name="summary">How it is summed up.</param>
    /// <param name="facts">How it was made.</param>
    /// <exception cref="IOException">The disk is full or the folder is gone.</exception>
    public static void Write(string path, BatchResult result, BatchSummary summary, ReportFacts facts) =>
        AtomicFile.WriteText(path, Page(result, summary, facts));

    /// <summary>The page as text; see <see cref="Write"/>.</summary>
    /// <param name="result">What was evaluated.</param>
    /// <param name="summary">How it is summed up.</param>
    /// <param name="facts">How it was made.</param>
    public static string Page(BatchResult result, BatchSummary summary, ReportFacts facts)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(summary);
        ArgumentNullException.ThrowIfNull(facts);
        var page = new StringBuilder();
        BatchRequest request = result.Request;
        string title = $"{Count(request.Policies.Count, "policy", "policies")} in {Count(result.Environments.Count, "environment", "environments")}";
        page.Append(CultureInfo.InvariantCulture, $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Evaluation: {title}</title>
            <link rel="icon" href="data:,">
            <style>
            {Resource("report.css")}</style>
            </head>
            <body>
            <main>
            <header>
            <h1>Evaluation: {title}</h1>
            <p class="quiet">{facts.Made.ToString("d MMMM yyyy, HH:mm 'UTC'", CultureInfo.InvariantCulture)} · {Count(request.Episodes, "episode", "episodes")} for each policy, environment and seed · seeds {ReportWords.Seeds(request.Seeds)} · {(request.Stochastic ? "drawn" : "deterministic")} actions</p>
            {Lead(result, summary)}
            </header>

            """);
        if (summary.Methods.Count > 0) HtmlSections.Summary(page, result, summary);
        for (int i = 0; i < result.Environments.Count; i++) HtmlSections.Environment(page, result, summary, i);
        HtmlSections.Made(page, result, summary, facts);
        page.Append("</main>\n");
        Scripts(page, result, summary);
        return page.Append("</body>\n</html>\n").ToString();
    }

    /// <summary>Text made safe to stand in the page.</summary>
    internal static string Text(string text) => WebUtility.HtmlEncode(text);

    /// <summary>A number with its noun.</summary>
    internal static string Count(long count, string one, string many) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? one : many)}");

    /// <summary>What a reader in a hurry wants to know.</summary>
    private static string Lead(BatchResult result, BatchSummary summary)
    {
        if (summary.Methods.Count == 0) return "<p class=\"lead\">No environment is shared by all that is compared, so nothing is summed up over them.</p>";
        MethodScore best = summary.Methods.MaxBy(m => m.InterquartileMean.Value)!;
        string over = summary.Environments.Count == 1 ? $"in {Text(summary.Environments[0])}" : $"over {summary.Environments.Count} environments";
        string first = summary.Methods.Count == 1
            ? $"<b>{Text(best.Name)}</b> has an interquartile mean of {Interval(best.InterquartileMean)} {over}."
            : $"<b>{Text(best.Name)}</b> has the highest interquartile mean {over}: {Interval(best.InterquartileMean)}.";
        string[] apart = [.. summary.Improvements.Where(i => i.Probability is { Low: > 0.5 } or { High: < 0.5 }).Select(i => i.Probability.Value > 0.5 ? $"{Text(i.Better)} over {Text(i.Worse)}" : $"{Text(i.Worse)} over {Text(i.Better)}")];
        string second = summary.Methods.Count == 1 ? "" : apart.Length == 0
            ? " No improvement of one over another can be told from chance."
            : apart.Length <= 6 ? $" An improvement can be told from chance for {string.Join(", ", apart)}." : $" An improvement can be told from chance for {apart.Length} of {summary.Improvements.Count} pairs.";
        return $"<p class=\"lead\">{first}{second}</p>";
    }

    /// <summary>An estimate in words.</summary>
    internal static string Interval(Estimate estimate) => estimate is { Low: double low, High: double high }
        ? $"{NumberText.Short(estimate.Value)} ({NumberText.Short(low)} to {NumberText.Short(high)})"
        : NumberText.Short(estimate.Value);

    private static void Scripts(StringBuilder page, BatchResult result, BatchSummary summary)
    {
        // A less-than sign would end the script where a name holds one.
        string data = PlotData.Of(result, summary).ToJsonString().Replace("<", "\\u003c", StringComparison.Ordinal);
        page.Append(CultureInfo.InvariantCulture, $"<script type=\"application/json\" id=\"report-data\">{data}</script>\n");
        if (!HasPlots) return;
        page.Append(CultureInfo.InvariantCulture, $"<!-- D3:\n{Comment("report.d3.license")}-->\n<script>{Resource("report.d3.js")}</script>\n");
        page.Append(CultureInfo.InvariantCulture, $"<!-- Observable Plot:\n{Comment("report.plot.license")}-->\n<script>{Resource("report.plot.js")}</script>\n");
        page.Append(CultureInfo.InvariantCulture, $"<script>\n{Resource("report.js")}</script>\n");
    }

    /// <summary>Whether this build has the plotting library; see Plots.targets.</summary>
    internal static bool HasPlots { get; } = typeof(HtmlReport).Assembly.GetManifestResourceInfo("report.plot.js") is not null;

    private static string Comment(string license) => Resource(license).Replace("--", "- -", StringComparison.Ordinal);

    private static string Resource(string name)
    {
        using Stream stream = typeof(HtmlReport).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
