using System.IO;
using System.Linq;
using System.Text.Json;
using NUnit.Framework;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Loop;
using Pipeline.Training.Loop.Metrics;

namespace Pipeline.Tests.Cli;

public sealed class CommandLineTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase("trian", "'train'")]
    [TestCase("list algorithm", "'algorithms'")]
    [TestCase("train fake --env CartPole-v1 --step 5", "'--steps'")]
    [TestCase("train fkae --env CartPole-v1", "'fake'")]
    [TestCase("train fake --env CartPole-v2", "'CartPole-v1'")]
    [TestCase("train fake --env CartPole-v1 --device cud", "'cuda'")]
    [TestCase("train fake --env CartPole-v1 --set gama=1", "'gamma'")]
    [TestCase("train fake --env CartPole-v1 --set mode=plain_sun", "'plain_sum'")]
    [TestCase("train fake --env CartPole-v1 --set gamma", "key=value")]
    [TestCase("train fake --env CartPole-v1 --set gamma=1.5", "0 to 1")]
    [TestCase("train fake --env CartPole-v1 --steps many", "such as 100000")]
    [TestCase("train fake --env CartPole-v1 --steps 0", "at least 1")]
    [TestCase("train fake --env CartPole-v1 --envs 2.5", "whole number")]
    [TestCase("train fake --env CartPole-v1 --seed -1", "from 0")]
    [TestCase("train fake --env Pendulum-v1", "Discrete")]
    [TestCase("train fake --env CartPole-v1?max_steps=3", "max_episode_steps")]
    [TestCase("train fake --env CartPole-v1 --env-assembly nowhere.dll", "nowhere.dll")]
    [TestCase("train fake --env CartPole-v1 --config nowhere.json", "no file nowhere.json")]
    [TestCase("train --resume nowhere", "no folder nowhere")]
    [TestCase("train", "No algorithm")]
    [TestCase("train fake one too many", "'one'")]
    [TestCase("train fake --env", "--env")]
    [TestCase("evaluate nowhere.onnx --env CartPole-v1", "no file nowhere.onnx")]
    [TestCase("evaluate nowhere.onnx --episodes 0", "--episodes is 0")]
    [TestCase("inspect nowhere.onnx", "no file nowhere.onnx")]
    [TestCase("export nowhere --out a.onnx", "no folder nowhere")]
    [TestCase("export nowhere", "--out")]
    [TestCase("export nowhere --out a.bin", "a.onnx")]
    [TestCase("list algorithms pop", "'ppo'")]
    public void A_wrong_word_exits_with_2_and_says_what_is_right(string arguments, string says)
    {
        PipelineCommand run = PipelineCommand.Run(arguments.Split(' '));
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(2), run.Error);
            Assert.That(run.Error, Does.StartWith("error: ").And.Contain(says));
            Assert.That(run.Error, Does.Not.Contain("   at "), "no stack trace");
            Assert.That(run.Out, Is.Empty);
        });
    }

    [Test]
    public void All_that_is_wrong_is_told_at_once()
    {
        PipelineCommand run = PipelineCommand.Run("train", "fake", "--env", "CartPole-v3", "--seed", "x", "--device", "gpu", "--set", "gama=1", "hidden_sizes=a");
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error.TrimEnd().Split('\n'), Has.Length.EqualTo(5), run.Error);
    }

    [Test]
    public void A_device_that_cannot_be_had_is_refused_before_the_run_starts()
    {
        Assume.That(() => ExecutionDevice.Choose("cuda", _ => { }), Throws.InvalidOperationException, "this machine has a CUDA device");
        PipelineCommand run = PipelineCommand.Run("train", "fake", "--env", "CartPole-v1", "--device", "cuda", "--out", _folder["run"]);
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(2));
            Assert.That(run.Error, Does.Contain("--device cpu").And.Not.Contain("   at "));
            Assert.That(Directory.Exists(_folder["run"]), Is.False);
        });
    }

    [Test]
    public void Training_without_a_terminal_prints_plain_lines_and_leaves_a_run()
    {
        PipelineCommand run = PipelineCommand.Run("train", "fake", "--env", "CartPole-v1", "--steps", "1e3", "--envs", "4", "--seed", "5", "--out", _folder["run"], "--set", "gamma=0.5", "mode=moving_average");
        RunRequest config = RunRequest.Read(_folder["run/config.json"]);
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.Zero, run.Error);
            Assert.That(run.Out, Does.StartWith("fake on CartPole-v1, seed 5 -> ").And.Contain("step 1,000 of 1,000 (100 %)").And.Contain("Finished at step 1,000").And.Contain("policy.onnx"));
            Assert.That(run.Out, Does.Not.Contain("\u001b"), "no escape sequences");
            Assert.That(config.Seed, Is.EqualTo(5));
            Assert.That(config.Options.Select(o => $"{o.Key}={o.Value}"), Is.SupersetOf(new[] { "total_steps=1000", "environment_count=4", "gamma=0.5", "mode=moving_average", "label=tuned" }));
        });
    }

    [Test]
    public void The_config_of_a_run_repeats_it_and_the_command_line_wins_over_it()
    {
        PipelineCommand.Run("train", "fake", "--env", "CartPole-v1", "--steps", "500", "--seed", "5", "--out", _folder["first"]);
        PipelineCommand.Run("train", "--config", _folder["first/config.json"], "--out", _folder["again"]);
        PipelineCommand other = PipelineCommand.Run("train", "--config", _folder["first/config.json"], "--seed", "6", "--out", _folder["other"]);
        byte[] Final(string run) => File.ReadAllBytes(_folder[run + "/checkpoints/checkpoint-500.safetensors"]);
        Assert.Multiple(() =>
        {
            Assert.That(Final("again"), Is.EqualTo(Final("first")));
            Assert.That(Final("other"), Is.Not.EqualTo(Final("first")));
            Assert.That(File.ReadAllText(_folder["again/config.json"]), Is.EqualTo(File.ReadAllText(_folder["first/config.json"])));
            Assert.That(other.Out, Does.Contain("seed 6"));
        });
    }

    [Test]
    public void Stopped_and_resumed_gives_the_very_files_of_the_unbroken_run()
    {
        string[] start = ["train", "fake", "--env", "CartPole-v1", "--steps", "1000", "--out"];
        PipelineCommand.Run([.. start, _folder["whole"]]);
        PipelineCommand half = PipelineCommand.Run([.. start, _folder["run"], "--stop-at", "450"]);
        PipelineCommand rest = PipelineCommand.Run("train", "fake", "--env", "CartPole-v1", "--resume", _folder["run"]);
        byte[] Final(string run) => File.ReadAllBytes(_folder[run + "/checkpoints/checkpoint-1000.safetensors"]);
        Assert.Multiple(() =>
        {
            Assert.That(half.Out, Does.Contain("Stopped at step 450").And.Contain("--resume " + _folder["run"]));
            Assert.That(rest.ExitCode, Is.Zero, rest.Error);
            Assert.That(rest.Out, Does.Contain("Resumed at step 450"));
            Assert.That(Final("run"), Is.EqualTo(Final("whole")));
            Assert.That(MetricTable.Read(_folder["run/metrics.csv"]).Rows.Select(r => r.Step), Is.EqualTo(MetricTable.Read(_folder["whole/metrics.csv"]).Rows.Select(r => r.Step)));
        });
    }

    [Test]
    public void A_run_is_neither_overwritten_nor_changed_when_it_is_resumed()
    {
        PipelineCommand.Run("train", "fake", "--env", "CartPole-v1", "--steps", "200", "--out", _folder["run"]);
        PipelineCommand again = PipelineCommand.Run("train", "fake", "--env", "CartPole-v1", "--steps", "200", "--out", _folder["run"]);
        PipelineCommand changed = PipelineCommand.Run("train", "ppo", "--env", "Acrobot-v1", "--resume", _folder["run"], "--seed", "9", "--set", "gamma=0.1");
        PipelineCommand moved = PipelineCommand.Run("train", "--resume", _folder["run"], "--out", _folder["elsewhere"]);
        PipelineCommand mistyped = PipelineCommand.Run("train", "--resume", _folder["runn"]);
        Assert.Multiple(() =>
        {
            Assert.That((again.ExitCode, changed.ExitCode, moved.ExitCode, mistyped.ExitCode), Is.EqualTo((2, 2, 2, 2)));
            Assert.That(again.Error, Does.Contain("--resume"));
            Assert.That(changed.Error, Does.Contain("algorithm fake; ppo").And.Contain("environment CartPole-v1; Acrobot-v1").And.Contain("seed 0; 9").And.Contain("gamma 0.99; 0.1"));
            Assert.That(moved.Error, Does.Contain("--out"));
            Assert.That(mistyped.Error, Does.Contain("'run'"));
        });
    }

    [Test]
    public void A_run_that_breaks_down_exits_with_1_and_a_remedy()
    {
        PipelineCommand run = PipelineCommand.Run("train", "fake", "--env", "CartPole-v1", "--set", "break_at=50", "--out", _folder["run"]);
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(1));
            Assert.That(run.Error, Does.Contain("NaN").And.Contain("learning_rate").And.Contain("is kept"));
            Assert.That(run.Error, Does.Not.Contain("   at "));
        });
    }

    [Test]
    public void An_environment_of_a_users_assembly_is_trained_resumed_and_scored()
    {
        string assembly = Path.Combine(TestContext.CurrentContext.TestDirectory, "SampleEnvironment", "SampleEnvironment.dll");
        string[] environment = ["--env", "corridor", "--env-assembly", assembly];
        PipelineCommand train = PipelineCommand.Run(["train", "ppo", .. environment, "--steps", "4000", "--stop-at", "2000", "--out", _folder["run"]]);
        PipelineCommand resume = PipelineCommand.Run("train", "--resume", _folder["run"]);
        PipelineCommand evaluate = PipelineCommand.Run(["evaluate", _folder["run/policy.onnx"], .. environment, "--episodes", "10", "--json"]);
        Assert.Multiple(() =>
        {
            Assert.That((train.ExitCode, resume.ExitCode, evaluate.ExitCode), Is.EqualTo((0, 0, 0)), train.Error + resume.Error + evaluate.Error);
            Assert.That(RunRequest.Read(_folder["run/config.json"]).EnvironmentAssembly, Is.EqualTo(assembly));
            Assert.That(evaluate.Out, Does.Contain("\"episodes\":10"));
            Assert.That(PipelineCommand.Run("list", "environments", "--env-assembly", assembly).Out, Does.Contain("corridor"));
        });
    }

    [Test]
    public void Lists_are_readable_and_parse_as_json()
    {
        using JsonDocument environments = JsonDocument.Parse(PipelineCommand.Run("list", "environments", "--json").Out);
        using JsonDocument algorithms = JsonDocument.Parse(PipelineCommand.Run("list", "algorithms", "--json").Out);
        JsonElement cartPole = environments.RootElement.EnumerateArray().Single(e => e.GetProperty("name").GetString() == "CartPole-v1");
        JsonElement fake = algorithms.RootElement.EnumerateArray().Single(e => e.GetProperty("name").GetString() == "fake");
        Assert.Multiple(() =>
        {
            Assert.That(cartPole.GetProperty("max_episode_steps").GetInt32(), Is.EqualTo(500));
            Assert.That(cartPole.GetProperty("action_space").GetString(), Is.EqualTo("Discrete(2)"));
            Assert.That(fake.GetProperty("options").EnumerateArray().Select(o => o.GetProperty("name").GetString()), Does.Contain("hidden_sizes"));
            Assert.That(PipelineCommand.Run("list", "environments").Out, Does.Contain("CartPole-v1"));
            Assert.That(PipelineCommand.Run("list", "algorithms", "fake").Out, Does.Contain("break_at").And.Contain("The update at which the loss becomes NaN."));
        });
    }

    [Test]
    public void Without_a_verb_the_help_is_shown()
    {
        PipelineCommand run = PipelineCommand.Run();
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(run.Out, Does.Contain("train").And.Contain("evaluate").And.Contain("export").And.Contain("inspect").And.Contain("list"));
    }
}
