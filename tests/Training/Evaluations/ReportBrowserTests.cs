using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Evaluation;
using Pipeline.Training.Evaluation.Reports;

namespace Pipeline.Tests.Training.Evaluations;

/// <summary>The report in headless Chromium, where that is installed: <c>apt-get install chromium</c>.</summary>
[Category("Browser")]
public sealed class ReportBrowserTests
{
    private const string Measure = """
        <script>
        addEventListener("error", (e) => document.documentElement.setAttribute("data-errors", e.message));
        </script>
        """;

    private const string Report = """
        <script>
        const measured = {
          wider: document.documentElement.scrollWidth - document.documentElement.clientWidth,
          figures: [...document.querySelectorAll("figure.plot")].map((f) => {
            const svg = f.querySelector("svg"), box = svg ? svg.getBoundingClientRect() : { width: 0, height: 0, right: 0 };
            return { plot: f.dataset.plot, width: box.width, height: box.height, over: box.right - f.getBoundingClientRect().right,
              marks: svg ? svg.querySelectorAll("circle, path, rect, line").length : 0, broken: f.innerHTML.includes("NaN") };
          }),
        };
        const place = document.createElement("pre");
        place.id = "measured";
        place.textContent = JSON.stringify(measured);
        document.body.append(place);
        </script>
        """;

    private static readonly string? Browser = new[] { "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists);

    [TestCase(1200, 3)]
    [TestCase(500, 3)]
    [TestCase(1000, 14)]
    public void All_figures_are_drawn_within_the_page_and_without_errors(int width, int policies)
    {
        Assume.That(Browser, Is.Not.Null, "no Chromium here");
        Assume.That(HtmlReport.HasPlots, "built with -p:ReportPlots=false");
        EvaluatedPolicy[] loaded = [.. Enumerable.Range(0, policies).Select(i => ReportSamples.Policy(i == 1 ? "a-policy-with-a-name-that-is-rather-too-long-to-stand-beside-a-figure" : $"policy-{i}"))];
        using var folder = new TemporaryFolder();
        BatchResult batch = ReportSamples.Large(loaded, environments: 2, seeds: 3, episodes: 10);
        BatchSummary summary = BatchSummary.Of(batch, [], new SummaryOptions { Replicates = 50 });
        string page = HtmlReport.Page(batch, summary, ReportSamples.Facts).Replace("<head>", $"<head>{Measure}", StringComparison.Ordinal).Replace("</body>", $"{Report}</body>", StringComparison.Ordinal);
        File.WriteAllText(folder["report.html"], page);
        (string dom, string log) = Open(folder, width);
        foreach (EvaluatedPolicy policy in loaded) policy.Dispose();
        Match found = Regex.Match(dom, "<pre id=\"measured\">(.*?)</pre>");
        Assert.That(found.Success, $"the page's scripts did not end:\n{log}");
        JsonNode measured = JsonNode.Parse(System.Net.WebUtility.HtmlDecode(found.Groups[1].Value))!;
        Assert.Multiple(() =>
        {
            Assert.That(dom, Does.Not.Match("<html[^>]*data-errors"));
            Assert.That(log, Does.Not.Contain("CONSOLE"));
            Assert.That((double)measured["wider"]!, Is.Zero, "the page scrolls sideways");
            JsonNode[] figures = [.. measured["figures"]!.AsArray().Select(f => f!)];
            Assert.That(figures, Has.Length.EqualTo(10));
            foreach (JsonNode figure in figures)
            {
                string name = figure.ToJsonString();
                Assert.That((double)figure["width"]!, Is.GreaterThan(300), name);
                Assert.That((double)figure["height"]!, Is.GreaterThan(80), name);
                Assert.That((double)figure["over"]!, Is.LessThanOrEqualTo(0.5), name);
                Assert.That((double)figure["marks"]!, Is.GreaterThan(2), name);
                Assert.That((bool)figure["broken"]!, Is.False, name);
            }
        });
    }

    private static (string Dom, string Log) Open(TemporaryFolder folder, int width)
    {
        var start = new ProcessStartInfo(
            Browser!,
            ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--enable-logging=stderr", $"--user-data-dir={folder["profile"]}", $"--window-size={width},1000", "--dump-dom", new Uri(folder["report.html"]).AbsoluteUri])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        System.Threading.Tasks.Task<string> log = process.StandardError.ReadToEndAsync();
        string dom = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (dom, log.Result);
    }
}
