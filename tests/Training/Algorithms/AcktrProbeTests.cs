using System;
using NUnit.Framework;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime;
using Pipeline.Tests.Training.Environments.Probes;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Environments;
using Pipeline.Training.Optimizers;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>acktr finds what is known beforehand; PpoProbeTests says more about what the loop they share does.</summary>
public sealed class AcktrProbeTests
{
    private static readonly AcktrOptions Quick = new()
    {
        TotalSteps = 20_480, EnvironmentCount = 8, RolloutLength = 32, Gamma = 0.9, GaeLambda = 0.95, HiddenSizes = [16], LearningRate = Schedule.Linear(1), TargetKl = 0.02,
        ValueLearningRate = Schedule.Linear(0.5), ValueTargetKl = 100, ValueSteps = 8, FactorDecay = 0.9, NormalizeAdvantages = true, EntropyCoefficient = 0,
        // So few steps leave no time for what momentum overshoots.
        Momentum = 0,
    };

    [Test]
    public void The_value_sees_the_observation() =>
        Assert.That(Values(() => new ObservationReward(), [-1, 1]), Is.EqualTo(new[] { -1f, 1f }).Within(0.05));

    [Test]
    public void A_reward_two_steps_on_is_discounted_once() =>
        Assert.That(Values(() => new TwoStepDelay(), [0, 1]), Is.EqualTo(new[] { 0.9f, 1f }).Within(0.05));

    // Reward 1 a step, γ = 0.9: cut off the value is 1 / (1 − γ) = 10 still; where each step may end it, 1 / (1 − 0.9 · 0.5).
    [Test]
    public void A_time_limit_does_not_end_the_value_and_an_end_does()
    {
        Assert.That(Values(() => new Endless(), [0], limit: 5), Is.EqualTo(new[] { 10f }).Within(0.3));
        Assert.That(Values(() => new Ending(0.5), [0]), Is.EqualTo(new[] { 1 / (1 - (0.9f * 0.5f)) }).Within(0.2));
    }

    [Test]
    public void The_policy_sees_the_observation()
    {
        using Trial trial = new Trial(() => new ObservationActionReward(), Quick).Train();
        using Policy policy = trial.Load();
        Assert.That(new[] { Trial.Act(policy, [-1])[0], Trial.Act(policy, [1])[0] }, Is.EqualTo(new[] { 0f, 1f }));
    }

    [Test]
    public void A_real_action_is_learned_in_its_own_range()
    {
        RewardRule reward = (o, a) => (float)-Math.Pow((a[0] - (2 + (2 * o[0]))) / 8, 2);
        using Trial trial = new Trial(() => new OneStep(new Box(-1, 1, 1), new Box(-2, 6, 1), reward), Quick).Train();
        using Policy policy = trial.Load();
        foreach (float o in new[] { -0.9f, 0, 0.9f }) Assert.That(Trial.Act(policy, [o])[0], Is.EqualTo(2 + (2 * o)).Within(0.6), $"observation {o}");
    }

    // Two branches and masks.
    [Test]
    public void Of_the_branches_allowed_the_best_is_taken()
    {
        var space = new MultiDiscrete(2, 3);
        var observations = new MultiBinary(space.MaskSize);
        using Trial trial = new Trial(() => new MaskedOneStep(observations, space, (_, a) => -a.ToArray()[0] - a.ToArray()[1], Masks.FromBits(space)), Quick).Train();
        using Policy policy = trial.Load();
        Assert.That(Trial.Act(policy, [1, 1, 1, 1, 1], [1, 1, 1, 1, 1]), Is.EqualTo(new float[] { 0, 0 }));
        Assert.That(Trial.Act(policy, [0, 1, 0, 1, 1], [0, 1, 0, 1, 1]), Is.EqualTo(new float[] { 1, 1 }));
    }

    private static float[] Values(Func<IEnvironment> create, float[] observations, int? limit = null)
    {
        using Trial trial = new Trial(create, Quick, limit).Train();
        return trial.Values(observations);
    }
}
