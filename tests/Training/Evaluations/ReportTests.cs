using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Evaluation;
using Pipeline.Training.Evaluation.Reports;

namespace Pipeline.Tests.Training.Evaluations;

public sealed class ReportTests
{
    private readonly EvaluatedPolicy[] _policies = [ReportSamples.Policy("plain"), ReportSamples.Policy("odd, \"<script>\" & name")];
    private BatchResult _batch = null!;
    private BatchSummary _summary = null!;
    private string _page = "";

    [OneTimeSetUp]
    public void Make()
    {
        _batch = ReportSamples.Large(_policies, environments: 2, seeds: 3, episodes: 20);
        _summary = BatchSummary.Of(_batch, [new ScoreRange("Environment<0>", 0, 20, "as given"), new ScoreRange("Environment<1>", 0, 20, "as given")], new SummaryOptions { Replicates = 200 });
        _page = HtmlReport.Page(_batch, _summary, ReportSamples.Facts);
    }

    [OneTimeTearDown]
    public void Dispose()
    {
        foreach (EvaluatedPolicy policy in _policies) policy.Dispose();
    }

    [Test]
    public void The_page_needs_no_other_file()
    {
        string markup = Regex.Replace(_page, "<script>.*?</script>|<!--.*?-->", "", RegexOptions.Singleline);
        Assert.Multiple(() =>
        {
            Assert.That(Regex.Matches(markup, "(?:src|href)=\"(?<to>[^\"]*)\"").Select(m => m.Groups["to"].Value), Is.All.EqualTo("data:,").Or.All.StartsWith("#"));
            Assert.That(markup, Does.Not.Contain("http://").And.Not.Contain("https://").And.Not.Contain("@import"));
            Assert.That(_page, Does.Not.Contain("fetch(\"").And.Not.Contain("integrity="));
        });
    }

    [Test]
    public void Every_figure_has_a_caption_and_says_in_words_what_it_shows()
    {
        string[] figures = [.. Regex.Matches(_page, "<figure .*?</figure>", RegexOptions.Singleline).Select(m => m.Value)];
        Assert.Multiple(() =>
        {
            Assert.That(figures.Select(f => Regex.Match(f, "data-plot=\"(\\w+)\"").Groups[1].Value), Is.EqualTo(new[]
            {
                "aggregate", "improvement", "returns", "distribution", "profile", "lengths", "returns", "distribution", "profile", "lengths",
            }));
            Assert.That(figures, Is.All.Match("<figcaption>.{10,}</figcaption>"));
            Assert.That(figures, Is.All.Match("role=\"img\" aria-label=\"[^\"]{20,}\""));
            Assert.That(figures[2], Does.Contain("plain").And.Contain("&lt;script&gt;"));
        });
    }

    [Test]
    public void Names_are_text_and_never_markup()
    {
        Assert.Multiple(() =>
        {
            Assert.That(_page, Does.Not.Contain("odd, \"<script>"));
            Assert.That(_page, Does.Contain("odd, &quot;&lt;script&gt;&quot; &amp; name").And.Contain("Environment&lt;0&gt;"));
            Assert.That(_page, Does.Contain("pipeline evaluate &#39;a &amp; b.onnx&#39; &lt;c&gt;"));
        });
    }

    [Test]
    public void The_tables_hold_the_numbers_and_how_they_were_made()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Regex.Count(_page, "<th scope=\"row\">"), Is.EqualTo(2 + 1 + 2 + (2 * 2) + 2), "methods, one pair, scales, two policies in two environments, files");
            foreach ((EvaluatedPolicy policy, _, EvaluationResult result) in _batch.Pairs)
                Assert.That(_page, Does.Contain($"<td class=\"number\">{NumberText.Short(result.MeanReturn)}</td>"), policy.Label);
            Assert.That(_page, Does.Contain(new string('a', 64)).And.Contain("seeds 0..2").And.Contain("2026-03-04T05:06:07").And.Contain("4 March 2026"));
            Assert.That(_page, Does.Contain($"ONNX Runtime {ReportFacts.OnnxRuntimeVersion}").And.Contain($"Pipeline {ReportFacts.PipelineVersion}"));
            Assert.That(_page, Does.Contain("stratified bootstrap, 200 replicates").And.Contain("Student&#39;s t"));
        });
    }

    [Test]
    public void The_data_of_the_figures_are_those_of_the_batch()
    {
        JsonNode data = JsonNode.Parse(Regex.Match(_page, "id=\"report-data\">(.*?)</script>", RegexOptions.Singleline).Groups[1].Value)!;
        JsonNode first = data["environments"]![0]!["policies"]![0]!;
        Assert.Multiple(() =>
        {
            Assert.That(data["environments"]!.AsArray().Select(e => (string)e!["name"]!), Is.EqualTo(_batch.Environments));
            Assert.That((double)first["mean"]!, Is.EqualTo(_batch.Pairs[0].Result.MeanReturn));
            Assert.That(first["bins"]!.AsArray().Sum(b => (double)b!["share"]!), Is.EqualTo(1).Within(1e-12));
            Assert.That(first["seeds"]!.AsArray().Select(s => (double)s!), Is.EqualTo(_batch.Cells.Take(3).Select(c => c.Result.MeanReturn)));
            double[] profile = [.. first["profile"]!.AsArray().Select(p => (double)p!["share"]!)];
            Assert.That(profile, Is.Ordered.Descending);
            Assert.That((profile[0], profile[^1]), Is.EqualTo((1.0, 0.0)));
        });
    }

    [Test]
    public void The_libraries_stand_in_the_page_with_their_licences()
    {
        Assume.That(HtmlReport.HasPlots, "built with -p:ReportPlots=false");
        Assert.That(_page, Does.Contain("Observable, Inc").And.Contain("Mike Bostock").And.Contain("Permission to use, copy, modify"));
    }

    [TestCase(new double[] { 1, 2, 4 }, new double[] { 0.5, 1.5, 2.5, 3.5, 4.5 }, new[] { 1, 1, 0, 1 })]
    [TestCase(new double[] { 7, 7 }, new double[] { 6.5, 7.5 }, new[] { 2 })]
    public void Whole_numbers_get_a_bin_each(double[] values, double[] edges, int[] counts)
    {
        Assert.That(PlotData.Edges(values), Is.EqualTo(edges));
        Assert.That(PlotData.Counts(edges, values), Is.EqualTo(counts));
    }

    [Test]
    public void Every_value_falls_into_one_bin_the_largest_included()
    {
        double[] values = [.. Enumerable.Range(0, 101).Select(i => i / 100.0)];
        int[] counts = PlotData.Counts(PlotData.Edges(values), values);
        Assert.That(counts.Sum(), Is.EqualTo(101));
        Assert.That(counts, Is.All.InRange(2, 4));
    }

    [Test]
    public void Episodes_are_written_one_a_row_and_read_back_exactly()
    {
        using var folder = new TemporaryFolder();
        CsvReport.WriteEpisodes(folder["e.csv"], _batch);
        CsvReport.WriteSummary(folder["s.csv"], _batch);
        string[] rows = File.ReadAllLines(folder["e.csv"]), summary = File.ReadAllLines(folder["s.csv"]);
        Assert.Multiple(() =>
        {
            Assert.That(rows[0], Is.EqualTo("policy,file,environment,seed,episode,return,length,terminated,truncated,success"));
            Assert.That(rows, Has.Length.EqualTo(1 + (2 * 2 * 3 * 20)));
            string[] cells = rows[22].Split(',');
            Assert.That(cells[..5], Is.EqualTo(new[] { "plain", "runs/plain/policy.onnx", "Environment<0>", "1", "1" }));
            Assert.That(double.Parse(cells[5], CultureInfo.InvariantCulture), Is.EqualTo(_batch.Cells[1].Result.Returns[1]));
            Assert.That(cells[7..], Is.EqualTo(new[] { "1", "0", "" }));
            Assert.That(rows[^1], Does.StartWith("\"odd, \"\"<script>\"\" & name\",\"runs/odd"));
            Assert.That(summary, Has.Length.EqualTo(5));
            Assert.That(double.Parse(summary[1].Split(',')[6], CultureInfo.InvariantCulture), Is.EqualTo(_batch.Pairs[0].Result.MeanReturn));
        });
    }

    [Test]
    public void A_result_without_numbers_still_makes_a_report()
    {
        BatchResult batch = ReportSamples.Batch((_policies[0], "E", 0, [double.NaN, double.PositiveInfinity]));
        BatchSummary summary = BatchSummary.Of(batch, [], new SummaryOptions { Replicates = 10 });
        Assert.That(JsonReport.Of(batch, summary, ReportSamples.Facts)["results"]![0]!["mean_return"], Is.Null);
        Assert.That(HtmlReport.Page(batch, summary, ReportSamples.Facts), Does.Contain("NaN"));
    }

    [Test]
    public void Seeds_in_a_row_are_written_as_a_range() =>
        Assert.That(ReportWords.Seeds([0, 1, 2, 3, 7, 9, 10]), Is.EqualTo("0..3, 7, 9, 10"));
}
