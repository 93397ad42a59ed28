using System.IO;
using System.Linq;
using NUnit.Framework;
using Pipeline.Training.Loop.Metrics;

namespace Pipeline.Tests.Training.Loop.Metrics;

public sealed class CsvMetricsTests
{
    private TemporaryFolder _folder = null!;
    private string _path = "";

    [SetUp]
    public void MakeFolder()
    {
        _folder = new TemporaryFolder();
        _path = _folder["metrics.csv"];
    }

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void Rows_are_written_as_they_come_and_a_key_seen_later_adds_a_column()
    {
        using CsvMetrics csv = CsvMetrics.Create(_path);
        csv.Write(10, 0.5, Metrics(("policy_loss", -0.25)));
        csv.Write(20, 1, Metrics(("policy_loss", 0.1), ("episode_return", 9)));
        csv.Write(30, 1.5, Metrics(("episode_return", double.NaN)));
        Assert.That(File.ReadAllText(_path), Is.EqualTo("""
            step,seconds,policy_loss,episode_return
            10,0.5,-0.25,
            20,1,0.1,9
            30,1.5,,NaN

            """));
    }

    [Test]
    public void Going_on_drops_rows_after_the_checkpoint_and_a_line_that_was_cut_off()
    {
        File.WriteAllText(_path, "step,seconds,policy_loss\n10,1,0.5\n20,2,0.25\n30,3,0.125\n40,4,0.0");
        using (CsvMetrics csv = CsvMetrics.Continue(_path, lastStep: 20))
        {
            Assert.That(csv.Seconds, Is.EqualTo(2));
            csv.Write(30, 2.5, Metrics(("policy_loss", 7)));
        }

        Assert.That(File.ReadAllLines(_path), Is.EqualTo(new[] { "step,seconds,policy_loss", "10,1,0.5", "20,2,0.25", "30,2.5,7" }));
    }

    [Test]
    public void Going_on_without_a_file_starts_a_new_table()
    {
        using CsvMetrics csv = CsvMetrics.Continue(_path, lastStep: 20);
        csv.Write(30, 0.1, Metrics(("entropy", 1)));
        Assert.That(MetricTable.Read(_path).Rows.Single().Step, Is.EqualTo(30));
    }

    [TestCase("a,b\n1,2\n", "starts with 'a,b'")]
    [TestCase("step,seconds,entropy\n1,2\n", "Line 2")]
    [TestCase("step,seconds\nx,2\n", "Line 2")]
    public void A_file_that_is_no_such_table_is_refused_with_its_line(string text, string reason)
    {
        File.WriteAllText(_path, text);
        Assert.That(() => CsvMetrics.Continue(_path, 5), Throws.TypeOf<InvalidDataException>().With.Message.Contains(reason));
    }

    [Test]
    public void Numbers_survive_the_file_exactly()
    {
        const double awkward = 0.1 + 0.2;
        using CsvMetrics csv = CsvMetrics.Create(_path);
        csv.Write(1, 0, Metrics(("value_loss", awkward)));
        Curve curve = MetricTable.Read(_path).Curve("value_loss");
        Assert.That(curve.Values.Single(), Is.EqualTo(awkward));
    }

    private static MetricSet Metrics(params (string Key, double Value)[] values)
    {
        var metrics = new MetricSet();
        foreach ((string key, double value) in values)
            metrics.Set(key, value);
        return metrics;
    }
}
