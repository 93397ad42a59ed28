using System.IO;
using System.Linq;
using NUnit.Framework;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Loop;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>A run of acer is a function of its settings and its seed, bit for bit, however often it is broken off; its replay is saved with it.</summary>
public sealed class AcerRepeatTests
{
    private static readonly (string, string)[] Small =
    [
        ("total_steps", "1280"), ("environment_count", "4"), ("rollout_length", "16"), ("hidden_sizes", "16,16"), ("buffer_size", "400"), ("learning_starts", "100"), ("replay_ratio", "2"),
    ];

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase("CartPole-v1")]
    [TestCase("MountainCar-v0", "normalize_observations=true", "trust_region=none", "optimizer=adam")]
    [TestCase("Taxi-v4")]
    [TestCase("Pendulum-v1", "learn_std=true", "normalize_observations=true", "normalize_rewards=true")]
    [TestCase("CartPoleNoVel-v1", "memory=lstm", "memory_size=8", "sequence_length=16")]
    [TestCase("TMaze-v0?length=5", "memory=gru", "memory_size=8", "sequence_length=4", "shared_memory=true", "previous_reward=true")]
    [TestCase("PendulumNoVel-v1", "memory=lstm", "memory_size=8", "sequence_length=8", "previous_action=true", "previous_reward=true", "normalize_rewards=true")]
    public void Stopped_and_resumed_it_ends_exactly_as_the_unbroken_run(string environment, params string[] settings)
    {
        (string, string)[] all = Small.With(settings);
        Runs.Train(_folder["whole"], "acer", environment, 3, settings: all);
        RunResult first = Runs.Train(_folder["parts"], "acer", environment, 3, stopAt: 640, settings: all);
        Runs.Resume(_folder["parts"], stopAt: 700);
        RunResult last = Runs.Resume(_folder["parts"]);
        Assert.That((first.Finished, first.Steps, last.Finished, last.Steps), Is.EqualTo((false, 640L, true, 1280L)));
        Runs.AssertSame(_folder["parts"], _folder["whole"]);
    }

    [Test]
    public void A_replay_that_is_not_saved_is_filled_anew()
    {
        (string, string)[] all = Small.With("save_replay=false");
        Runs.Train(_folder["parts"], "acer", "CartPole-v1", 3, stopAt: 640, settings: all);
        Assert.That(Directory.GetFiles(_folder["parts"], "*replay*", SearchOption.AllDirectories), Is.Empty);
        Assert.That(Runs.Resume(_folder["parts"]).Finished);
    }

    [TestCase("CartPole-v1")]
    [TestCase("Pendulum-v1")]
    public void The_same_seed_gives_the_same_run_and_another_seed_another(string environment)
    {
        foreach ((string folder, ulong seed) in new[] { ("one", 1UL), ("again", 1UL), ("two", 2UL) })
            Runs.Train(_folder[folder], "acer", environment, seed, settings: Small);
        Runs.AssertSame(_folder["again"], _folder["one"]);
        Assert.That(Runs.Checkpoint(_folder["two"]).SequenceEqual(Runs.Checkpoint(_folder["one"])), Is.False);
    }
}
