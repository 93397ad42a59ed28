using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Environments;

namespace Pipeline.Tests.Training.Environments;

[TestFixture]
public sealed class WithoutVelocityTests
{
    private static readonly EnvironmentRegistry Registry = new();

    private static readonly Dictionary<string, (string Name, int[] Entries)> Masked = new()
    {
        ["CartPole-v1"] = ("CartPoleNoVel-v1", [0, 2]),
        ["Pendulum-v1"] = ("PendulumNoVel-v1", [0, 1]),
        ["MountainCarContinuous-v0"] = ("MountainCarContinuousNoVel-v0", [0]),
    };

    private static IEnumerable<TestCaseData> Episodes() => Recorded.Episodes()
        .Where(e => Masked.ContainsKey(e.Environment)).Select((episode, i) => new TestCaseData(episode).SetArgDisplayNames($"{i}: {episode}"));

    [TestCaseSource(nameof(Episodes))]
    public void A_recorded_episode_is_repeated_with_the_positions_alone(object recorded)
    {
        var episode = (Recorded.Episode)recorded;
        (string name, int[] entries) = Masked[episode.Environment];
        IEnvironment environment = Registry.Make(name);
        ((ISettableState)environment).State = episode.FirstState;
        float[] observation = new float[entries.Length];
        foreach (Recorded.Step expected in episode.Steps)
        {
            StepResult result = environment.Step(expected.Action, observation);
            Assert.That(observation, Is.EqualTo(entries.Select(i => expected.Observation[i])).Within(1e-6));
            Assert.That(result.Reward, Is.EqualTo(expected.Reward).Within(1e-5));
            Assert.That(result.Terminated, Is.EqualTo(expected.Terminated));
        }

        Assert.That(((ISettableState)environment).State, Is.EqualTo(episode.Steps[^1].State).Within(1e-6));
    }

    [TestCase("CartPole-v1", 4)]
    [TestCase("Pendulum-v1", 3)]
    [TestCase("MountainCarContinuous-v0", 2)]
    public void Limits_thresholds_and_bounds_are_those_of_the_task(string task, int size)
    {
        (string name, int[] entries) = Masked[task];
        EnvironmentSpec spec = Registry.Find(name), whole = Registry.Find(task);
        Assert.That((spec.MaxEpisodeSteps, spec.RewardThreshold), Is.EqualTo((whole.MaxEpisodeSteps, whole.RewardThreshold)));
        var seen = (Box)Registry.Make(name).ObservationSpace;
        var all = (Box)Registry.Make(task).ObservationSpace;
        Assert.That(all.Size, Is.EqualTo(size));
        Assert.That(seen.Low, Is.EqualTo(entries.Select(i => all.Low[i])));
        Assert.That(seen.High, Is.EqualTo(entries.Select(i => all.High[i])));
        Assert.That(Registry.Make(name).ActionSpace, Is.EqualTo(Registry.Make(task).ActionSpace));
    }

    [Test]
    public void A_wrong_action_is_refused_by_the_name_of_the_task() =>
        Assert.That(() => Registry.Make("CartPoleNoVel-v1").Step([2], new float[2]), Throws.InstanceOf<ArgumentException>().With.Message.Contains("CartPole without velocities"));
}
