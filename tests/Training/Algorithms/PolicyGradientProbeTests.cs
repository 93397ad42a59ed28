using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime;
using Pipeline.Tests.Training.Environments.Probes;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Environments;
using Pipeline.Training.Networks;
using Pipeline.Training.Optimizers;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>vpg, a2c, trpo and acktr find what is known beforehand; PpoProbeTests says more about what the loop they share does.</summary>
public sealed class PolicyGradientProbeTests
{
    private static readonly VpgOptions Vpg = new()
    {
        TotalSteps = 30_720, EnvironmentCount = 8, RolloutLength = 32, LearningRate = Schedule.Linear(0.03), ValueLearningRate = Schedule.Linear(0.01), ValueSteps = 20, Gamma = 0.9, HiddenSizes = [16],
    };

    private static readonly A2cOptions A2c = new()
    {
        TotalSteps = 61_440, EnvironmentCount = 8, RolloutLength = 8, LearningRate = Schedule.Linear(0.01), Gamma = 0.9, HiddenSizes = [16],
    };

    private static readonly TrpoOptions Trpo = new()
    {
        TotalSteps = 20_480, EnvironmentCount = 8, RolloutLength = 32, MinibatchSize = 64, CriticEpochs = 8, LearningRate = Schedule.Linear(0.01), Gamma = 0.9, HiddenSizes = [16], TargetKl = 0.02,
    };

    private static readonly AcktrOptions Acktr = new()
    {
        TotalSteps = 20_480, EnvironmentCount = 8, RolloutLength = 32, Gamma = 0.9, GaeLambda = 0.95, HiddenSizes = [16], LearningRate = Schedule.Linear(1), TargetKl = 0.02,
        ValueLearningRate = Schedule.Linear(0.5), ValueTargetKl = 100, ValueSteps = 8, FactorDecay = 0.9, NormalizeAdvantages = true, EntropyCoefficient = 0,
        // So few steps leave no time for what momentum overshoots.
        Momentum = 0,
    };

    private static IEnumerable<TestCaseData> Algorithms() =>
    [
        new TestCaseData(Vpg).SetArgDisplayNames("vpg"),
        new TestCaseData(Vpg with { Weight = VpgWeight.RewardToGo }).SetArgDisplayNames("vpg, reward to go"),
        new TestCaseData(A2c).SetArgDisplayNames("a2c"),
        new TestCaseData(Trpo).SetArgDisplayNames("trpo"),
        new TestCaseData(Acktr).SetArgDisplayNames("acktr"),
    ];

    [TestCaseSource(nameof(Algorithms))]
    public void The_value_sees_the_observation(OnPolicyOptions options) =>
        Assert.That(Values(() => new ObservationReward(), options, [-1, 1]), Is.EqualTo(new[] { -1f, 1f }).Within(0.05));

    [TestCaseSource(nameof(Algorithms))]
    public void A_reward_two_steps_on_is_discounted_once(OnPolicyOptions options) =>
        Assert.That(Values(() => new TwoStepDelay(), options, [0, 1]), Is.EqualTo(new[] { 0.9f, 1f }).Within(0.05));

    // Reward 1 a step, γ = 0.9: cut off the value is 1 / (1 − γ) = 10 still; where each step may end it, 1 / (1 − 0.9 · 0.5).
    [TestCaseSource(nameof(Algorithms))]
    public void A_time_limit_does_not_end_the_value_and_an_end_does(OnPolicyOptions options)
    {
        Assert.That(Values(() => new Endless(), options, [0], limit: 5), Is.EqualTo(new[] { 10f }).Within(0.3));
        Assert.That(Values(() => new Ending(0.5), options, [0]), Is.EqualTo(new[] { 1 / (1 - (0.9f * 0.5f)) }).Within(0.2));
    }

    [TestCaseSource(nameof(Algorithms))]
    public void The_policy_sees_the_observation(OnPolicyOptions options)
    {
        using Trial trial = new Trial(() => new ObservationActionReward(), options).Train();
        using Policy policy = trial.Load();
        ProbedPolicy.AssertFindsTheAction(policy);
    }

    [TestCaseSource(nameof(Algorithms))]
    public void A_real_action_is_learned_in_its_own_range(OnPolicyOptions options)
    {
        RewardRule reward = (o, a) => (float)-Math.Pow((a[0] - (2 + (2 * o[0]))) / 8, 2);
        using Trial trial = new Trial(() => new OneStep(new Box(-1, 1, 1), new Box(-2, 6, 1), reward), options with { MaxGradientNorm = null }).Train();
        using Policy policy = trial.Load();
        foreach (float o in new[] { -0.9f, 0, 0.9f }) Assert.That(Trial.Act(policy, [o])[0], Is.EqualTo(2 + (2 * o)).Within(0.6), $"observation {o}");
    }

    [TestCaseSource(nameof(Algorithms))]
    public void Of_the_branches_allowed_the_best_is_taken(OnPolicyOptions options)
    {
        var space = new MultiDiscrete(2, 3);
        var observations = new MultiBinary(space.MaskSize);
        using Trial trial = new Trial(() => new MaskedOneStep(observations, space, (_, a) => -a.ToArray().Sum(), Masks.FromBits(space)), options).Train();
        using Policy policy = trial.Load();
        Assert.That(Trial.Act(policy, [1, 1, 1, 1, 1], [1, 1, 1, 1, 1]), Is.EqualTo(new float[] { 0, 0 }));
        Assert.That(Trial.Act(policy, [0, 1, 0, 1, 1], [0, 1, 0, 1, 1]), Is.EqualTo(new float[] { 1, 1 }));
        Assert.That(Trial.Act(policy, [1, 1, 0, 0, 1], [1, 1, 0, 0, 1]), Is.EqualTo(new float[] { 0, 2 }));
    }

    [TestCaseSource(nameof(Algorithms))]
    public void Every_part_of_a_hybrid_action_is_learned(OnPolicyOptions options)
    {
        using Trial trial = new Trial(ProbedPolicy.Hybrid, options with { TotalSteps = 2 * options.TotalSteps, MaxGradientNorm = null }).Train();
        using Policy policy = trial.Load();
        ProbedPolicy.AssertTakesTheHybridAction(policy);
    }

    // A reward that nothing changes leaves no gradient, and the policy where it was.
    [Test]
    public void Where_there_is_nothing_to_gain_trpo_lets_the_policy_stay()
    {
        using var trial = new Trial(() => new OneStep(new Box(-1, 1, 1), new Discrete(2), (_, _) => 0), Trpo with { GaeLambda = 1, NormalizeAdvantages = false });
        trial.Trainer.Parameters["critic.0.weight"].Clear();
        trial.Trainer.Parameters["critic.1.weight"].Clear();
        float[] before = trial.Trainer.Parameters["actor.0.weight"].ToArray();
        trial.Iterate();
        Assert.That(trial.Trainer.Parameters["actor.0.weight"].ToArray(), Is.EqualTo(before));
        Assert.That(trial.Metrics.Get("step_share"), Is.Zero);
    }

    [TestCase(MemoryKind.Lstm, false)]
    [TestCase(MemoryKind.Gru, true)]
    public void A2c_remembers_a_cue(MemoryKind kind, bool shared) =>
        Assert.That(CueReturn(A2c with { Memory = kind, MemorySize = 16, SharedMemory = shared, SequenceLength = 8 }), Is.EqualTo(1));

    [Test]
    public void Without_a_memory_a2c_forgets_the_cue() => Assert.That(CueReturn(A2c), Is.InRange(-0.5, 0.5));

    private static double CueReturn(A2cOptions options)
    {
        using Trial trial = new Trial(() => new MemoryCue(3), options).Train();
        using Policy policy = trial.Load();
        return ProbedPolicy.CueReturn(policy);
    }

    private static float[] Values(Func<IEnvironment> create, OnPolicyOptions options, float[] observations, int? limit = null)
    {
        using Trial trial = new Trial(create, options, limit).Train();
        return trial.Values(observations);
    }
}
