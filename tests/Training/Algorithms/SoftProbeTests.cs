using System;
using System.Collections.Generic;
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

/// <summary>sac, sac-v1 and sql find what is known beforehand. In this order each probe adds one thing: where one fails, that thing is at fault.</summary>
public sealed class SoftProbeTests
{
    // Settings of sac that solve a probe within a second or two; the temperature is small enough not to count in a value.
    private static readonly SacOptions _sac = new()
    {
        TotalSteps = 4000, EnvironmentCount = 4, TrainEvery = 8, GradientSteps = 4, BatchSize = 64, LearningStarts = 200, LearningRate = 3e-3, Gamma = 0.9, HiddenSizes = [32], Tau = 0.05,
        TemperatureRule = TemperatureRule.Fixed, Temperature = 0.005,
    };

    private static readonly SacV1Options _first = new()
    {
        TotalSteps = 4000, EnvironmentCount = 4, TrainEvery = 8, GradientSteps = 4, BatchSize = 64, LearningStarts = 200, LearningRate = 3e-3, Gamma = 0.9, HiddenSizes = [32], Tau = 0.05,
        RewardScale = 1, Temperature = 0.005,
    };

    private static readonly SqlOptions _sql = new()
    {
        TotalSteps = 4000, EnvironmentCount = 4, TrainEvery = 8, GradientSteps = 4, BatchSize = 64, LearningStarts = 200, LearningRate = 3e-3, Gamma = 0.9, HiddenSizes = [32], Tau = 0.05,
        Temperature = 0.005,
    };

    private static IEnumerable<TestCaseData> Choosing() => Cases(_sac, _sql);

    private static IEnumerable<TestCaseData> RealValued() => Cases(_sac, _first, _sql);

    private static IEnumerable<TestCaseData> Cases(params OffPolicyOptions[] options) =>
        options.Select(o => new TestCaseData(o).SetArgDisplayNames(o.GetType().Name));

    [TestCaseSource(nameof(RealValued))]
    public void The_value_sees_the_observation(OffPolicyOptions options) => Assert.Multiple(() =>
    {
        Assert.That(Value(() => new RealAction(new ConstantReward()), options), Is.EqualTo(1).Within(0.05));
        Assert.That(Value(() => new RealAction(new ObservationReward()), options), Is.EqualTo(0).Within(0.3), "of a batch of −1 and 1");
    });

    [TestCaseSource(nameof(RealValued))]
    public void A_time_limit_does_not_end_the_value(OffPolicyOptions options)
    {
        // Reward 1 a step, γ = 0.9. Cut off after 5 steps the value is still 1 / (1 − γ) = 10; ended with probability ½ it is 1 / (1 − γ/2).
        Assert.That(Value(() => new RealAction(new Endless()), options with { TotalSteps = 6000 }, limit: 5), Is.EqualTo(10).Within(0.6));
        Assert.That(Value(() => new RealAction(new Ending(0.5)), options), Is.EqualTo(1 / (1 - (0.9 * 0.5))).Within(0.25));
    }

    [TestCaseSource(nameof(Choosing))]
    public void A_time_limit_does_not_end_the_value_of_choices(OffPolicyOptions options)
    {
        Assert.That(Value(() => new Endless(), options with { TotalSteps = 6000 }, limit: 5), Is.EqualTo(10).Within(0.6));
        Assert.That(Value(() => new Ending(0.5), options), Is.EqualTo(1 / (1 - (0.9 * 0.5))).Within(0.25));
    }

    [TestCaseSource(nameof(Choosing))]
    public void The_policy_of_choices_sees_the_observation(OffPolicyOptions options)
    {
        using ReplayTrial trial = new ReplayTrial(() => new ObservationActionReward(), options).Train();
        using Policy policy = trial.Load();
        Assert.That(new[] { Trial.Act(policy, [-1])[0], Trial.Act(policy, [1])[0] }, Is.EqualTo(new[] { 0f, 1f }));
    }

    [TestCaseSource(nameof(RealValued))]
    public void A_real_action_is_learned_in_its_own_range(OffPolicyOptions options)
    {
        RewardRule reward = (o, a) => (float)-Math.Pow((a[0] - (2 + (2 * o[0]))) / 2, 2);
        using ReplayTrial trial = new ReplayTrial(
            () => new OneStep(new Box(-1, 1, 1), new Box(-2, 6, 1), reward), options with { TotalSteps = 8000, HiddenSizes = [32, 32], LearningRate = Schedule.Linear(3e-3) }).Train();
        using Policy policy = trial.Load();
        foreach (float o in new[] { -0.9f, -0.4f, 0, 0.4f, 0.9f })
            Assert.That(Trial.Act(policy, [o])[0], Is.EqualTo(2 + (2 * o)).Within(0.5), $"observation {o}");
    }

    [Test]
    public void Observations_far_from_0_are_learned_from_where_they_are_normalised()
    {
        RewardRule reward = (o, a) => (float)-Math.Pow(a[0] - ((o[0] - 1000) / 20), 2);
        using ReplayTrial trial = new ReplayTrial(() => new OneStep(new Box(990, 1010, 1), new Box(-1, 1, 1), reward), _sac with { TotalSteps = 8000, NormalizeObservations = true }).Train();
        using Policy policy = trial.Load();
        foreach (float o in new[] { 992f, 1000, 1008 }) Assert.That(Trial.Act(policy, [o])[0], Is.EqualTo((o - 1000) / 20).Within(0.15), $"observation {o}");
    }

    [TestCaseSource(nameof(Choosing))]
    public void A_forbidden_action_is_never_taken_and_the_best_allowed_one_is(OffPolicyOptions options)
    {
        // The lower a choice the better; a choice is allowed where its bit is observed, the last one always.
        Space space = new Discrete(4);
        ObservationRule rule = Masks.FromBits(space);
        var observations = new MultiBinary(4);

        // The environment itself refuses a forbidden action while it is learned.
        using ReplayTrial trial = new ReplayTrial(() => new MaskedOneStep(observations, space, (_, a) => -a[0], rule), options with { TotalSteps = 6000 }).Train();
        using Policy policy = trial.Load();
        var random = new RandomGenerator(2);
        float[] observation = new float[4], mask = new float[4], action = new float[1];
        for (int i = 0; i < 200; i++)
        {
            observations.Sample(random, observation);
            rule(observation, mask);
            policy.Sample(observation, random, action, mask);
            Assert.That(mask[(int)action[0]], Is.EqualTo(1), $"{action[0]} drawn under {string.Join(' ', mask)}");
            Assert.That(Trial.Act(policy, observation, mask)[0], Is.EqualTo(Array.IndexOf(mask, 1f)), $"under {string.Join(' ', mask)}");
        }
    }

    [Test]
    public void A_learned_temperature_brings_the_entropy_to_its_target()
    {
        // No reward decides anything, so that only the target does; the uniform density has the entropy ln 2, that of two choices.
        double Entropy(Func<IEnvironment> create, double target)
        {
            SacOptions options = _sac with { TemperatureRule = TemperatureRule.Learned, Temperature = 0.1, TargetEntropy = target, TotalSteps = 8000 };
            return new double[4].Select((_, seed) =>
            {
                using ReplayTrial trial = new ReplayTrial(create, options, seed: (ulong)seed).Train();
                return trial.Metrics.Get("entropy")!.Value;
            }).Average();
        }

        // The better action earns 2 more than the other.
        Assert.That(Entropy(() => new ActionReward(), 0.4), Is.EqualTo(0.4).Within(0.1));
        Assert.That(Entropy(() => new ContinuousTarget(), -1), Is.EqualTo(-1).Within(0.3));
    }

    [Test]
    public void The_higher_the_temperature_the_wider_the_policy()
    {
        double Spread(OffPolicyOptions options)
        {
            using ReplayTrial trial = new ReplayTrial(() => new OneStep(new Box(-1, 1, 1), new Box(-1, 1, 1), (_, a) => -a[0] * a[0]), options with { TotalSteps = 6000 }).Train();
            using Policy policy = trial.Load();
            float[] drawn = new float[2000];
            policy.SampleBatch(new float[2000], 2000, new RandomGenerator(5), drawn);
            return Math.Sqrt(drawn.Average(a => a * a));
        }

        // The density ∝ exp(−a²/α) has the deviation √(α/2) = 0.22 for α = 0.1; on [−1, 1] and with α = 10 it is nearly the uniform one, 0.577.
        Assert.Multiple(() =>
        {
            Assert.That(Spread(_sac with { Temperature = 0.1 }), Is.EqualTo(0.22).Within(0.06));
            Assert.That(Spread(_first with { Temperature = 0.1 }), Is.EqualTo(0.22).Within(0.06));
            Assert.That(Spread(_sql with { Temperature = 0.1 }), Is.EqualTo(0.22).Within(0.08));
            Assert.That(Spread(_sql with { Temperature = 10 }), Is.EqualTo(0.577).Within(0.1));
        });
    }

    [Test]
    public void Choices_are_drawn_in_proportion_to_the_exponential_of_their_values()
    {
        // Rewards ±1 and α = 2: the better action has the probability 1 / (1 + e⁻¹) = 0.731.
        foreach (OffPolicyOptions options in new OffPolicyOptions[] { _sac with { Temperature = 2 }, _sql with { Temperature = 2 } })
        {
            using ReplayTrial trial = new ReplayTrial(() => new ActionReward(), options).Train();
            using Policy policy = trial.Load();
            float[] drawn = new float[4000];
            policy.SampleBatch(new float[4000], 4000, new RandomGenerator(5), drawn);
            Assert.That(drawn.Average(), Is.EqualTo(0.731).Within(0.04), options.GetType().Name);
        }
    }

    /// <summary>The mean of Q over the last batch.</summary>
    private static double Value(Func<IEnvironment> create, OffPolicyOptions options, int? limit = null)
    {
        using ReplayTrial trial = new ReplayTrial(create, options, limit).Train();
        return trial.Metrics.Get("q_value")!.Value;
    }
}
