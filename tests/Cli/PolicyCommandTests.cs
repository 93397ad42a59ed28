using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using NUnit.Framework;
using Pipeline.Tests.Training.Loop;

namespace Pipeline.Tests.Cli;

/// <summary>The verbs that work on policy files, on one trained by PPO for a moment.</summary>
public sealed class PolicyCommandTests
{
    private TemporaryFolder _folder = null!;
    private string _model = "";

    [OneTimeSetUp]
    public void Train()
    {
        _folder = new TemporaryFolder();
        _model = _folder["run/policy.onnx"];
        PipelineCommand run = PipelineCommand.Run("train", "ppo", "--env", "CartPole-v1", "--steps", "2048", "--seed", "3", "--out", _folder["run"]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
    }

    [OneTimeTearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void Evaluation_as_json_prints_one_object_with_these_keys_and_nothing_else()
    {
        PipelineCommand run = PipelineCommand.Run("evaluate", _model, "--env", "CartPole-v1", "--episodes", "30", "--seed", "1", "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        using JsonDocument json = JsonDocument.Parse(run.Out);
        double Value(string key) => json.RootElement.GetProperty(key).GetDouble();
        Assert.Multiple(() =>
        {
            Assert.That(run.Error, Is.Empty);
            Assert.That(
                json.RootElement.EnumerateObject().Select(p => p.Name),
                Is.EqualTo(new[] { "mean_return", "std_return", "min_return", "max_return", "mean_length", "episodes", "steps_per_second" }));
            Assert.That(Value("episodes"), Is.EqualTo(30));
            Assert.That(Value("mean_length"), Is.EqualTo(Value("mean_return")), "CartPole gives 1 a step");
            Assert.That(Value("min_return"), Is.GreaterThanOrEqualTo(1).And.LessThanOrEqualTo(Value("mean_return")));
            Assert.That(Value("max_return"), Is.LessThanOrEqualTo(500).And.GreaterThanOrEqualTo(Value("mean_return")));
        });
    }

    [Test]
    public void The_same_seed_gives_the_same_score_drawn_actions_included()
    {
        string Score(string seed)
        {
            using JsonDocument json = JsonDocument.Parse(PipelineCommand.Run("evaluate", _model, "--stochastic", "--episodes", "20", "--seed", seed, "--json").Out);
            return json.RootElement.GetProperty("mean_return").GetRawText();
        }

        string first = Score("4");
        Assert.Multiple(() =>
        {
            Assert.That(Score("4"), Is.EqualTo(first));
            Assert.That(Score("5"), Is.Not.EqualTo(first));
        });
    }

    [Test]
    public void Evaluation_for_a_person_shows_the_spread()
    {
        PipelineCommand run = PipelineCommand.Run("evaluate", _model, "--env", "CartPole-v1", "--episodes", "10");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Out, Does.Contain("confidence").And.Contain("standard deviation").And.Contain("episodes  10"));
    }

    [Test]
    public void A_policy_for_other_spaces_is_refused_with_both_named()
    {
        PipelineCommand run = PipelineCommand.Run("evaluate", _model, "--env", "Acrobot-v1", "--json");
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(2));
            Assert.That(run.Error, Does.Contain("Box([4]").And.Contain("Box([6]").And.Contain("Discrete(2)").And.Contain("Discrete(3)").And.Contain("CartPole-v1"));
            Assert.That(run.Out, Is.Empty);
        });
    }

    [Test]
    public void A_mistyped_file_is_told_with_the_nearest_one()
    {
        PipelineCommand run = PipelineCommand.Run("evaluate", _folder["run/polcy.onnx"], "--env", "CartPole-v1");
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("'policy.onnx'"));
    }

    [Test]
    public void A_file_that_is_no_policy_is_refused_without_a_trace()
    {
        PipelineCommand run = PipelineCommand.Run("inspect", _folder["run/metrics.csv"]);
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("metrics.csv").And.Not.Contain("   at "));
    }

    [Test]
    public void Inspecting_shows_the_manifest_beside_the_file_and_which_hosts_can_load_it()
    {
        PipelineCommand json = PipelineCommand.Run("inspect", _model, "--json");
        PipelineCommand text = PipelineCommand.Run("inspect", _model);
        using JsonDocument inside = JsonDocument.Parse(json.Out);
        using JsonDocument beside = JsonDocument.Parse(File.ReadAllText(_folder["run/policy.json"]));
        Assert.Multiple(() =>
        {
            Assert.That(
                inside.RootElement.EnumerateObject().Select(p => p.Name),
                Is.EqualTo(new[] { "file", "bytes", "producer", "opset", "ir_version", "inputs", "outputs", "manifest", "hosts" }));
            Assert.That(JsonElement.DeepEquals(inside.RootElement.GetProperty("manifest"), beside.RootElement));
            Assert.That(Hosts(inside), Is.EqualTo(new[] { ("native", true), ("ml-agents", false), ("godot", false), ("sb3", false) }));
            Assert.That(text.Out, Does.Contain("ppo on CartPole-v1, seed 3").And.Contain("Discrete(2)").And.Contain("parity"));
            Assert.That(text.Out, Does.Contain("can be loaded by the Pipeline runtime").And.Contain("cannot be loaded by Godot RL Agents").And.Contain("no input 'state_ins'"));
        });
    }

    [Test]
    public void Exporting_a_run_gives_the_policy_that_it_ended_with()
    {
        PipelineCommand run = PipelineCommand.Run("export", _folder["run"], "--out", _folder["new/folder/actor.onnx"]);
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.Zero, run.Error);
            Assert.That(File.ReadAllBytes(_folder["new/folder/actor.onnx"]), Is.EqualTo(File.ReadAllBytes(_model)));
            Assert.That(File.ReadAllText(_folder["new/folder/actor.json"]), Is.EqualTo(File.ReadAllText(_folder["run/policy.json"])));
        });
    }

    [TestCase("ml-agents", 9, "version_number")]
    [TestCase("godot", 15, "output")]
    [TestCase("sb3", 17, "actions")]
    public void A_run_and_its_policy_file_are_exported_alike_for_another_host(string profile, int opset, string firstOutput)
    {
        string Of(string source) => _folder[$"{profile}-{source}.onnx"];
        PipelineCommand run = PipelineCommand.Run("export", _folder["run"], "--profile", profile, "--out", Of("run"));
        PipelineCommand file = PipelineCommand.Run("export", _model, "--profile", profile, "--out", Of("file"));
        Assert.That((run.ExitCode, file.ExitCode), Is.EqualTo((0, 0)), run.Error + file.Error);
        PipelineCommand inspected = PipelineCommand.Run("inspect", Of("file"), "--json"), shown = PipelineCommand.Run("inspect", Of("file"));
        using JsonDocument json = JsonDocument.Parse(inspected.Out);
        Assert.Multiple(() =>
        {
            Assert.That(File.ReadAllBytes(Of("run")), Is.EqualTo(File.ReadAllBytes(Of("file"))));
            Assert.That(Hosts(json).Where(h => h.Loads), Is.EqualTo(new[] { (profile, true) }));
            Assert.That(json.RootElement.GetProperty("opset").GetInt32(), Is.EqualTo(opset));
            Assert.That(json.RootElement.GetProperty("outputs")[0].GetString(), Does.StartWith(firstOutput + " "));
            Assert.That(json.RootElement.GetProperty("manifest").GetProperty("profile").GetString(), Is.EqualTo(profile));
            Assert.That(File.Exists(Path.ChangeExtension(Of("file"), ".json")));
            Assert.That(file.Out, Does.Contain("not in that program itself"));
            Assert.That(shown.Out, Does.Contain($"for {profile}: ppo on CartPole-v1"));
        });
        PipelineCommand evaluated = PipelineCommand.Run("evaluate", Of("file"), "--env", "CartPole-v1");
        Assert.That(evaluated.ExitCode, Is.EqualTo(2));
        Assert.That(evaluated.Error, Does.Contain($"'{profile}'").And.Contain("--profile native"));
    }

    [Test]
    public void The_operator_set_of_a_native_file_can_be_chosen()
    {
        PipelineCommand run = PipelineCommand.Run("export", _folder["run"], "--opset", "13", "--out", _folder["old.onnx"]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        PipelineCommand scored = PipelineCommand.Run("evaluate", _folder["old.onnx"], "--env", "CartPole-v1", "--episodes", "5", "--json");
        Assert.That(scored.ExitCode, Is.Zero, scored.Error);
        Assert.That(PipelineCommand.Run("inspect", _folder["old.onnx"]).Out, Does.Contain("opset 13"));
    }

    [TestCase("'ml-agent'", "ml-agents", "--profile", "ml-agent")]
    [TestCase("9 to 15, not 16", "ml-agents", "--profile", "ml-agents", "--opset", "16")]
    [TestCase("13 to 17, not 18", "native", "--opset", "18")]
    public void A_profile_or_operator_set_that_is_not_there_is_told_with_what_there_is(string said, string also, params string[] options)
    {
        PipelineCommand run = PipelineCommand.Run(["export", _model, "--out", _folder["none.onnx"], .. options]);
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain(said).And.Contain(also));
        Assert.That(File.Exists(_folder["none.onnx"]), Is.False);
    }

    [Test]
    public void A_policy_file_is_not_written_over_itself()
    {
        byte[] before = File.ReadAllBytes(_model);
        PipelineCommand run = PipelineCommand.Run("export", _model, "--profile", "godot", "--out", _model);
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("Name another one"));
        Assert.That(File.ReadAllBytes(_model), Is.EqualTo(before));
    }

    [Test]
    public void Exporting_a_run_without_a_checkpoint_says_so()
    {
        Directory.CreateDirectory(_folder["early"]);
        File.Copy(_folder["run/config.json"], _folder["early/config.json"], overwrite: true);
        PipelineCommand run = PipelineCommand.Run("export", _folder["early"], "--out", _folder["early/actor.onnx"]);
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("no whole checkpoint").And.Contain("--resume"));
    }

    private static IEnumerable<(string Profile, bool Loads)> Hosts(JsonDocument json) =>
        json.RootElement.GetProperty("hosts").EnumerateArray().Select(h => (h.GetProperty("profile").GetString()!, h.GetProperty("loads").GetBoolean()));
}
