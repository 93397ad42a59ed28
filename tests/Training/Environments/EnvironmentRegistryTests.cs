using System;
using System.IO;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts.Spaces;
using Pipeline.Tests.Training.Environments.Probes;
using Pipeline.Training.Environments;
using Pipeline.Training.Environments.ClassicControl;

namespace Pipeline.Tests.Training.Environments;

[TestFixture]
public sealed class EnvironmentRegistryTests
{
    private static string SamplePath => Path.Combine(TestContext.CurrentContext.TestDirectory, "SampleEnvironment", "SampleEnvironment.dll");

    [Test]
    public void The_environments_that_come_with_the_project_are_there_with_what_they_say()
    {
        var registry = new EnvironmentRegistry();
        string[] expected = ["CartPole-v1", "MountainCar-v0", "MountainCarContinuous-v0", "Acrobot-v1", "Pendulum-v1", "FrozenLake-v1", "FrozenLake8x8-v1", "CliffWalking-v1", "Taxi-v4"];
        Assert.That(expected, Is.SubsetOf(registry.Specs.Select(s => s.Name)));
        Assert.That(registry.Specs.Select(s => s.Description), Is.All.Not.Empty);
        Assert.That(registry.MakeVector("CartPole-v1", 2), Is.TypeOf<VectorControlEnvironment<CartPole>>());
        Assert.That(registry.MakeVector("Taxi-v4", 2), Is.TypeOf<VectorEnvironment>());
        Assert.That(registry.Make("CartPole-v1").ObservationSpace, Is.EqualTo(registry.MakeVector("CartPole-v1", 1).ObservationSpace));
    }

    [TestCase("CartPol-v1", "CartPole-v1")]
    [TestCase("cartpole-v1", "CartPole-v1")]
    [TestCase("Taxi-v3", "Taxi-v4")]
    [TestCase("FrozenLake8x8", "FrozenLake8x8-v1")]
    [TestCase("", "Taxi-v4")]
    public void An_unknown_name_is_answered_with_the_nearest(string given, string nearest) =>
        Assert.That(() => new EnvironmentRegistry().Make(given), Throws.TypeOf<EnvironmentException>().With.Message.Contains($"'{given}'. Did you mean '{nearest}'?"));

    [TestCase("FrozenLake-v1?map=8x8", "no setting 'map'. Did you mean 'map_name'?")]
    [TestCase("FrozenLake-v1?map_name=8x9", "'8x9'; allowed is 4x4 or 8x8. Did you mean '8x8'?")]
    [TestCase("FrozenLake-v1?is_slippery=maybe", "'maybe'; allowed is true or false")]
    [TestCase("FrozenLake-v1?success_rate=2", "a number from 0 to 1")]
    [TestCase("FrozenLake-v1?map_name", "not written as name=value")]
    [TestCase("FrozenLake-v1?", "not written as name=value")]
    [TestCase("FrozenLake-v1?map_name=4x4&map_name=8x8", "given twice")]
    [TestCase("CartPole-v1?max_episode_steps=0", "a whole number from 1")]
    [TestCase("CartPole-v1?gravity=3", "no setting 'gravity'. Did you mean 'max_episode_steps'?")]
    public void A_wrong_setting_is_refused_with_what_is_allowed(string name, string message)
    {
        var registry = new EnvironmentRegistry();
        Assert.That(() => registry.MakeVector(name, 1), Throws.TypeOf<EnvironmentException>().With.Message.Contains(message));
    }

    [Test]
    public void Settings_reach_the_environment()
    {
        var registry = new EnvironmentRegistry();
        Assert.That(registry.Make("FrozenLake-v1?map_name=8x8&is_slippery=false").ObservationSpace, Is.EqualTo(new Discrete(64)));
        Assert.That(registry.Find("CartPole-v1?max_episode_steps=7").MaxEpisodeSteps, Is.EqualTo(7));
        using IVectorEnvironment vector = registry.MakeVector("Pendulum-v1?max_episode_steps=1", 1);
        var step = new VectorStep(vector);
        vector.Reset(0, step);
        vector.Step([0], step);
        Assert.That(step.Truncated[0], Is.True);
    }

    [Test]
    public void A_name_is_registered_once_and_well_formed()
    {
        var registry = new EnvironmentRegistry();
        EnvironmentSpec Spec(string name, int? limit = null) => new(name, limit, null, "", _ => new Endless());
        registry.Register(Spec("mine"));
        Assert.That(registry.Make("mine"), Is.TypeOf<Endless>());
        Assert.That(() => registry.Register(Spec("mine")), Throws.TypeOf<EnvironmentException>().With.Message.Contains("taken"));
        Assert.That(() => registry.Register(Spec("a?b")), Throws.TypeOf<EnvironmentException>());
        Assert.That(() => registry.Register(Spec("b", 0)), Throws.TypeOf<EnvironmentException>().With.Message.Contains("at least 1"));
    }

    [Test]
    public void A_users_environment_is_found_in_their_assembly_and_can_be_stepped()
    {
        var registry = new EnvironmentRegistry();
        EnvironmentSpec spec = registry.LoadAssembly(SamplePath).Single();
        Assert.That((spec.Name, spec.MaxEpisodeSteps, spec.RewardThreshold), Is.EqualTo(("corridor", (int?)50, (double?)0.5)));
        using IVectorEnvironment corridor = registry.MakeVector("corridor", 3);
        var step = new VectorStep(corridor);
        corridor.Reset(1, step);
        float start = step.Observations[0];
        Assert.That(start, Is.InRange(0, 4));
        for (int t = (int)start; t < 9; t++) corridor.Step([1, 0, 0], step);
        Assert.That(step.Terminated[0], Is.False);
        corridor.Step([1, 0, 0], step);
        Assert.That((step.Terminated[0], step.Rewards[0], step.FinalObservations[0]), Is.EqualTo((true, 1f, 10f)));
        Assert.That(step.Rewards[1], Is.EqualTo(-0.01f));
    }

    [Test]
    public void The_name_of_a_users_environment_must_be_free()
    {
        var registry = new EnvironmentRegistry();
        registry.LoadAssembly(SamplePath);
        Assert.That(() => registry.LoadAssembly(SamplePath), Throws.TypeOf<EnvironmentException>().With.Message.Contains("'corridor'").And.Message.Contains("taken"));
    }

    [Test]
    public void A_file_that_is_missing_or_no_assembly_or_has_no_environment_is_refused()
    {
        var registry = new EnvironmentRegistry();
        string text = Path.Combine(TestContext.CurrentContext.TestDirectory, "Training", "Environments", "Data", "README.md");
        string contracts = typeof(Space).Assembly.Location;
        Assert.That(() => registry.LoadAssembly("nowhere.dll"), Throws.TypeOf<EnvironmentException>().With.Message.Contains("no file 'nowhere.dll'"));
        Assert.That(() => registry.LoadAssembly(text), Throws.TypeOf<EnvironmentException>().With.Message.Contains("not a .NET assembly"));
        Assert.That(() => registry.LoadAssembly(contracts), Throws.TypeOf<EnvironmentException>().With.Message.Contains("[Environment(\"my-env\")]"));
    }

    [TestCase("kitten", "sitting", 3)]
    [TestCase("ab", "ba", 1)]
    [TestCase("", "abc", 3)]
    [TestCase("same", "same", 0)]
    public void Distances_between_names_are_the_known_ones(string first, string second, int distance)
    {
        Assert.That(NearestName.Distance(first, second), Is.EqualTo(distance));
        Assert.That(NearestName.Distance(second, first), Is.EqualTo(distance));
    }

    [Test]
    public void There_is_no_nearest_of_no_names() => Assert.That(NearestName.Of("x", Array.Empty<string>()), Is.Null);
}
