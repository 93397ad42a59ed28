using System.Linq;
using NUnit.Framework;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Loop;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>A run is a function of its settings and its seed, bit for bit, however often it is broken off; its replay is saved with it.</summary>
public sealed class Td3RepeatTests
{
    private static readonly (string, string)[] Small =
        [("total_steps", "600"), ("environment_count", "2"), ("train_every", "4"), ("gradient_steps", "2"), ("batch_size", "16"), ("buffer_size", "400"), ("learning_starts", "100"), ("hidden_sizes", "16")];

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase("td3", "Pendulum-v1")]
    [TestCase("td3", "Pendulum-v1", "noise=ornstein_uhlenbeck", "normalize_observations=true", "n_step=3")]
    [TestCase("ddpg", "Pendulum-v1", "noise=ornstein_uhlenbeck", "learning_rate=lin_0.001")]
    [TestCase("td3", "PointReach-v0", "hindsight=future")]
    public void Stopped_and_resumed_it_ends_exactly_as_the_unbroken_run(string algorithm, string environment, params string[] settings)
    {
        (string, string)[] all = [.. Small, .. settings.Select(s => (s.Split('=')[0], s.Split('=')[1]))];
        ReplayRuns.Train(_folder["whole"], algorithm, environment, 3, settings: all);
        RunResult first = ReplayRuns.Train(_folder["parts"], algorithm, environment, 3, stopAt: 50, settings: all);
        PpoRuns.Resume(_folder["parts"], stopAt: 330);
        RunResult last = PpoRuns.Resume(_folder["parts"]);
        Assert.Multiple(() =>
        {
            Assert.That((first.Finished, first.Steps, last.Finished, last.Steps), Is.EqualTo((false, 52L, true, 600L)));
            Assert.That(PpoRuns.Metrics(_folder["parts"]), Is.EqualTo(PpoRuns.Metrics(_folder["whole"])));
            Assert.That(PpoRuns.Checkpoint(_folder["parts"]).SequenceEqual(PpoRuns.Checkpoint(_folder["whole"])), "checkpoints");
            Assert.That(PpoRuns.Policy(_folder["parts"]).SequenceEqual(PpoRuns.Policy(_folder["whole"])), "exported policies");
        });
    }

    [TestCase("td3")]
    [TestCase("ddpg")]
    public void The_same_seed_gives_the_same_run_and_another_seed_another(string algorithm)
    {
        foreach ((string folder, ulong seed) in new[] { ("one", 1UL), ("again", 1UL), ("two", 2UL) })
            ReplayRuns.Train(_folder[folder], algorithm, "Pendulum-v1", seed, settings: Small);
        Assert.Multiple(() =>
        {
            Assert.That(PpoRuns.Metrics(_folder["again"]), Is.EqualTo(PpoRuns.Metrics(_folder["one"])));
            Assert.That(PpoRuns.Checkpoint(_folder["again"]).SequenceEqual(PpoRuns.Checkpoint(_folder["one"])), "checkpoints");
            Assert.That(PpoRuns.Policy(_folder["again"]).SequenceEqual(PpoRuns.Policy(_folder["one"])), "exported policies");
            Assert.That(PpoRuns.Policy(_folder["two"]).SequenceEqual(PpoRuns.Policy(_folder["one"])), Is.False);
        });
    }
}
