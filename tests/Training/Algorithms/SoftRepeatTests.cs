using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Loop;
using Pipeline.Training.Replay;
using Pipeline.Training.Rollout;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>A run is a function of its settings and its seed, bit for bit, however often it is broken off; its replay is saved with it.</summary>
public sealed class SoftRepeatTests
{
    private static readonly (string, string)[] Small =
        [("total_steps", "600"), ("environment_count", "2"), ("train_every", "4"), ("gradient_steps", "2"), ("batch_size", "16"), ("buffer_size", "400"), ("learning_starts", "100"), ("hidden_sizes", "16")];

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase("sac", "Pendulum-v1", "noise=correlated", "normalize_observations=true", "n_step=3")]
    [TestCase("sac", "Pendulum-v1", "temperature_rule=fixed", "learning_rate=lin_0.001")]
    [TestCase("sac", "PointReach-v0", "hindsight=future")]
    [TestCase("sac", "CartPole-v1")]
    [TestCase("sac-v1", "Pendulum-v1")]
    [TestCase("sql", "Pendulum-v1")]
    [TestCase("sql", "CartPole-v1", "normalize_observations=true")]
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

    [TestCase("sac", "Pendulum-v1")]
    [TestCase("sac", "CartPole-v1")]
    [TestCase("sac-v1", "Pendulum-v1")]
    [TestCase("sql", "Pendulum-v1")]
    [TestCase("sql", "CartPole-v1")]
    public void The_same_seed_gives_the_same_run_and_another_seed_another(string algorithm, string environment)
    {
        foreach ((string folder, ulong seed) in new[] { ("one", 1UL), ("again", 1UL), ("two", 2UL) })
            ReplayRuns.Train(_folder[folder], algorithm, environment, seed, settings: Small);
        Assert.Multiple(() =>
        {
            Assert.That(PpoRuns.Metrics(_folder["again"]), Is.EqualTo(PpoRuns.Metrics(_folder["one"])));
            Assert.That(PpoRuns.Checkpoint(_folder["again"]).SequenceEqual(PpoRuns.Checkpoint(_folder["one"])), "checkpoints");
            Assert.That(PpoRuns.Policy(_folder["again"]).SequenceEqual(PpoRuns.Policy(_folder["one"])), "exported policies");
            Assert.That(PpoRuns.Policy(_folder["two"]).SequenceEqual(PpoRuns.Policy(_folder["one"])), Is.False);
        });
    }

    [Test]
    public void Two_threads_learn_the_same_bits_as_one()
    {
        float[] Learned(int threads)
        {
            Space observations = new Box(-1, 1, 5), actions = new Box(-1, 1, 2);
            using var batch = new ReplayBatch(observations, actions, masked: false, 32);
            using var statistics = new ObservationStatistics(5);
            var random = new RandomGenerator(1);
            foreach (TensorBuffer buffer in new[] { batch.Observations, batch.NextObservations, batch.Actions, batch.Rewards }) random.FillGaussian(buffer.Floats);
            batch.Discounts.Floats.Fill(0.9f);
            var device = ExecutionDevice.Choose("cpu", _ => { }, threads);
            using IOffPolicyAlgorithm sac = Sac.Create(new LearningContext(device, observations, actions, Masked: false, statistics, batch, random), new SacOptions { HiddenSizes = [64, 64] });
            for (int i = 0; i < 50; i++) sac.Update(new UpdateContext(i, 0, random));
            return [.. sac.State.SelectMany(s => s.Value.Values.ToArray())];
        }

        Assert.That(Learned(2), Is.EqualTo(Learned(1)));
    }
}
