using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Environments;
using Pipeline.Training.Environments.Wrappers;

namespace Pipeline.Tests.Training.Environments.Wrappers;

[TestFixture]
public sealed class WrapperTests
{
    private static readonly EnvironmentRegistry Registry = new();

    private static readonly object[] Wrapped =
    [
        new object[] { "ActionRescale", (Func<IVectorEnvironment, IVectorEnvironment>)(e => new ActionRescale(e)) },
        new object[] { "RewardScale", (Func<IVectorEnvironment, IVectorEnvironment>)(e => new RewardScale(e, 0.1f)) },
        new object[] { "RewardNormalization", (Func<IVectorEnvironment, IVectorEnvironment>)(e => new RewardNormalization(e, 0.99)) },
        new object[] { "FrameStack", (Func<IVectorEnvironment, IVectorEnvironment>)(e => new FrameStack(e, 3)) },
        new object[] { "all", (Func<IVectorEnvironment, IVectorEnvironment>)(e => new FrameStack(new RewardNormalization(new RewardScale(new ActionRescale(e), 2), 0.9), 2)) },
    ];

    [TestCaseSource(nameof(Wrapped))]
    public void Stepping_a_wrapper_allocates_nothing(string name, object wrap)
    {
        using IVectorEnvironment environment = Wrap(wrap, "Pendulum-v1?max_episode_steps=10");
        var step = new VectorStep(environment);
        environment.Reset(0, step);
        float[] actions = new float[environment.Count];
        Assert.That(VectorEnvironmentTests.AllocatedByCalls(() => environment.Step(actions, step)), Is.Zero, name);
    }

    [TestCaseSource(nameof(Wrapped))]
    public void A_saved_wrapper_goes_on_bit_for_bit(string name, object wrap)
    {
        using IVectorEnvironment run = Wrap(wrap, "Pendulum-v1?max_episode_steps=20"), resumed = Wrap(wrap, "Pendulum-v1?max_episode_steps=20");
        var step = new VectorStep(run);
        var resumedStep = new VectorStep(resumed);
        var random = new RandomGenerator(1);
        float[] actions = new float[run.Count];
        run.Reset(9, step);
        for (int t = 0; t < 33; t++) Act(run, step, random, actions);
        var stream = new MemoryStream();
        run.SaveState(new BinaryWriter(stream));
        stream.Position = 0;
        resumed.LoadState(new BinaryReader(stream));
        resumed.Observe(resumedStep);
        Assert.That(resumedStep.Observations, Is.EqualTo(step.Observations), name);
        for (int t = 0; t < 50; t++)
        {
            Act(run, step, random, actions);
            resumed.Step(actions, resumedStep);
            Assert.That(resumedStep.Observations, Is.EqualTo(step.Observations), name);
            Assert.That(resumedStep.Rewards, Is.EqualTo(step.Rewards), name);
        }
    }

    [Test]
    public void Actions_are_rescaled_to_the_bounds_of_the_environment()
    {
        using var rescaled = new ActionRescale(Registry.MakeVector("Pendulum-v1", 3));
        using IVectorEnvironment plain = Registry.MakeVector("Pendulum-v1", 3);
        var rescaledStep = new VectorStep(rescaled);
        var step = new VectorStep(plain);
        rescaled.Reset(0, rescaledStep);
        plain.Reset(0, step);
        Assert.That(rescaled.ActionSpace, Is.EqualTo(new Box(-1, 1, 1)));
        rescaled.Step([-1, 0.25f, 1], rescaledStep);
        plain.Step([-2, 0.5f, 2], step);
        Assert.That(rescaledStep.Observations, Is.EqualTo(step.Observations));
        Assert.That(() => new ActionRescale(Registry.MakeVector("CartPole-v1", 1)), Throws.TypeOf<EnvironmentException>().With.Message.Contains("Discrete(2)"));
    }

    [Test]
    public void Rewards_are_scaled_and_the_raw_ones_kept()
    {
        using var scaled = new RewardScale(Registry.MakeVector("MountainCar-v0", 2), 0.5f);
        var step = new VectorStep(scaled);
        scaled.Reset(0, step);
        scaled.Step([0, 1], step);
        Assert.That(step.Rewards, Is.EqualTo(new[] { -0.5f, -0.5f }));
        Assert.That(scaled.RawRewards, Is.EqualTo(new[] { -1f, -1f }));
        Assert.That(() => new RewardScale(scaled, 0), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Rewards_are_divided_by_the_deviation_of_the_discounted_return()
    {
        // Rewards 1 and 3 a step, γ = 0.5, episodes of 2 steps: R is (1, 3), (1.5, 4.5), then from 0 again (1, 3).
        using var normalized = new RewardNormalization(new VectorEnvironment(Rewards(1, 3), 2, 2), 0.5, clip: 2.5);
        var step = new VectorStep(normalized);
        normalized.Reset(0, step);
        var seen = new List<double>();
        foreach (double[] returns in new double[][] { [1, 3], [1.5, 4.5], [1, 3] })
        {
            normalized.Step([0, 0], step);
            seen.AddRange(returns);

            // As if 1e-4 of a row of mean 0 and variance 1 had been seen before.
            double count = seen.Count + 1e-4, mean = seen.Sum() / count;
            double variance = ((1e-4 * (1 + (mean * mean))) + seen.Sum(r => (r - mean) * (r - mean))) / count;
            Assert.That(normalized.Moments.Variance[0], Is.EqualTo(variance).Within(1e-9));
            Assert.That(step.Rewards[0], Is.EqualTo(1 / Math.Sqrt(variance + 1e-8)).Within(1e-6));
            Assert.That(step.Rewards[1], Is.EqualTo(Math.Min(2.5, 3 / Math.Sqrt(variance + 1e-8))).Within(1e-6));
            Assert.That(normalized.RawRewards, Is.EqualTo(new float[] { 1, 3 }));
        }
    }

    [Test]
    public void Frozen_reward_statistics_stay_as_they_are()
    {
        using var normalized = new RewardNormalization(new VectorEnvironment(Rewards(1, 2), 2), 0.9);
        var step = new VectorStep(normalized);
        normalized.Reset(0, step);
        for (int t = 0; t < 5; t++) normalized.Step([0, 0], step);
        double variance = normalized.Moments.Variance[0];
        normalized.Moments.IsFrozen = true;
        for (int t = 0; t < 5; t++) normalized.Step([0, 0], step);
        Assert.That(normalized.Moments.Variance[0], Is.EqualTo(variance));
        Assert.That(() => new RewardNormalization(normalized, 1.5), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Frames_are_stacked_oldest_first_and_an_episode_starts_with_its_first_repeated()
    {
        using var stacked = new FrameStack(new VectorEnvironment(() => new Counter(100), 1, 4), 3);
        var step = new VectorStep(stacked);
        stacked.Reset(0, step);
        Assert.That(stacked.ObservationSpace, Is.EqualTo(new Box(0, 1000, 3)));
        Assert.That(step.Observations, Is.EqualTo(new float[] { 100, 100, 100 }));
        float[][] expected = [[100, 100, 101], [100, 101, 102], [101, 102, 103]];
        foreach (float[] stack in expected)
        {
            stacked.Step([0], step);
            Assert.That(step.Observations, Is.EqualTo(stack));
        }

        stacked.Step([0], step);
        Assert.That(step.Truncated[0], Is.True);
        Assert.That(step.FinalObservations, Is.EqualTo(new float[] { 102, 103, 104 }));
        Assert.That(step.Observations, Is.EqualTo(new float[] { 100, 100, 100 }));
    }

    [TestCase(new[] { 5 }, new[] { 20 })]
    [TestCase(new[] { 3, 6, 7 }, new[] { 12, 6, 7 })]
    [TestCase(new[] { 6, 7 }, new[] { 4, 6, 7 })]
    public void Stacked_shapes_join_along_the_first_axis_or_gain_one(int[] shape, int[] stacked)
    {
        using var environment = new FrameStack(new VectorEnvironment(() => new Shaped(shape), 1), 4);
        Assert.That(((Box)environment.ObservationSpace).Shape, Is.EqualTo(stacked));
    }

    [Test]
    public void Observations_that_are_no_box_are_not_stacked() =>
        Assert.That(() => new FrameStack(Registry.MakeVector("Taxi-v4", 1), 2), Throws.TypeOf<EnvironmentException>().With.Message.Contains("Discrete(500)"));

    private static IVectorEnvironment Wrap(object wrap, string name) =>
        ((Func<IVectorEnvironment, IVectorEnvironment>)wrap)(Registry.MakeVector(name, 3));

    private static void Act(IVectorEnvironment environment, VectorStep step, RandomGenerator random, float[] actions)
    {
        VectorEnvironmentTests.Sample(environment.ActionSpace, random, actions);
        environment.Step(actions, step);
    }

    private static Func<IEnvironment> Rewards(params float[] rewards)
    {
        int made = 0;
        return () => new Counter(0) { Reward = rewards[made++] };
    }

    /// <summary>Observes how many steps the episode has, counted from a number.</summary>
    private sealed class Counter(float start) : IEnvironment
    {
        private float _now;

        public float Reward { get; init; }

        public Space ObservationSpace { get; } = new Box(0, 1000, 1);

        public Space ActionSpace { get; } = new Discrete(2);

        public void Reset(RandomGenerator random, Span<float> observation) => observation[0] = _now = start;

        public StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
        {
            observation[0] = ++_now;
            return new StepResult(Reward);
        }
    }

    private sealed class Shaped(int[] shape) : IEnvironment
    {
        public Space ObservationSpace { get; } = new Box(0, 1, shape);

        public Space ActionSpace { get; } = new Discrete(2);

        public void Reset(RandomGenerator random, Span<float> observation) => observation.Clear();

        public StepResult Step(ReadOnlySpan<float> action, Span<float> observation) => default;
    }
}
