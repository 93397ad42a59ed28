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

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>PPO finds what is known beforehand. In this order each probe adds one thing: where one fails, that thing is at fault.</summary>
public sealed class PpoProbeTests
{
    [Test]
    public void A_constant_reward_is_the_value() =>
        Assert.That(Values(() => new ConstantReward(), [0]), Is.EqualTo(new[] { 1f }).Within(0.05));

    [Test]
    public void The_value_sees_the_observation() =>
        Assert.That(Values(() => new ObservationReward(), [-1, 1]), Is.EqualTo(new[] { -1f, 1f }).Within(0.05));

    [Test]
    public void A_reward_two_steps_on_is_discounted_once() =>
        Assert.That(Values(() => new TwoStepDelay(), [0, 1]), Is.EqualTo(new[] { 0.9f, 1f }).Within(0.05));

    [Test]
    public void A_time_limit_does_not_end_the_value()
    {
        // Reward 1 a step, γ = 0.9. Cut off after 5 steps the value is still 1 / (1 − γ) = 10; ended there it is 1 + γ + … + γ⁴ = 4.0951.
        Assert.That(Values(() => new Endless(), [0], limit: 5), Is.EqualTo(new[] { 10f }).Within(0.3));
        Assert.That(Values(() => new Countdown(5), [0, 1]), Is.EqualTo(new[] { 4.0951f, 1f }).Within(0.2));
        Assert.That(Values(() => new Ending(0.5), [0]), Is.EqualTo(new[] { 1 / (1 - (0.9f * 0.5f)) }).Within(0.2));
    }

    [Test]
    public void A_step_that_ends_the_task_at_the_time_limit_is_not_bootstrapped() =>
        Assert.That(Values(() => new Countdown(5), [0, 1], limit: 5), Is.EqualTo(new[] { 4.0951f, 1f }).Within(0.2));

    [Test]
    public void The_policy_takes_the_better_action()
    {
        using Trial trial = new Trial(() => new ActionReward(), Trial.Quick).Train();
        using Policy policy = trial.Load();
        float[] drawn = new float[1000];
        policy.SampleBatch(new float[1000], 1000, new RandomGenerator(5), drawn);
        Assert.Multiple(() =>
        {
            Assert.That(Trial.Act(policy, [0]), Is.EqualTo(new[] { 1f }));
            Assert.That(drawn.Average(), Is.GreaterThan(0.95));
        });
    }

    [TestCase(MemoryKind.Lstm, false)]
    [TestCase(MemoryKind.Lstm, true)]
    [TestCase(MemoryKind.Gru, false)]
    public void The_policy_remembers_a_cue(MemoryKind kind, bool shared)
    {
        PpoOptions options = Trial.Quick with { TotalSteps = 20_480, Memory = kind, MemorySize = 16, SharedMemory = shared, SequenceLength = 16 };
        using Trial trial = new Trial(() => new MemoryCue(3), options).Train();
        Assert.That(CueReturn(trial), Is.EqualTo(1));
    }

    [Test]
    public void Without_a_memory_the_cue_is_forgotten()
    {
        using Trial trial = new Trial(() => new MemoryCue(3), Trial.Quick).Train();
        Assert.That(CueReturn(trial), Is.InRange(-0.5, 0.5));
    }

    [Test]
    public void The_policy_sees_the_observation()
    {
        using Trial trial = new Trial(() => new ObservationActionReward(), Trial.Quick).Train();
        using Policy policy = trial.Load();
        ProbedPolicy.AssertFindsTheAction(policy);
    }

    [TestCase(-1, 1, 0.5, 0)]
    [TestCase(-2, 6, 2, 2)]
    public void A_real_action_is_learned_in_its_own_range(double low, double high, double slope, double centre)
    {
        RewardRule reward = (o, a) => (float)-Math.Pow((a[0] - (centre + (slope * o[0]))) / (high - low), 2);
        using Trial trial = new Trial(() => new OneStep(new Box(-1, 1, 1), new Box((float)low, (float)high, 1), reward), Trial.Quick with { TotalSteps = 20_480 }).Train();
        using Policy policy = trial.Load();
        foreach (float o in new[] { -0.9f, -0.4f, 0, 0.4f, 0.9f })
            Assert.That(Trial.Act(policy, [o])[0], Is.EqualTo(centre + (slope * o)).Within(0.06 * (high - low)), $"observation {o}");
    }

    [Test]
    public void Every_branch_of_a_multi_discrete_action_is_learned()
    {
        RewardRule reward = (o, a) => (a[0] == o[0] ? 1 : 0) + (a[1] == (o[0] == 2 ? 1 : 0) ? 1 : 0);
        using Trial trial = new Trial(() => new OneStep(new Discrete(3), new MultiDiscrete(3, 2), reward), Trial.Quick).Train();
        using Policy policy = trial.Load();
        for (int o = 0; o < 3; o++) Assert.That(Trial.Act(policy, [o]), Is.EqualTo(new float[] { o, o == 2 ? 1 : 0 }), $"observation {o}");
    }

    [Test]
    public void Every_bit_of_a_multi_binary_action_is_learned()
    {
        RewardRule reward = (o, a) => (o[0] == a[0] ? 1 : 0) + (o[1] == a[1] ? 1 : 0) + (o[2] == a[2] ? 1 : 0);
        using Trial trial = new Trial(() => new OneStep(new MultiBinary(3), new MultiBinary(3), reward), Trial.Quick).Train();
        using Policy policy = trial.Load();
        for (int i = 0; i < 8; i++)
        {
            float[] bits = [i & 1, (i >> 1) & 1, i >> 2];
            Assert.That(Trial.Act(policy, bits), Is.EqualTo(bits));
        }
    }

    [Test]
    public void Every_entry_of_a_dictionary_is_seen()
    {
        var space = new Dict(("bit", new MultiBinary(1)), ("distraction", new Box(-1, 1, 2)), ("cue", new Discrete(3)));
        static int Best(ReadOnlySpan<float> o) => o[0] == 1 ? (int)o[3] : 2 - (int)o[3];
        using Trial trial = new Trial(() => new OneStep(space, new Discrete(3), (o, a) => a[0] == Best(o) ? 1 : 0), Trial.Quick with { TotalSteps = 30_720, HiddenSizes = [32] }).Train();
        using Policy policy = trial.Load();
        var random = new RandomGenerator(1);
        float[] observation = new float[4];
        for (int i = 0; i < 50; i++)
        {
            space.Sample(random, observation);
            Assert.That(Trial.Act(policy, observation)[0], Is.EqualTo(Best(observation)), string.Join(' ', observation));
        }
    }

    [TestCase(4)]
    [TestCase(2, 3)]
    public void A_forbidden_action_is_never_taken_and_the_best_allowed_one_is(params int[] branches)
    {
        // The lower a choice the better; a choice is allowed where its bit is observed, the last one of each branch always.
        Space space = branches.Length == 1 ? new Discrete(branches[0]) : new MultiDiscrete(branches);
        RewardRule reward = (_, a) => -a.ToArray().Sum();
        ObservationRule rule = Masks.FromBits(space);
        var observations = new MultiBinary(space.MaskSize);

        // The environment itself refuses a forbidden action while PPO learns.
        using Trial trial = new Trial(() => new MaskedOneStep(observations, space, reward, rule), Trial.Quick).Train();
        using Policy policy = trial.Load();
        var random = new RandomGenerator(2);
        float[] observation = new float[space.MaskSize], mask = new float[space.MaskSize], action = new float[space.Size];
        for (int i = 0; i < 500; i++)
        {
            observations.Sample(random, observation);
            rule(observation, mask);
            policy.Sample(observation, random, action, mask);
            Assert.That(Masks.Allow(space, mask, action), $"{string.Join(' ', action)} drawn under {string.Join(' ', mask)}");
            Assert.That(Trial.Act(policy, observation, mask), Is.EqualTo(Best(branches, mask)), $"under {string.Join(' ', mask)}");
        }
    }

    private static float[] Best(int[] branches, float[] mask)
    {
        int start = 0;
        float[] best = new float[branches.Length];
        for (int i = 0; i < branches.Length; i++)
        {
            best[i] = Array.IndexOf(mask, 1f, start) - start;
            start += branches[i];
        }

        return best;
    }

    private static double CueReturn(Trial trial)
    {
        using Policy policy = trial.Load();
        return ProbedPolicy.CueReturn(policy);
    }

    private static float[] Values(Func<IEnvironment> create, float[] observations, int? limit = null)
    {
        using Trial trial = new Trial(create, Trial.Quick, limit).Train();
        return trial.Values(observations);
    }

    /// <summary>Reward 1 a step, over after some steps; the observation says how far it is, from 0 to 1 at the last step.</summary>
    private sealed class Countdown(int length) : IEnvironment
    {
        private int _time;

        public Space ObservationSpace { get; } = new Box(0, 2, 1);

        public Space ActionSpace { get; } = new Discrete(2);

        public void Reset(RandomGenerator random, Span<float> observation) => observation[0] = _time = 0;

        public StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
        {
            observation[0] = ++_time / (length - 1f);
            return new StepResult(1, Terminated: _time == length);
        }
    }
}
