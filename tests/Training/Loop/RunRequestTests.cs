using System.Collections.Generic;
using System.IO;
using NUnit.Framework;
using Pipeline.Training.Environments;
using Pipeline.Training.Loop;

namespace Pipeline.Tests.Training.Loop;

public sealed class RunRequestTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void What_a_run_writes_as_its_config_resolves_to_the_same_run()
    {
        using ResolvedRun first = Resolve(new RunRequest { Algorithm = "fake", Environment = "CartPole-v1", Seed = 18_000_000_000_000_000_000, Options = [new("gamma", "0.5")] });
        File.WriteAllText(_folder["config.json"], first.Config.ToJson());
        using ResolvedRun second = Resolve(RunRequest.Read(_folder["config.json"]));
        Assert.Multiple(() =>
        {
            Assert.That(second.Config.ToJson(), Is.EqualTo(first.Config.ToJson()));
            Assert.That(second.Config.Seed, Is.EqualTo(18_000_000_000_000_000_000));
            Assert.That(((FakeOptions)second.Config.Options).Gamma, Is.EqualTo(0.5));
            Assert.That(((FakeOptions)second.Config.Options).Label, Is.EqualTo("tuned"), "the shipped options for that environment");
        });
    }

    [Test]
    public void The_upper_request_wins_and_leaves_the_rest_to_the_lower()
    {
        var lower = new RunRequest { Algorithm = "a", Seed = 1, Options = [new("gamma", "0.1"), new("label", "x")] };
        RunRequest both = new RunRequest { Seed = 2, Options = [new("gamma", "0.2")] }.Over(lower);
        Assert.Multiple(() =>
        {
            Assert.That(both.Algorithm, Is.EqualTo("a"));
            Assert.That(both.Seed, Is.EqualTo(2));
            Assert.That(both.Options[^1].Value, Is.EqualTo("0.2"));
        });
    }

    [Test]
    public void All_problems_of_a_request_are_told_at_once()
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => Resolve(new RunRequest
        {
            Algorithm = "fake",
            Environment = "CartPole-v1",
            Device = "cude",
            LogEvery = 0,
            Options = [new("gama", "1"), new("gamma", "2")],
        }))!;
        Assert.That(error.Problems, Has.Count.EqualTo(4));
        Assert.That(error.Message, Does.Contain("'cuda'").And.Contain("log_every").And.Contain("'gamma'").And.Contain("gamma is 2"));
    }

    [Test]
    public void Unknown_algorithm_and_environment_are_told_with_the_nearest_ones()
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => Resolve(new RunRequest { Algorithm = "fkae", Environment = "CartPole-v2" }))!;
        Assert.That(error.Message, Does.Contain("'fake'").And.Contain("'CartPole-v1'"));
    }

    [Test]
    public void Nothing_given_says_what_to_give()
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => Resolve(new RunRequest()))!;
        Assert.That(error.Message, Does.Contain("No algorithm").And.Contain("fake").And.Contain("--env"));
    }

    [Test]
    public void An_environment_that_does_not_fit_the_algorithm_is_refused_before_the_first_step()
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => Resolve(new RunRequest { Algorithm = "fake", Environment = "Pendulum-v1" }))!;
        Assert.That(error.Message, Does.Contain("Discrete").And.Contain("Box"));
    }

    [TestCase("{\"algoritm\": \"ppo\"}", "'algorithm'")]
    [TestCase("{\"gamma\": 0.9}", "under 'options'")]
    [TestCase("{\"seed\": \"x\"}", "a whole number")]
    [TestCase("{\"seed\": -1}", "a whole number")]
    [TestCase("{\"algorithm\": 3}", "text")]
    [TestCase("{\"options\": [1]}", "an object")]
    [TestCase("{\"options\": {\"gamma\": {}}}", "option gamma")]
    [TestCase("[]", "not a JSON object")]
    [TestCase("{", "not JSON")]
    public void A_config_file_with_an_error_is_refused_with_its_place(string text, string reason)
    {
        File.WriteAllText(_folder["c.json"], text);
        Assert.That(() => RunRequest.Read(_folder["c.json"]), Throws.TypeOf<UserErrorException>().With.Message.Contains(reason).And.Message.Contains("c.json"));
    }

    [Test]
    public void A_missing_config_file_is_told_with_the_nearest_one()
    {
        File.WriteAllText(_folder["tuned.json"], "{}");
        Assert.That(() => RunRequest.Read(_folder["tunde.json"]), Throws.TypeOf<UserErrorException>().With.Message.Contains("'tuned.json'"));
    }

    [Test]
    public void Options_in_a_file_may_be_json_numbers_lists_and_null()
    {
        File.WriteAllText(_folder["c.json"], """{ "options": { "hidden_sizes": [32, 16], "gamma": 0.9, "normalize": true, "target_kl": null, "learning_rate": "lin_0.1" } } """);
        var problems = new List<string>();
        var options = (FakeOptions)OptionBinder.Bind(new FakeOptions { TargetKl = 1 }, RunRequest.Read(_folder["c.json"]).Options, "fake", problems);
        Assert.Multiple(() =>
        {
            Assert.That(problems, Is.Empty);
            Assert.That(options.HiddenSizes, Is.EqualTo(new[] { 32, 16 }));
            Assert.That(options.Normalize, Is.True);
            Assert.That(options.TargetKl, Is.Null);
        });
    }

    [Test]
    public void A_resumed_run_may_repeat_what_it_is_but_not_change_it()
    {
        var saved = new RunRequest { Algorithm = "fake", Environment = "CartPole-v1", Seed = 3, Options = [new("gamma", "0.5")] };
        Assert.Multiple(() =>
        {
            Assert.That(() => saved.CheckSameRun(saved, [FakeTrainer.Descriptor]), Throws.Nothing);
            Assert.That(() => new RunRequest { Options = [new("total_steps", "5000"), new("gamma", "0.50")], Device = "auto" }.CheckSameRun(saved, [FakeTrainer.Descriptor]), Throws.Nothing);
            UserErrorException error = Assert.Throws<UserErrorException>(() =>
                new RunRequest { Algorithm = "ppo", Seed = 4, Options = [new("gamma", "0.6"), new("gama", "1")] }.CheckSameRun(saved, [FakeTrainer.Descriptor]))!;
            Assert.That(error.Problems, Has.Count.EqualTo(4));
            Assert.That(error.Message, Does.Contain("seed 3; 4").And.Contain("gamma 0.5; 0.6"));
        });
    }

    private static ResolvedRun Resolve(RunRequest request) =>
        ResolvedRun.From(request, [FakeTrainer.Descriptor], (name, _, count) => new EnvironmentRegistry().MakeVector(name, count));
}
