using System.Linq;
using NUnit.Framework;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Loop;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>A run of acktr is a function of its settings and its seed, bit for bit, however often it is broken off.</summary>
public sealed class AcktrRepeatTests
{
    private static readonly (string, string)[] Small =
        [("total_steps", "1280"), ("environment_count", "4"), ("rollout_length", "16"), ("hidden_sizes", "16,16"), ("value_steps", "2"), ("eigen_interval", "3")];

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase("CartPole-v1", "max_gradient_norm=0.5")]
    [TestCase("Pendulum-v1", "normalize_observations=true", "normalize_rewards=true")]
    [TestCase("Pendulum-v1", "learning_rate=0.1", "desired_kl=lin_1e-5_1e-6")]
    [TestCase("FrozenLake-v1", "normalize_advantages=true")]
    [TestCase("Docking-v0", "normalize_observations=true")]
    public void Stopped_and_resumed_it_ends_exactly_as_the_unbroken_run(string environment, params string[] settings)
    {
        (string, string)[] all = Small.With(settings);
        Runs.Train(_folder["whole"], "acktr", environment, 3, settings: all);
        RunResult first = Runs.Train(_folder["parts"], "acktr", environment, 3, stopAt: 640, settings: all);
        Runs.Resume(_folder["parts"], stopAt: 700);
        RunResult last = Runs.Resume(_folder["parts"]);
        Assert.Multiple(() =>
        {
            Assert.That((first.Finished, first.Steps, last.Finished, last.Steps), Is.EqualTo((false, 640L, true, 1280L)));
            Runs.AssertSame(_folder["parts"], _folder["whole"]);
            Assert.That(Runs.Metrics(_folder["whole"]), Has.Length.EqualTo(21), "a header and 20 rollouts");
        });
    }

    [TestCase("CartPole-v1")]
    [TestCase("Pendulum-v1")]
    public void The_same_seed_gives_the_same_run_and_another_seed_another(string environment)
    {
        foreach ((string folder, ulong seed) in new[] { ("one", 1UL), ("again", 1UL), ("two", 2UL) })
            Runs.Train(_folder[folder], "acktr", environment, seed, settings: Small);
        Assert.Multiple(() =>
        {
            Runs.AssertSame(_folder["again"], _folder["one"]);
            Assert.That(Runs.Checkpoint(_folder["two"]).SequenceEqual(Runs.Checkpoint(_folder["one"])), Is.False);
        });
    }
}
