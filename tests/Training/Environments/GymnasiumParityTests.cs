using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Environments;
using Pipeline.Training.Environments.ClassicControl;
using Pipeline.Training.Environments.ToyText;

namespace Pipeline.Tests.Training.Environments;

[TestFixture]
public sealed class GymnasiumParityTests
{
    private const float Tolerance = 1e-6f;
    private static readonly EnvironmentRegistry Registry = new();

    private static IEnumerable<TestCaseData> Episodes() =>
        Recorded.Episodes().Select((episode, i) => new TestCaseData(episode).SetArgDisplayNames($"{i}: {episode}"));

    [TestCaseSource(nameof(Episodes))]
    public void A_recorded_episode_is_repeated_by_one_environment(object recorded)
    {
        var episode = (Recorded.Episode)recorded;
        IEnvironment environment = Registry.Make(episode.Environment);
        var settable = (ISettableState)environment;
        settable.State = episode.FirstState;
        float[] observation = new float[environment.ObservationSpace.Size];
        foreach ((Recorded.Step expected, int i) in episode.Steps.Select((s, i) => (s, i)))
        {
            StepResult result = environment.Step(expected.Action, observation);
            AssertClose(observation, expected.Observation, $"observation {i}");
            Assert.That(result.Reward, Is.EqualTo(expected.Reward).Within(Tolerance * Math.Max(1, Math.Abs(expected.Reward))), $"reward {i}");
            Assert.That(result.Terminated, Is.EqualTo(expected.Terminated), $"terminated {i}");
            Assert.That(result.Truncated, Is.False, "The time limit is counted by the vectorisation.");
        }

        Assert.That(settable.State, Is.EqualTo(episode.Steps[^1].State).Within(1e-6));
    }

    [TestCaseSource(nameof(Episodes))]
    public void A_recorded_episode_is_repeated_by_the_generic_vectorisation(object recorded)
    {
        var episode = (Recorded.Episode)recorded;
        EnvironmentSpec spec = Registry.Find(episode.Environment);
        Assert.That(spec.MaxEpisodeSteps, Is.EqualTo(episode.MaxEpisodeSteps));
        IEnvironment environment = Registry.Make(episode.Environment);
        using var vector = new VectorEnvironment(() => environment, 1, spec.MaxEpisodeSteps);
        Replay(episode, vector, () => ((ISettableState)environment).State = episode.FirstState);
    }

    [TestCaseSource(nameof(Episodes))]
    public void A_recorded_episode_is_repeated_by_the_fast_vectorisation(object recorded)
    {
        var episode = (Recorded.Episode)recorded;
        using IVectorEnvironment vector = Registry.MakeVector(episode.Environment, 1);
        Replay(episode, vector, () => SetState(vector, episode.FirstState));
    }

    [TestCase("FrozenLake-v1", "FrozenLake-v1")]
    [TestCase("FrozenLake8x8-v1", "FrozenLake8x8-v1")]
    [TestCase("FrozenLake-v1?map_name=8x8&max_episode_steps=200", "FrozenLake8x8-v1")]
    [TestCase("CliffWalking-v1", "CliffWalking-v1")]
    [TestCase("Taxi-v4", "Taxi-v4")]
    public void A_recorded_transition_table_is_ours(string name, string recorded)
    {
        var environment = (TabularEnvironment)Registry.Make(name);
        Recorded.Table table = Recorded.Transitions(recorded);
        foreach ((int state, int action, (double, int, double, bool)[] outcomes) in table.Rows)
        {
            var ours = environment.Transitions(state, action).Select(t => (t.Probability, t.NextState, t.Reward, t.Terminated));
            Assert.That(ours, Is.EqualTo(outcomes), $"state {state}, action {action}");
        }

        Assert.That(table.Rows, Has.Count.EqualTo(((Discrete)environment.ObservationSpace).N * ((Discrete)environment.ActionSpace).N));
        Assert.That(environment.InitialDistribution, Is.EqualTo(table.InitialDistribution).Within(1e-15));
        Assert.That(Registry.Find(name).MaxEpisodeSteps, Is.EqualTo(table.MaxEpisodeSteps));
        Assert.That(Registry.Find(recorded).RewardThreshold, Is.EqualTo(table.RewardThreshold));
    }

    [Test]
    public void The_recorded_action_masks_of_Taxi_are_ours()
    {
        string[] masks = Recorded.Transitions("Taxi-v4").Masks;
        var taxi = new Taxi();
        float[] mask = new float[6];
        for (int state = 0; state < masks.Length; state++)
        {
            taxi.State = [state];
            taxi.WriteActionMask(mask);
            Assert.That(string.Concat(mask), Is.EqualTo(masks[state]), $"state {state}");
        }

        Assert.That(masks, Has.Length.EqualTo(500));
    }

    private static void Replay(Recorded.Episode episode, IVectorEnvironment vector, Action setState)
    {
        var step = new VectorStep(vector);
        vector.Reset(0, step);
        setState();
        foreach ((Recorded.Step expected, int i) in episode.Steps.Select((s, i) => (s, i)))
        {
            vector.Step(expected.Action, step);
            bool ended = expected.Terminated || expected.Truncated;
            AssertClose(ended ? step.FinalObservations : step.Observations, expected.Observation, $"observation {i}");
            Assert.That(step.Rewards[0], Is.EqualTo(expected.Reward).Within(Tolerance * Math.Max(1, Math.Abs(expected.Reward))), $"reward {i}");
            Assert.That((step.Terminated[0], step.Truncated[0]), Is.EqualTo((expected.Terminated, expected.Truncated)), $"end {i}");
        }
    }

    private static void SetState(IVectorEnvironment vector, double[] state)
    {
        switch (vector)
        {
            case VectorControlEnvironment<CartPole> cartPole: cartPole.SetState(0, state); break;
            case VectorControlEnvironment<MountainCar> mountainCar: mountainCar.SetState(0, state); break;
            case VectorControlEnvironment<MountainCarContinuous> continuous: continuous.SetState(0, state); break;
            case VectorControlEnvironment<Acrobot> acrobot: acrobot.SetState(0, state); break;
            case VectorControlEnvironment<Pendulum> pendulum: pendulum.SetState(0, state); break;
            default: Assert.Fail($"{vector.GetType().Name} is no fast vectorisation."); break;
        }
    }

    private static void AssertClose(float[] actual, float[] expected, string what)
    {
        Assert.That(actual, Has.Length.EqualTo(expected.Length));
        for (int i = 0; i < expected.Length; i++)
            Assert.That(actual[i], Is.EqualTo(expected[i]).Within(Tolerance * Math.Max(1, Math.Abs(expected[i]))), $"{what}, entry {i}");
    }
}
