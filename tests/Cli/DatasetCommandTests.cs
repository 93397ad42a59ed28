using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using NUnit.Framework;
using Pipeline.Tests.Training.Loop;

namespace Pipeline.Tests.Cli;

/// <summary>`record` and `evaluate --dataset`, on policies trained for a moment.</summary>
public sealed class DatasetCommandTests
{
    private TemporaryFolder _folder = null!;

    [OneTimeSetUp]
    public void Train()
    {
        _folder = new TemporaryFolder();
        Train("ppo", "CartPole-v1", "2048", "choices");
        Train("ppo", "Pendulum-v1", "2048", "real");
        Train("sac", "Pendulum-v1", "300", "squashed", "--set", "learning_starts=100");
        Train("td3", "Pendulum-v1", "300", "noisy", "--set", "learning_starts=100");
        Train("dqn", "CartPole-v1", "300", "greedy", "--set", "learning_starts=100");
        Train("ppo", "CartPole-v1", "2048", "remembers", "--set", "memory=gru");
        Train("ppo", "Docking-v0", "2048", "hybrid");
        Train("ppo", "Docking-v0", "2048", "hybrid-remembers", "--set", "memory=gru", "--set", "previous_action=true", "--set", "previous_reward=true");
    }

    [OneTimeTearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase("choices")]
    [TestCase("real")]
    [TestCase("squashed")]
    [TestCase("noisy")]
    [TestCase("remembers")]
    [TestCase("hybrid")]
    [TestCase("hybrid", "--temperature", "1.3", "--epsilon", "0.2")]
    [TestCase("hybrid-remembers")]
    [TestCase("greedy", "--epsilon", "0.3")]
    [TestCase("greedy", "--temperature", "0.5")]
    public void A_policy_that_is_evaluated_on_its_own_data_has_weights_of_1(string name, params string[] acting)
    {
        string file = _folder[$"{name}{acting.Length}.csv.gz"], model = _folder[$"{name}/policy.onnx"];
        PipelineCommand recorded = PipelineCommand.Run(["record", model, "--episodes", "6", "--seed", "4", "--out", file, .. acting]);
        Assert.That(recorded.ExitCode, Is.Zero, recorded.Error);
        PipelineCommand run = PipelineCommand.Run(["evaluate", model, "--dataset", file, "--method", "is,pdis,wis", "--json", .. acting.Length > 0 ? acting : ["--stochastic"]]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        using JsonDocument json = JsonDocument.Parse(run.Out);
        double logged = json.RootElement.GetProperty("logged_return").GetDouble();
        foreach (JsonElement estimate in json.RootElement.GetProperty("estimates").EnumerateArray())
        {
            Assert.That(estimate.GetProperty("return").GetDouble(), Is.EqualTo(logged).Within(1e-2 * Math.Abs(logged)));
            Assert.That(estimate.GetProperty("effective_sample_size").GetDouble(), Is.EqualTo(6).Within(0.01));
        }
    }

    [Test]
    public void The_same_seed_records_the_same_bytes()
    {
        byte[] Record(string name, string seed)
        {
            PipelineCommand run = PipelineCommand.Run("record", _folder["choices/policy.onnx"], "--episodes", "5", "--seed", seed, "--out", _folder[name]);
            Assert.That(run.ExitCode, Is.Zero, run.Error);
            return File.ReadAllBytes(_folder[name]);
        }

        byte[] first = Record("a.jsonl.gz", "1");
        Assert.That(Record("b.jsonl.gz", "1"), Is.EqualTo(first));
        Assert.That(Record("c.jsonl.gz", "2"), Is.Not.EqualTo(first));
    }

    [Test]
    public void Fitted_values_are_learned_where_states_cannot_be_counted()
    {
        string file = _folder["fqe.jsonl"];
        Assert.That(PipelineCommand.Run("record", _folder["choices/policy.onnx"], "--episodes", "40", "--epsilon", "0.2", "--out", file).ExitCode, Is.Zero);
        PipelineCommand run = PipelineCommand.Run(
            "evaluate", _folder["choices/policy.onnx"], "--dataset", file, "--stochastic", "--discount", "0.9", "--method", "fqe,dr,wdr", "--bootstrap", "100", "--fqe-steps", "300", "--fqe-hidden", "16,8");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        string[] lines = run.Out.Split('\n');
        foreach (string method in new[] { "fqe", "dr", "wdr" })
        {
            string line = lines.First(l => l.StartsWith(method + " ", StringComparison.Ordinal));
            double value = double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
            // An episode of CartPole earns 1 a step for some twenty steps: nearly 1 / (1 − 0.9).
            Assert.That(value, Is.InRange(7, 11), line);
        }
    }

    [Test]
    public void A_deterministic_policy_over_real_numbers_is_evaluated_by_fitted_values_alone()
    {
        string file = _folder["real.jsonl"];
        Assert.That(PipelineCommand.Run("record", _folder["real/policy.onnx"], "--episodes", "4", "--out", file).ExitCode, Is.Zero);
        PipelineCommand run = PipelineCommand.Run("evaluate", _folder["real/policy.onnx"], "--dataset", file, "--discount", "0.9", "--method", "wis,fqe", "--fqe-steps", "100", "--bootstrap", "100", "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        using JsonDocument json = JsonDocument.Parse(run.Out);
        JsonElement estimates = json.RootElement.GetProperty("estimates");
        Assert.That(estimates[0].GetProperty("problem").GetString(), Does.Contain("--stochastic"));
        Assert.That(estimates[1].GetProperty("return").GetDouble(), Is.LessThan(0));
    }

    [Test]
    public void What_cannot_be_recorded_is_refused_with_what_can()
    {
        PipelineCommand run = PipelineCommand.Run("record", _folder["real/policy.onnx"], "--temperature", "0", "--out", _folder["x.csv"]);
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("no density"));
        Assert.That(File.Exists(_folder["x.csv"]), Is.False);
    }

    [Test]
    public void All_that_is_wrong_is_told_at_once()
    {
        PipelineCommand run = PipelineCommand.Run(
            "evaluate", _folder["choices/policy.onnx"], "--dataset", _folder["none.json"], "--discount", "2", "--method", "is,xx", "--epsilon", "a", "--episodes", "3", "--cut-episodes", "maybe");
        Assert.That(run.ExitCode, Is.EqualTo(2));
        foreach (string part in new[] { "none.json", ".jsonl", "discount is 2", "'xx'", "--epsilon is 'a'", "--episodes is given together", "--cut-episodes is 'maybe'" })
            Assert.That(run.Error, Does.Contain(part));
    }

    [Test]
    public void Data_of_another_task_is_refused_with_line_and_field()
    {
        string file = _folder["other.csv"];
        Assert.That(PipelineCommand.Run("record", _folder["real/policy.onnx"], "--episodes", "1", "--out", file).ExitCode, Is.Zero);
        PipelineCommand run = PipelineCommand.Run("evaluate", _folder["choices/policy.onnx"], "--dataset", file);
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("line 1, observation").And.Contain("observation_3"));
    }

    private void Train(string algorithm, string environment, string steps, string name, params string[] rest)
    {
        PipelineCommand run = PipelineCommand.Run(["train", algorithm, "--env", environment, "--steps", steps, "--seed", "3", "--out", _folder[name], .. rest]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
    }
}
