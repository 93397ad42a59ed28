using System.Linq;
using NUnit.Framework;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Loop;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>A run of vpg or a2c is a function of its settings and its seed, bit for bit, however often it is broken off.</summary>
public sealed class PolicyGradientRepeatTests
{
    private static readonly (string, string)[] Small = [("total_steps", "1280"), ("environment_count", "4"), ("rollout_length", "16"), ("hidden_sizes", "16,16")];

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase("vpg", "CartPole-v1", "value_steps=3")]
    [TestCase("vpg", "Pendulum-v1", "value_steps=3", "weight=reward_to_go", "normalize_observations=true", "normalize_rewards=true")]
    [TestCase("a2c", "CartPole-v1", "max_gradient_norm=none", "normalize_advantages=true")]
    [TestCase("a2c", "Pendulum-v1", "optimizer=adam", "normalize_observations=true", "normalize_rewards=true")]
    [TestCase("a2c", "CartPole-v1", "memory=lstm", "memory_size=8", "sequence_length=8", "normalize_observations=true")]
    [TestCase("a2c", "PendulumNoVel-v1", "memory=gru", "memory_size=8", "sequence_length=16", "previous_action=true", "previous_reward=true", "normalize_rewards=true")]
    [TestCase("a2c", "TMaze-v0?length=5", "memory=lstm", "memory_size=8", "sequence_length=4", "shared_memory=true")]
    [TestCase("a2c", "Docking-v0", "normalize_rewards=true")]
    [TestCase("vpg", "Docking-v0", "value_steps=3")]
    [TestCase("a2c", "Taxi-v4", "optimizer=rms_prop_tf", "entropy_coefficient=0.01")]
    public void Stopped_and_resumed_it_ends_exactly_as_the_unbroken_run(string algorithm, string environment, params string[] settings)
    {
        (string, string)[] all = Small.With(settings);
        Runs.Train(_folder["whole"], algorithm, environment, 3, settings: all);
        RunResult first = Runs.Train(_folder["parts"], algorithm, environment, 3, stopAt: 640, settings: all);
        Runs.Resume(_folder["parts"], stopAt: 700);
        RunResult last = Runs.Resume(_folder["parts"]);
        Assert.Multiple(() =>
        {
            Assert.That((first.Finished, first.Steps, last.Finished, last.Steps), Is.EqualTo((false, 640L, true, 1280L)));
            Runs.AssertSame(_folder["parts"], _folder["whole"]);
            Assert.That(Runs.Metrics(_folder["whole"]), Has.Length.EqualTo(21), "a header and 20 rollouts");
        });
    }

    [TestCase("vpg")]
    [TestCase("a2c")]
    public void The_same_seed_gives_the_same_run_and_another_seed_another(string algorithm)
    {
        foreach ((string folder, ulong seed) in new[] { ("one", 1UL), ("again", 1UL), ("two", 2UL) })
            Runs.Train(_folder[folder], algorithm, "CartPole-v1", seed, settings: Small);
        Assert.Multiple(() =>
        {
            Runs.AssertSame(_folder["again"], _folder["one"]);
            Assert.That(Runs.Checkpoint(_folder["two"]).SequenceEqual(Runs.Checkpoint(_folder["one"])), Is.False);
        });
    }
}
