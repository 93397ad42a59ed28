using System.IO;
using System.Linq;
using System.Text.Json;
using NUnit.Framework;
using Pipeline.Tests.Cli;
using Pipeline.Training.Loop.Metrics;

namespace Pipeline.Tests.Training.Loop;

/// <summary>Scoring the policy while it is trained.</summary>
[TestFixture]
public sealed class PolicyScoringTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void The_best_policy_is_kept_with_its_score()
    {
        string output = Train("run", "--evaluate-every", "1024", "--evaluate-episodes", "7");
        double[] scores = Evaluations("run");
        string best = Run("evaluate", _folder["run/best.onnx"], "--env", "CartPole-v1", "--episodes", "3", "--json");
        using JsonDocument config = JsonDocument.Parse(File.ReadAllText(_folder["run/config.json"]));
        Assert.Multiple(() =>
        {
            Assert.That(scores, Has.Length.GreaterThan(4));
            Assert.That(scores.Distinct().Count(), Is.GreaterThan(1));
            Assert.That(output, Does.Contain("best.onnx").And.Contain(scores.Max().ToString("F1", System.Globalization.CultureInfo.InvariantCulture)));
            Assert.That(best, Does.Contain("mean_return"));
            Assert.That(File.Exists(_folder["run/best.json"]), Is.True);
            Assert.That(config.RootElement.GetProperty("evaluate_every").GetInt64(), Is.EqualTo(1024));
            Assert.That(config.RootElement.GetProperty("evaluate_episodes").GetInt32(), Is.EqualTo(7));
        });
    }

    [Test]
    public void Scoring_changes_nothing_that_is_learned()
    {
        Train("scored", "--evaluate-every", "512");
        Train("plain");
        Assert.That(File.ReadAllBytes(_folder["scored/policy.onnx"]), Is.EqualTo(File.ReadAllBytes(_folder["plain/policy.onnx"])));
        Assert.That(File.Exists(_folder["plain/best.onnx"]), Is.False);
    }

    [Test]
    public void A_resumed_run_finds_the_same_best_policy()
    {
        Train("whole", "--evaluate-every", "512");
        Train("parts", "--evaluate-every", "512", "--stop-at", "2048");
        Run("train", "--resume", _folder["parts"]);
        Assert.That(Evaluations("parts"), Is.EqualTo(Evaluations("whole")));
        Assert.That(File.ReadAllBytes(_folder["parts/best.onnx"]), Is.EqualTo(File.ReadAllBytes(_folder["whole/best.onnx"])));
    }

    [Test]
    public void Numbers_out_of_range_are_refused()
    {
        PipelineCommand run = PipelineCommand.Run("train", "ppo", "--env", "CartPole-v1", "--out", _folder["run"], "--evaluate-every", "0", "--evaluate-episodes", "0");
        Assert.That(run.ExitCode, Is.Not.Zero);
        Assert.That(run.Error, Does.Contain("--evaluate-every").And.Contain("--evaluate-episodes"));
        Assert.That(Directory.Exists(_folder["run"]), Is.False);
    }

    private string Train(string name, params string[] more) =>
        Run(["train", "ppo", "--env", "CartPole-v1", "--steps", "6144", "--log-every", "512", "--out", _folder[name], .. more]);

    private static string Run(params string[] arguments)
    {
        PipelineCommand run = PipelineCommand.Run(arguments);
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")));
        return run.Out;
    }

    private double[] Evaluations(string name) => [.. MetricTable.Read(_folder[$"{name}/metrics.csv"]).Curve(MetricKeys.EvaluationReturn).Values];
}
