using System.Linq;
using NUnit.Framework;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Loop;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>A run of the family is a function of its settings and its seed, bit for bit, however often it is broken off; its replay is part of that.</summary>
public sealed class DqnRepeatTests
{
    private static readonly (string, string)[] Small =
    [
        ("total_steps", "1200"), ("environment_count", "2"), ("buffer_size", "400"), ("batch_size", "16"), ("learning_starts", "100"), ("train_every", "4"), ("gradient_steps", "2"),
        ("target_update_every", "50"), ("hidden_sizes", "16,16"),
    ];

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase("dqn", "CartPole-v1")]
    [TestCase("dqn", "CartPole-v1", "replayed=prioritized", "n_step=3", "target_update=averaged")]
    [TestCase("dqn", "CartPole-v1", "normalize_observations=true", "exploration=boltzmann", "streams=dueling", "target=double")]
    [TestCase("dqn", "BitFlip-v0?n=4", "hindsight=future")]
    [TestCase("dqn", "Catch-v0", "channels=4")]
    [TestCase("c51", "MountainCar-v0", "atoms=11")]
    [TestCase("rainbow", "CartPole-v1", "atoms=11")]
    [TestCase("qr-dqn", "Acrobot-v1", "quantiles=5")]
    [TestCase("iqn", "CartPole-v1", "fractions=4", "target_fractions=4")]
    public void Stopped_and_resumed_it_ends_exactly_as_the_unbroken_run(string algorithm, string environment, params string[] settings)
    {
        (string, string)[] all = [.. Small, .. settings.Select(s => (s.Split('=')[0], s.Split('=')[1]))];
        QRuns.Train(_folder["whole"], algorithm, environment, 3, long.MaxValue, all);
        RunResult first = QRuns.Train(_folder["parts"], algorithm, environment, 3, 500, all);
        QRuns.Resume(_folder["parts"], stopAt: 800);
        RunResult last = QRuns.Resume(_folder["parts"]);
        Assert.Multiple(() =>
        {
            Assert.That((first.Finished, first.Steps, last.Finished, last.Steps), Is.EqualTo((false, 500L, true, 1200L)));
            Assert.That(PpoRuns.Metrics(_folder["parts"]), Is.EqualTo(PpoRuns.Metrics(_folder["whole"])));
            Assert.That(PpoRuns.Checkpoint(_folder["parts"]).SequenceEqual(PpoRuns.Checkpoint(_folder["whole"])), "checkpoints");
            Assert.That(PpoRuns.Policy(_folder["parts"]).SequenceEqual(PpoRuns.Policy(_folder["whole"])), "exported policies");
        });
    }

    [TestCase("dqn")]
    [TestCase("rainbow")]
    [TestCase("iqn", "fractions=4", "target_fractions=4")]
    public void The_same_seed_gives_the_same_run_and_another_seed_another(string algorithm, params string[] settings)
    {
        (string, string)[] all = [.. Small, .. settings.Select(s => (s.Split('=')[0], s.Split('=')[1]))];
        foreach ((string folder, ulong seed) in new[] { ("one", 1UL), ("again", 1UL), ("two", 2UL) })
            QRuns.Train(_folder[folder], algorithm, "CartPole-v1", seed, long.MaxValue, all);
        Assert.Multiple(() =>
        {
            Assert.That(PpoRuns.Metrics(_folder["again"]), Is.EqualTo(PpoRuns.Metrics(_folder["one"])));
            Assert.That(PpoRuns.Checkpoint(_folder["again"]).SequenceEqual(PpoRuns.Checkpoint(_folder["one"])), "checkpoints");
            Assert.That(PpoRuns.Policy(_folder["again"]).SequenceEqual(PpoRuns.Policy(_folder["one"])), "exported policies");
            Assert.That(PpoRuns.Policy(_folder["two"]).SequenceEqual(PpoRuns.Policy(_folder["one"])), Is.False);
        });
    }
}
