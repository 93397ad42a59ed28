using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime;
using Pipeline.Tests.Training.Environments.Probes;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Environments;
using Pipeline.Training.Optimizers;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>TD3 and DDPG find what is known beforehand. In this order each probe adds one thing: where one fails, that thing is at fault.</summary>
[TestFixture(true)]
[TestFixture(false)]
public sealed class Td3ProbeTests(bool hasParts)
{
    private readonly Td3Options _quick = hasParts ? Td3Trial.Quick : Td3Trial.QuickDdpg;

    [Test]
    public void A_constant_reward_is_the_value() =>
        Assert.That(Values(() => new ConstantReward(), _quick with { TotalSteps = 1500 }, [0]), Is.EqualTo(new[] { 1f }).Within(0.05));

    [Test]
    public void The_value_sees_the_observation() =>
        Assert.That(Values(() => new ObservationReward(), _quick with { TotalSteps = 2000 }, [-1, 1]), Is.EqualTo(new[] { -1f, 1f }).Within(0.05));

    [TestCase(1)]
    [TestCase(3)]
    public void A_reward_two_steps_on_is_discounted_once(int steps) =>
        Assert.That(Values(() => new TwoStepDelay(), _quick with { NStep = steps }, [0, 1]), Is.EqualTo(new[] { 0.9f, 1f }).Within(0.05));

    [TestCase(1)]
    [TestCase(3)]
    public void A_time_limit_does_not_end_the_value(int steps)
    {
        // Reward 1 a step, γ = 0.9. Cut off after 5 steps the value is still 1 / (1 − γ) = 10; ended with probability ½ it is 1 / (1 − γ/2).
        Td3Options options = _quick with { NStep = steps, TotalSteps = 6000 };
        Assert.That(Values(() => new Endless(), options, [0], limit: 5), Is.EqualTo(new[] { 10f }).Within(0.5));
        Assert.That(Values(() => new Ending(0.5), options, [0]), Is.EqualTo(new[] { 1 / (1 - (0.9f * 0.5f)) }).Within(0.25));
    }

    [Test]
    public void The_policy_sees_the_observation()
    {
        using Td3Trial trial = new Td3Trial(() => new RealAction(new ObservationActionReward()), _quick).Train();
        using Policy policy = trial.Load();
        Assert.Multiple(() =>
        {
            Assert.That(Trial.Act(policy, [-1])[0], Is.LessThan(0));
            Assert.That(Trial.Act(policy, [1])[0], Is.GreaterThan(0));
        });
    }

    [TestCase(-1, 1, 0.5, 0, ExplorationNoise.Gaussian)]
    [TestCase(-2, 6, 2, 2, ExplorationNoise.OrnsteinUhlenbeck)]
    public void A_real_action_is_learned_in_its_own_range(double low, double high, double slope, double centre, ExplorationNoise noise)
    {
        RewardRule reward = (o, a) => (float)-Math.Pow((a[0] - (centre + (slope * o[0]))) / (high - low) * 4, 2);
        using Td3Trial trial = new Td3Trial(
            () => new OneStep(new Box(-1, 1, 1), new Box((float)low, (float)high, 1), reward), _quick with { TotalSteps = 8000, HiddenSizes = [32, 32], LearningRate = Schedule.Linear(3e-3), Noise = noise, NoiseTimeStep = 1 }).Train();
        using Policy policy = trial.Load();
        foreach (float o in new[] { -0.9f, -0.4f, 0, 0.4f, 0.9f })
            Assert.That(Trial.Act(policy, [o])[0], Is.EqualTo(centre + (slope * o)).Within(0.06 * (high - low)), $"observation {o}");
    }

    [Test]
    public void Observations_far_from_0_are_learned_from_where_they_are_normalised()
    {
        RewardRule reward = (o, a) => (float)-Math.Pow(a[0] - ((o[0] - 1000) / 20), 2);
        using Td3Trial trial = new Td3Trial(() => new OneStep(new Box(990, 1010, 1), new Box(-1, 1, 1), reward), _quick with { TotalSteps = 8000, NormalizeObservations = true }).Train();
        using Policy policy = trial.Load();
        foreach (float o in new[] { 992f, 1000, 1008 }) Assert.That(Trial.Act(policy, [o])[0], Is.EqualTo((o - 1000) / 20).Within(0.12), $"observation {o}");
    }

    [Test]
    public void A_sampled_action_is_the_deterministic_one_with_noise_within_the_bounds()
    {
        using var trial = new Td3Trial(() => new OneStep(new Box(-1, 1, 1), new Box(-2, 6, 1), (_, _) => 0), _quick with { NoiseDeviation = 0.25 });
        using Policy policy = trial.Load();
        float[] drawn = new float[4000];
        policy.SampleBatch(new float[4000], 4000, new RandomGenerator(5), drawn);
        double mean = Trial.Act(policy, [0])[0], deviation = Math.Sqrt(drawn.Average(a => Math.Pow(a - mean, 2)));
        Assert.Multiple(() =>
        {
            Assert.That(drawn.Average(), Is.EqualTo(mean).Within(0.1));
            Assert.That(deviation, Is.EqualTo(1).Within(0.05), "0.25 of half the range of 8");
            Assert.That(drawn, Has.All.InRange(-2, 6));
        });
    }

    private static float[] Values(Func<IEnvironment> create, Td3Options options, float[] observations, int? limit = null)
    {
        using Td3Trial trial = new Td3Trial(() => new RealAction(create()), options, limit).Train();
        return trial.Values(observations);
    }
}
