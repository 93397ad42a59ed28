using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using NUnit.Framework;
using Pipeline.Cli;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Evaluation;

namespace Pipeline.Tests.Cli;

/// <summary>`evaluate` with many policies, environments and seeds, and `compare`; on two policies trained for a moment.</summary>
public sealed class EvaluateBatchTests
{
    private TemporaryFolder _folder = null!;

    [OneTimeSetUp]
    public void Train()
    {
        _folder = new TemporaryFolder();
        foreach ((string name, string environment, string steps) in new[] { ("short", "CartPole-v1", "2048"), ("long", "CartPole-v1", "12000"), ("other", "Acrobot-v1", "2048") })
        {
            PipelineCommand run = PipelineCommand.Run("train", "ppo", "--env", environment, "--steps", steps, "--seed", "3", "--out", _folder[$"runs/{name}"]);
            Assert.That(run.ExitCode, Is.Zero, run.Error);
        }
    }

    [OneTimeTearDown]
    public void RemoveFolder() => _folder.Dispose();

    private string Policy(string name) => _folder[$"runs/{name}/policy.onnx"];

    [Test]
    public void Many_policies_and_seeds_come_as_one_table_and_all_files()
    {
        PipelineCommand run = PipelineCommand.Run("evaluate", Policy("short"), Policy("long"), "--env", "CartPole-v1", "--seeds", "0..2", "--episodes", "20", "--bootstrap", "200", "--out", _folder["out"]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.Multiple(() =>
        {
            Assert.That(run.Out, Does.Contain("2 policies, 1 environment, 3 seeds, 20 episodes each").And.Contain("95 % interval").And.Contain("probability of improvement"));
            Assert.That(Directory.EnumerateFiles(_folder["out"]).Select(Path.GetFileName).Order(), Is.EqualTo(new[] { "episodes.csv", "episodes.summary.csv", "report.html", "result.json" }));
            Assert.That(File.ReadLines(_folder["out/episodes.csv"]).Count(), Is.EqualTo(1 + (2 * 3 * 20)));
            Assert.That(File.ReadAllText(_folder["out/report.html"]), Does.Contain("--seeds 0..2"), "the command that made it");
        });
    }

    [Test]
    public void Json_holds_each_result_each_run_and_the_summary()
    {
        PipelineCommand run = PipelineCommand.Run("evaluate", _folder["runs"], "--seeds", "4,5", "--episodes", "10", "--bootstrap", "100", "--group-by", "algorithm", "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        using JsonDocument json = JsonDocument.Parse(run.Out);
        JsonElement root = json.RootElement;
        Assert.Multiple(() =>
        {
            Assert.That(run.Error, Is.Empty);
            Assert.That(root.EnumerateObject().Select(p => p.Name), Is.EqualTo(new[] { "episodes", "seeds", "stochastic", "steps_per_second", "results", "runs", "skipped", "summary", "made" }));
            Assert.That(root.GetProperty("results").EnumerateArray().Select(r => r.GetProperty("policy").GetString()), Is.EqualTo(new[] { "long", "other", "short" }));
            Assert.That(root.GetProperty("results")[1].GetProperty("environment").GetString(), Is.EqualTo("Acrobot-v1"), "each where it was trained");
            Assert.That(root.GetProperty("runs").GetArrayLength(), Is.EqualTo(6));
            JsonElement method = root.GetProperty("summary").GetProperty("methods")[0];
            Assert.That(method.GetProperty("method").GetString(), Is.EqualTo("ppo"));
            Assert.That(method.GetProperty("interquartile_mean").GetProperty("low").GetDouble(), Is.LessThanOrEqualTo(method.GetProperty("interquartile_mean").GetProperty("value").GetDouble()));
            Assert.That(root.GetProperty("made").GetProperty("policies")[0].GetProperty("sha256").GetString(), Has.Length.EqualTo(64));
        });
    }

    [Test]
    public void The_numbers_do_not_depend_on_threads()
    {
        string Csv(string threads)
        {
            PipelineCommand run = PipelineCommand.Run("evaluate", Policy("short"), "--episodes", "1100", "--threads", threads, "--csv", _folder[$"t{threads}.csv"]);
            Assert.That(run.ExitCode, Is.Zero, run.Error);
            return File.ReadAllText(_folder[$"t{threads}.csv"]);
        }

        Assert.That(Csv("3"), Is.EqualTo(Csv("1")));
        Assert.That(File.Exists(_folder["t3.summary.csv"]));
    }

    [Test]
    public void Policies_for_other_spaces_are_refused_or_skipped()
    {
        string[] words = ["evaluate", Policy("short"), Policy("other"), "--env", "CartPole-v1", "--env", "Acrobot-v1", "--episodes", "5"];
        PipelineCommand refused = PipelineCommand.Run(words), skipped = PipelineCommand.Run([.. words, "--skip-mismatched"]);
        Assert.Multiple(() =>
        {
            Assert.That(refused.ExitCode, Is.EqualTo(2));
            Assert.That(refused.Error, Does.Contain("in Acrobot-v1: The policy observes Box([4]").And.Contain("in CartPole-v1: The policy observes Box([6]"));
            Assert.That(skipped.ExitCode, Is.Zero, skipped.Error);
            Assert.That(skipped.Out, Does.Contain("skipped").And.Contain("No environment is shared"));
        });
    }

    [Test]
    public void All_that_is_wrong_is_told_at_once()
    {
        PipelineCommand run = PipelineCommand.Run("evaluate", _folder["none*"], "--seeds", "4..1", "--seed", "2", "--normalize", "treshold", "--reference", "x", "--episodes", "0", "--threads", "no");
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("No policy file matches").And.Contain("runs backwards").And.Contain("--seed and --seeds").And.Contain("Did you mean 'threshold'?")
            .And.Contain("--reference is 'x'").And.Contain("--episodes is 0").And.Contain("--threads is 'no'"));
    }

    [Test]
    public void A_worse_policy_fails_the_gate_and_a_better_one_passes()
    {
        PipelineCommand better = PipelineCommand.Run("compare", Policy("short"), Policy("long"), "--episodes", "60");
        PipelineCommand worse = PipelineCommand.Run("compare", Policy("long"), Policy("short"), "--episodes", "60", "--env", "CartPole-v1");
        PipelineCommand within = PipelineCommand.Run("compare", Policy("long"), Policy("short"), "--episodes", "60", "--margin", "600");
        PipelineCommand same = PipelineCommand.Run("compare", Policy("long"), Policy("long"), "--seeds", "0,1", "--episodes", "5");
        Assert.Multiple(() =>
        {
            Assert.That((better.ExitCode, worse.ExitCode, within.ExitCode, same.ExitCode), Is.EqualTo((0, 3, 0, 0)), better.Error + worse.Error);
            Assert.That(better.Out, Does.Contain("B is better than A: B returns").And.Contain("95 % interval"));
            Assert.That(worse.Out, Does.Contain("B is worse than A: B returns"));
            Assert.That(within.Out, Does.Contain("B is worse than A, but not by more than 600"));
            Assert.That(same.Out, Does.Contain("both return the same in 10 episodes"));
        });
    }

    [Test]
    public void What_cannot_be_told_has_an_exit_code_of_its_own()
    {
        // Two episodes of each give one degree of freedom: an interval wider than any difference.
        string[] words = ["compare", Policy("short"), Policy("long"), "--episodes", "2", "--seed", "1"];
        PipelineCommand tell = PipelineCommand.Run([.. words, "--json"]);
        using JsonDocument json = JsonDocument.Parse(tell.Out);
        JsonElement root = json.RootElement;
        Assert.Multiple(() =>
        {
            Assert.That(tell.ExitCode, Is.EqualTo(4));
            Assert.That(root.GetProperty("verdict").GetString(), Is.EqualTo("undecided"));
            Assert.That(root.GetProperty("ci_low").GetDouble(), Is.LessThan(0));
            Assert.That(root.GetProperty("difference").GetDouble(), Is.EqualTo(root.GetProperty("mean_return_candidate").GetDouble() - root.GetProperty("mean_return_reference").GetDouble()).Within(1e-9));
            Assert.That(root.GetProperty("episodes_needed").GetDouble(), Is.GreaterThanOrEqualTo(2));
            Assert.That(root.GetProperty("statement").GetString(), Does.StartWith("No difference can be told").And.Contain("episodes of each would tell"));
            Assert.That(PipelineCommand.Run([.. words, "--undecided", "pass"]).ExitCode, Is.Zero);
            Assert.That(PipelineCommand.Run([.. words, "--undecided", "fail"]).ExitCode, Is.EqualTo(3));
            Assert.That(PipelineCommand.Run([.. words, "--margin", "-1"]).ExitCode, Is.EqualTo(2));
        });
    }

    [Test]
    public void Progress_says_how_far_it_is_and_how_long_it_will_take()
    {
        var progress = new BatchProgress { TotalEpisodes = 4000 };
        progress.Add(1000, 50_000);
        Assert.That(EvaluateDisplay.Line(progress, TimeSpan.FromSeconds(20)), Is.EqualTo("episode 1,000 of 4,000 (25 %)  2,500 steps/s  left 1 min 0 s"));
    }
}
