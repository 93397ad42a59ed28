using System.Linq;
using NUnit.Framework;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Loop;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>A run of trpo is a function of its settings and its seed, bit for bit, however often it is broken off.</summary>
public sealed class TrpoRepeatTests
{
    private static readonly (string, string)[] Small =
        [("total_steps", "1280"), ("environment_count", "4"), ("rollout_length", "16"), ("minibatch_size", "32"), ("critic_epochs", "2"), ("hidden_sizes", "16,16")];

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase("CartPole-v1")]
    [TestCase("Pendulum-v1", "normalize_observations=true", "normalize_rewards=true")]
    [TestCase("Taxi-v4", "minibatch_size=64", "max_gradient_norm=0.5")]
    [TestCase("Docking-v0")]
    public void Stopped_and_resumed_it_ends_exactly_as_the_unbroken_run(string environment, params string[] settings)
    {
        (string, string)[] all = Small.With(settings);
        Runs.Train(_folder["whole"], "trpo", environment, 3, settings: all);
        RunResult first = Runs.Train(_folder["parts"], "trpo", environment, 3, stopAt: 640, settings: all);
        Runs.Resume(_folder["parts"], stopAt: 700);
        RunResult last = Runs.Resume(_folder["parts"]);
        Assert.Multiple(() =>
        {
            Assert.That((first.Finished, last.Finished), Is.EqualTo((false, true)));
            Runs.AssertSame(_folder["parts"], _folder["whole"]);
            Assert.That(Runs.Metrics(_folder["whole"]).Length, Is.GreaterThan(2), "a header and rollouts");
        });
    }

    [TestCase("CartPole-v1")]
    [TestCase("Pendulum-v1")]
    public void The_same_seed_gives_the_same_run_and_another_seed_another(string environment)
    {
        foreach ((string folder, ulong seed) in new[] { ("one", 1UL), ("again", 1UL), ("two", 2UL) })
            Runs.Train(_folder[folder], "trpo", environment, seed, settings: Small);
        Assert.Multiple(() =>
        {
            Runs.AssertSame(_folder["again"], _folder["one"]);
            Assert.That(Runs.Checkpoint(_folder["two"]).SequenceEqual(Runs.Checkpoint(_folder["one"])), Is.False);
        });
    }
}
