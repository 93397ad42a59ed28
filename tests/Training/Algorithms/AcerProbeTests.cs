using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime;
using Pipeline.Tests.Training.Environments.Probes;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Environments;
using Pipeline.Training.Networks;
using Pipeline.Training.Optimizers;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>acer finds what is known beforehand, over choices and over real-valued actions.</summary>
public sealed class AcerProbeTests
{
    private static readonly AcerOptions Quick = new()
    {
        TotalSteps = 20_480, EnvironmentCount = 8, RolloutLength = 8, LearningRate = Schedule.Linear(0.01), Optimizer = ActorCriticOptimizer.Adam, Gamma = 0.9, HiddenSizes = [16],
        ReplayRatio = 2, BufferSize = 4000, LearningStarts = 500, InitialLogStd = -1,
    };

    [Test]
    public void Action_values_see_the_observation() =>
        Assert.That(Values(() => new ObservationReward(), [-1, 1]), Is.EqualTo(new[] { -1f, -1, 1, 1 }).Within(0.1));

    [Test]
    public void Action_values_tell_actions_apart() => Assert.That(Values(() => new ActionReward(), [0]), Is.EqualTo(new[] { -1f, 1 }).Within(0.2));

    [Test]
    public void The_value_of_a_real_action_network_sees_the_observation() =>
        Assert.That(Values(() => new RealAction(new ObservationReward()), [-1, 1]), Is.EqualTo(new[] { -1f, 1 }).Within(0.1));

    [TestCase(false)]
    [TestCase(true)]
    public void A_reward_two_steps_on_is_discounted_once(bool real)
    {
        float[] values = Values(() => real ? new RealAction(new TwoStepDelay()) : new TwoStepDelay(), [0, 1]);
        Assert.That(values, Is.EqualTo(real ? new[] { 0.9f, 1 } : [0.9f, 0.9f, 1, 1]).Within(0.1));
    }

    // Reward 1 a step, γ = 0.9: cut off the value is 1 / (1 − γ) = 10 still; where each step may end it, 1 / (1 − 0.9 · 0.5).
    [TestCase(false)]
    [TestCase(true)]
    public void A_time_limit_does_not_end_the_value_and_an_end_does(bool real)
    {
        Assert.That(Values(() => real ? new RealAction(new Endless()) : new Endless(), [0], limit: 5), Is.All.EqualTo(10).Within(0.5));
        Assert.That(Values(() => real ? new RealAction(new Ending(0.5)) : new Ending(0.5), [0]), Is.All.EqualTo(1 / (1 - (0.9 * 0.5))).Within(0.3));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void The_policy_sees_the_observation(bool real)
    {
        using Trial trial = new Trial(() => real ? new RealAction(new ObservationActionReward()) : new ObservationActionReward(), Quick).Train();
        using Policy policy = trial.Load();
        Assert.That(new[] { Trial.Act(policy, [-1])[0] > 0, Trial.Act(policy, [1])[0] > 0 }, Is.EqualTo(new[] { false, true }));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void A_real_action_is_learned_in_its_own_range(bool learnStd)
    {
        RewardRule reward = (o, a) => (float)-Math.Pow((a[0] - (2 + (2 * o[0]))) / 8, 2);
        AcerOptions options = Quick with { TotalSteps = 40_960, LearnStd = learnStd, EntropyCoefficient = 0 };
        using Trial trial = new Trial(() => new OneStep(new Box(-1, 1, 1), new Box(-2, 6, 1), reward), options).Train();
        using Policy policy = trial.Load();
        foreach (float o in new[] { -0.9f, 0, 0.9f }) Assert.That(Trial.Act(policy, [o])[0], Is.EqualTo(2 + (2 * o)).Within(0.6), $"observation {o}");
    }

    [Test]
    public void Of_the_choices_allowed_the_best_is_taken()
    {
        var space = new Discrete(4);
        using Trial trial = new Trial(() => new MaskedOneStep(new MultiBinary(4), space, (_, a) => -a[0], Masks.FromBits(space)), Quick).Train();
        using Policy policy = trial.Load();
        Assert.That(Trial.Act(policy, [1, 1, 1, 1], [1, 1, 1, 1]), Is.EqualTo(new float[] { 0 }));
        Assert.That(Trial.Act(policy, [0, 0, 1, 1], [0, 0, 1, 1]), Is.EqualTo(new float[] { 2 }));
        Assert.That(Trial.Act(policy, [0, 0, 0, 1], [0, 0, 0, 1]), Is.EqualTo(new float[] { 3 }));
    }

    [TestCase(MemoryKind.Lstm, false, false)]
    [TestCase(MemoryKind.Gru, true, false)]
    [TestCase(MemoryKind.Gru, false, true)]
    public void A_cue_is_remembered(MemoryKind kind, bool shared, bool real) =>
        Assert.That(CueReturn(Quick with { TotalSteps = 40_960, Memory = kind, MemorySize = 16, SharedMemory = shared, SequenceLength = 8 }, real), Is.GreaterThan(0.99));

    [TestCase(false)]
    [TestCase(true)]
    public void Without_a_memory_the_cue_is_forgotten(bool real) => Assert.That(CueReturn(Quick, real), Is.InRange(-0.5, 0.5));

    // Mean and variance of Poisson's distribution are the same.
    [TestCase(0)]
    [TestCase(0.5)]
    [TestCase(8)]
    public void Numbers_of_replays_are_drawn_from_poissons_distribution(double mean)
    {
        var random = new RandomGenerator(7);
        int[] drawn = [.. Enumerable.Range(0, 20_000).Select(_ => Acer.Poisson(random, mean))];
        Assert.That(drawn.Average(), Is.EqualTo(mean).Within(0.02 * mean));
        Assert.That(drawn.Average(n => Math.Pow(n - mean, 2)), Is.EqualTo(mean).Within(0.05 * mean));
        Assert.That(drawn.Count(n => n == 0) / 20_000.0, Is.EqualTo(Math.Exp(-mean)).Within(0.01));
    }

    private static double CueReturn(AcerOptions options, bool real)
    {
        IEnvironment Make() => real ? new RealAction(new MemoryCue(3)) : new MemoryCue(3);
        using Trial trial = new Trial(Make, options).Train();
        using Policy policy = trial.Load();
        return ProbedPolicy.CueReturn(policy, Make);
    }

    private static float[] Values(Func<IEnvironment> create, float[] observations, int? limit = null)
    {
        using Trial trial = new Trial(create, Quick, limit).Train();
        return trial.Values(observations);
    }
}
