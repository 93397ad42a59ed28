using System.Linq;
using NUnit.Framework;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Loop;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>A run is a function of its settings and its seed, bit for bit, however often it is broken off; its replay is saved with it.</summary>
public sealed class ReplayRepeatTests
{
    private static readonly (string, string)[] Small =
        [("total_steps", "600"), ("environment_count", "2"), ("train_every", "4"), ("gradient_steps", "2"), ("batch_size", "16"), ("buffer_size", "400"), ("learning_starts", "100"), ("hidden_sizes", "16")];

    private static readonly (string, string)[] SmallValues = Small.With("total_steps=1200", "target_update_every=50", "hidden_sizes=16,16");

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase("td3", "Pendulum-v1")]
    [TestCase("td3", "Pendulum-v1", "noise=ornstein_uhlenbeck", "normalize_observations=true", "n_step=3")]
    [TestCase("ddpg", "Pendulum-v1", "noise=ornstein_uhlenbeck", "learning_rate=lin_0.001")]
    [TestCase("td3", "PointReach-v0", "hindsight=future")]
    [TestCase("sac", "Pendulum-v1", "noise=correlated", "normalize_observations=true", "n_step=3")]
    [TestCase("sac", "Pendulum-v1", "temperature_rule=fixed", "learning_rate=lin_0.001")]
    [TestCase("sac", "PointReach-v0", "hindsight=future")]
    [TestCase("sac", "CartPole-v1")]
    [TestCase("sac-v1", "Pendulum-v1")]
    [TestCase("sql", "Pendulum-v1")]
    [TestCase("sql", "CartPole-v1", "normalize_observations=true")]
    public void Stopped_and_resumed_it_ends_exactly_as_the_unbroken_run(string algorithm, string environment, params string[] settings) =>
        CheckResumed(algorithm, environment, Small.With(settings), (StopAt: 50, Steps: 52), secondStop: 330, total: 600);

    [TestCase("dqn", "CartPole-v1")]
    [TestCase("dqn", "CartPole-v1", "replayed=prioritized", "n_step=3", "target_update=averaged")]
    [TestCase("dqn", "CartPole-v1", "normalize_observations=true", "exploration=boltzmann", "streams=dueling", "target=double")]
    [TestCase("dqn", "BitFlip-v0?n=4", "hindsight=future")]
    [TestCase("dqn", "Catch-v0", "channels=4")]
    [TestCase("c51", "MountainCar-v0", "atoms=11")]
    [TestCase("rainbow", "CartPole-v1", "atoms=11")]
    [TestCase("qr-dqn", "Acrobot-v1", "quantiles=5")]
    [TestCase("iqn", "CartPole-v1", "fractions=4", "target_fractions=4")]
    public void Stopped_and_resumed_a_value_based_run_ends_exactly_as_the_unbroken_one(string algorithm, string environment, params string[] settings) =>
        CheckResumed(algorithm, environment, SmallValues.With(settings), (StopAt: 500, Steps: 500), secondStop: 800, total: 1200);

    [TestCase("td3", "Pendulum-v1")]
    [TestCase("ddpg", "Pendulum-v1")]
    [TestCase("sac", "Pendulum-v1")]
    [TestCase("sac", "CartPole-v1")]
    [TestCase("sac-v1", "Pendulum-v1")]
    [TestCase("sql", "Pendulum-v1")]
    [TestCase("sql", "CartPole-v1")]
    public void The_same_seed_gives_the_same_run_and_another_seed_another(string algorithm, string environment) => CheckSeeds(algorithm, environment, Small);

    [TestCase("dqn")]
    [TestCase("rainbow")]
    [TestCase("iqn", "fractions=4", "target_fractions=4")]
    public void The_same_seed_gives_the_same_value_based_run_and_another_seed_another(string algorithm, params string[] settings) =>
        CheckSeeds(algorithm, "CartPole-v1", SmallValues.With(settings));

    private void CheckResumed(string algorithm, string environment, (string, string)[] settings, (long StopAt, long Steps) first, long secondStop, long total)
    {
        Runs.Train(_folder["whole"], algorithm, environment, 3, settings: settings);
        RunResult stopped = Runs.Train(_folder["parts"], algorithm, environment, 3, first.StopAt, settings: settings);
        Runs.Resume(_folder["parts"], secondStop);
        RunResult last = Runs.Resume(_folder["parts"]);
        Assert.That((stopped.Finished, stopped.Steps, last.Finished, last.Steps), Is.EqualTo((false, first.Steps, true, total)));
        Runs.AssertSame(_folder["parts"], _folder["whole"]);
    }

    private void CheckSeeds(string algorithm, string environment, (string, string)[] settings)
    {
        foreach ((string folder, ulong seed) in new[] { ("one", 1UL), ("again", 1UL), ("two", 2UL) })
            Runs.Train(_folder[folder], algorithm, environment, seed, settings: settings);
        Runs.AssertSame(_folder["again"], _folder["one"]);
        Assert.That(Runs.Policy(_folder["two"]).SequenceEqual(Runs.Policy(_folder["one"])), Is.False);
    }
}
