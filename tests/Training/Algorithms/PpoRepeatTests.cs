using System.Linq;
using NUnit.Framework;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Loop;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>A run is a function of its settings and its seed, bit for bit, however often it is broken off.</summary>
public sealed class PpoRepeatTests
{
    // 16 rollouts of 128 steps in each; small networks, so that sixteen runs cost seconds.
    private static readonly (string, string)[] Small =
        [("total_steps", "2048"), ("environment_count", "4"), ("rollout_length", "32"), ("minibatch_size", "32"), ("update_epochs", "2"), ("hidden_sizes", "16,16")];

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase("CartPole-v1", "value_clip_range=0.2", "max_gradient_norm=none")]
    [TestCase("CartPole-v1", "objective=kl_penalty", "target_kl=0.01")]
    [TestCase("CartPole-v1", "minibatch_size=128")]
    [TestCase("MountainCar-v0")]
    [TestCase("Acrobot-v1")]
    [TestCase("Pendulum-v1", "normalize_observations=true", "normalize_rewards=true")]
    [TestCase("FrozenLake-v1")]
    [TestCase("Taxi-v4")]
    [TestCase("Docking-v0", "objective=kl_penalty", "normalize_observations=true")]
    [TestCase("Docking-v0", "memory=gru", "memory_size=8", "sequence_length=16", "previous_action=true", "previous_reward=true")]
    [TestCase("CartPole-v1", "memory=lstm", "memory_size=8", "sequence_length=16", "objective=kl_penalty")]
    [TestCase("PendulumNoVel-v1", "memory=gru", "memory_size=8", "sequence_length=16", "previous_action=true", "previous_reward=true", "normalize_rewards=true")]
    [TestCase("TMaze-v0?length=5", "memory=lstm", "memory_size=8", "sequence_length=16", "minibatch_size=128", "shared_memory=true")]
    public void Stopped_and_resumed_it_ends_exactly_as_the_unbroken_run(string environment, params string[] settings)
    {
        (string, string)[] all = Small.With(settings);
        Runs.Train(_folder["whole"], "ppo", environment, 3, settings: all);
        RunResult first = Runs.Train(_folder["parts"], "ppo", environment, 3, stopAt: 1024, settings: all);
        Runs.Resume(_folder["parts"], stopAt: 1100);
        RunResult last = Runs.Resume(_folder["parts"]);
        Assert.Multiple(() =>
        {
            Assert.That((first.Finished, first.Steps, last.Finished, last.Steps), Is.EqualTo((false, 1024L, true, 2048L)));
            Runs.AssertSame(_folder["parts"], _folder["whole"]);
            Assert.That(Runs.Metrics(_folder["whole"]), Has.Length.EqualTo(17), "a header and 16 rollouts");
        });
    }

    [TestCase("CartPole-v1")]
    [TestCase("Pendulum-v1")]
    public void The_same_seed_gives_the_same_run_and_another_seed_another(string environment)
    {
        foreach ((string folder, ulong seed) in new[] { ("one", 1UL), ("again", 1UL), ("two", 2UL) })
            Runs.Train(_folder[folder], "ppo", environment, seed, settings: Small);
        Assert.Multiple(() =>
        {
            Runs.AssertSame(_folder["again"], _folder["one"]);
            Assert.That(Runs.Checkpoint(_folder["two"]).SequenceEqual(Runs.Checkpoint(_folder["one"])), Is.False);
            Assert.That(Runs.Metrics(_folder["two"]), Is.Not.EqualTo(Runs.Metrics(_folder["one"])));
        });
    }

    [Test]
    public void A_stop_after_every_rollout_changes_nothing()
    {
        (string, string)[] settings = [.. Small, ("total_steps", "1024")];
        Runs.Train(_folder["whole"], "ppo", "MountainCar-v0", settings: settings);
        Runs.Train(_folder["parts"], "ppo", "MountainCar-v0", stopAt: 1, settings: settings);
        for (long steps = 128; steps < 1024;) steps = Runs.Resume(_folder["parts"], stopAt: steps + 1).Steps;
        Runs.AssertSame(_folder["parts"], _folder["whole"]);
    }
}
