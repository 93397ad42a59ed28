using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Nodes;
using NUnit.Framework;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Loop;
using Pipeline.Training.Optimizers;

namespace Pipeline.Tests.Training.Loop;

public sealed class OptionBinderTests
{
    [Test]
    public void Every_type_of_option_is_read()
    {
        FakeOptions options = Bind(
            "total_steps=1e6", "environment_count=8", "learning_rate=lin_0.001_0.0001", "gamma=0.9", "clip_range=0.1", "normalize=true",
            "label=my run", "mode=moving_average", "hidden_sizes=256,128", "target_kl=0.02", "break_at=none");
        Assert.Multiple(() =>
        {
            Assert.That(options.TotalSteps, Is.EqualTo(1_000_000));
            Assert.That(options.EnvironmentCount, Is.EqualTo(8));
            Assert.That(options.LearningRate, Is.EqualTo(new Schedule(0.001, 0.0001)));
            Assert.That(options.Gamma, Is.EqualTo(0.9));
            Assert.That(options.ClipRange, Is.EqualTo(0.1f));
            Assert.That(options.Normalize, Is.True);
            Assert.That(options.Label, Is.EqualTo("my run"));
            Assert.That(options.Mode, Is.EqualTo(FakeMode.MovingAverage));
            Assert.That(options.HiddenSizes, Is.EqualTo(new[] { 256, 128 }));
            Assert.That(options.TargetKl, Is.EqualTo(0.02));
            Assert.That(options.BreakAt, Is.Null);
        });
    }

    [Test]
    public void The_defaults_are_left_as_they_are()
    {
        var defaults = new FakeOptions();
        var problems = new List<string>();
        IAlgorithmOptions bound = OptionBinder.Bind(defaults, [new("gamma", "0.5")], "fake", problems);
        Assert.Multiple(() =>
        {
            Assert.That(problems, Is.Empty);
            Assert.That(defaults.Gamma, Is.EqualTo(0.99));
            Assert.That(((FakeOptions)bound).Gamma, Is.EqualTo(0.5));
        });
    }

    [TestCase("gama=0.9", "fake has no option 'gama'", "Did you mean 'gamma'?")]
    [TestCase("Gamma=0.9", "fake has no option 'Gamma'", "Did you mean 'gamma'?")]
    [TestCase("gamma=high", "cannot be 'high'", "a number")]
    [TestCase("gamma=NaN", "cannot be 'NaN'", "a number")]
    [TestCase("rollout_length=2.5", "cannot be '2.5'", "a whole number")]
    [TestCase("rollout_length=3000000000", "cannot be '3000000000'", "a whole number")]
    [TestCase("normalize=maybe", "cannot be 'maybe'", "true or false")]
    [TestCase("mode=moving_averag", "plain_sum, moving_average", "Did you mean 'moving_average'?")]
    [TestCase("mode=1", "cannot be '1'", "plain_sum, moving_average")]
    [TestCase("hidden_sizes=64,x", "cannot be '64,x'", "such as 64,64")]
    [TestCase("learning_rate=exp_0.1", "cannot be 'exp_0.1'", "lin_START")]
    [TestCase("gamma=none", "cannot be 'none'", "a number")]
    [TestCase("target_kl=x", "cannot be 'x'", "a number or none")]
    public void A_setting_that_cannot_be_had_says_what_can(string setting, string given, string allowed)
    {
        var problems = new List<string>();
        OptionBinder.Bind(new FakeOptions(), Settings(setting), "fake", problems);
        Assert.That(problems, Has.Count.EqualTo(1));
        Assert.That(problems[0], Does.Contain(given).And.Contain(allowed));
    }

    [Test]
    public void All_problems_are_told_at_once()
    {
        var problems = new List<string>();
        OptionBinder.Bind(new FakeOptions(), Settings("gama=1", "mode=x", "target_kl=y"), "fake", problems);
        Assert.That(problems, Has.Count.EqualTo(3));
    }

    [Test]
    public void Options_written_as_json_are_read_back_the_same()
    {
        FakeOptions options = Bind("learning_rate=lin_0.3", "clip_range=0.1", "mode=moving_average", "hidden_sizes=32", "target_kl=0.01", "label=x");
        JsonObject json = OptionBinder.ToJson(options);
        using var document = System.Text.Json.JsonDocument.Parse(json.ToJsonString());
        string[] settings = document.RootElement.EnumerateObject().Select(p => $"{p.Name}={OptionBinder.Written(p.Value)}").ToArray();
        FakeOptions again = Bind(settings);
        Assert.Multiple(() =>
        {
            Assert.That(again with { HiddenSizes = options.HiddenSizes }, Is.EqualTo(options));
            Assert.That(again.HiddenSizes, Is.EqualTo(options.HiddenSizes));
            Assert.That(json["clip_range"]!.ToJsonString(), Is.EqualTo("0.1"));
            Assert.That(json["learning_rate"]!.GetValue<string>(), Is.EqualTo("lin_0.3"));
            Assert.That(json["break_at"], Is.Null);
            Assert.That(json.Select(p => p.Key).First(), Is.EqualTo("total_steps"));
        });
    }

    [Test]
    public void Options_are_described_with_their_default_and_meaning()
    {
        OptionInfo total = OptionBinder.Describe(new FakeOptions()).Single(o => o.Name == "total_steps");
        Assert.That(total, Is.EqualTo(new OptionInfo("total_steps", "a whole number", "1000", "Environment steps.")));
    }

    private static FakeOptions Bind(params string[] settings)
    {
        var problems = new List<string>();
        IAlgorithmOptions bound = OptionBinder.Bind(new FakeOptions(), Settings(settings), "fake", problems);
        Assert.That(problems, Is.Empty);
        return (FakeOptions)bound;
    }

    private static IEnumerable<KeyValuePair<string, string>> Settings(params string[] settings) =>
        settings.Select(s => new KeyValuePair<string, string>(s.Split('=')[0], s.Split('=', 2)[1]));
}
