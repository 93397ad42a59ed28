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
using Pipeline.Training.Objectives;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>Every algorithm of the family finds what is known beforehand. In this order each probe adds one thing: where one fails, that thing is at fault.</summary>
[TestFixtureSource(typeof(QTrial), nameof(QTrial.Algorithms))]
public sealed class DqnProbeTests(string algorithm)
{
    [Test]
    public void A_constant_reward_is_the_value_of_both_actions() =>
        Assert.That(Values(() => new ConstantReward(), [0]), Is.EqualTo(new[] { 1f, 1 }).Within(0.1));

    [Test]
    public void The_value_sees_the_observation() =>
        Assert.That(Values(() => new ObservationReward(), [-1, 1]), Is.EqualTo(new[] { -1f, -1, 1, 1 }).Within(0.1));

    [Test]
    public void The_value_sees_the_action() =>
        Assert.That(Values(() => new ActionReward(), [0]), Is.EqualTo(new[] { -1f, 1 }).Within(0.2));

    [Test]
    public void A_reward_two_steps_on_is_discounted_once() =>
        Assert.That(Values(() => new TwoStepDelay(), [0, 1]), Is.EqualTo(new[] { 0.9f, 0.9f, 1, 1 }).Within(0.1));

    [Test]
    public void A_time_limit_does_not_end_the_value()
    {
        // Reward 1 a step, γ = 0.9: cut off after 5 steps the value is still 1 / (1 − γ) = 10.
        Assert.That(Values(() => new Endless(), [0], limit: 5, steps: 8000), Is.EqualTo(new[] { 10f, 10 }).Within(0.4));
        Assert.That(Values(() => new Ending(1), [0], limit: 1), Is.EqualTo(new[] { 1f, 1 }).Within(0.1), "terminated at the limit");
    }

    [Test]
    public void The_exported_policy_takes_the_better_action_and_explores_as_much_as_it_ended_with()
    {
        QLearningOptions options = QTrial.Quick(algorithm) with { ExplorationFinal = 0.5, Layers = QLayers.Plain };
        using QTrial trial = new QTrial(() => new ObservationActionReward(), options).Train();
        using Policy policy = trial.Load();
        float[] drawn = new float[4000];
        policy.SampleBatch([.. Enumerable.Repeat(1f, 4000)], 4000, new RandomGenerator(5), drawn);
        Assert.Multiple(() =>
        {
            Assert.That(new[] { Trial.Act(policy, [-1])[0], Trial.Act(policy, [1])[0] }, Is.EqualTo(new[] { 0f, 1f }));
            Assert.That(drawn.Average(), Is.EqualTo(0.75).Within(0.03), "half of the actions are drawn from two");
        });
    }

    [Test]
    public void A_forbidden_action_is_never_taken_and_the_best_allowed_one_is()
    {
        // The lower a choice the better; a choice is allowed where its bit is observed, the last one always. The environment refuses a forbidden one.
        var space = new Discrete(4);
        var observations = new MultiBinary(4);
        ObservationRule rule = Masks.FromBits(space);
        QLearningOptions options = QTrial.Quick(algorithm) with { ExplorationFinal = 0.2, ExplorationFraction = 1, TotalSteps = 6000, HiddenSizes = [32] };
        using QTrial trial = new QTrial(() => new MaskedOneStep(observations, space, (_, a) => -a[0] / 2, rule), options).Train();
        using Policy policy = trial.Load();
        var random = new RandomGenerator(2);
        float[] observation = new float[4], mask = new float[4], action = new float[1];
        for (int i = 0; i < 200; i++)
        {
            observations.Sample(random, observation);
            rule(observation, mask);
            policy.Sample(observation, random, action, mask);
            Assert.That(Masks.Allow(space, mask, action), $"{action[0]} drawn under {string.Join(' ', mask)}");
            Assert.That(Trial.Act(policy, observation, mask)[0], Is.EqualTo(Array.IndexOf(mask, 1f)), $"under {string.Join(' ', mask)}");
        }
    }

    private float[] Values(Func<IEnvironment> create, float[] observations, int? limit = null, int steps = 4000)
    {
        using QTrial trial = new QTrial(create, QTrial.Quick(algorithm) with { TotalSteps = steps, ExplorationFinal = 0.2 }, limit).Train();
        return trial.Values(observations);
    }
}

/// <summary>Each part of deep Q-learning, and all that can be combined, still finds what is known.</summary>
public sealed class DqnPartTests
{
    private static IEnumerable<TestCaseData> Parts()
    {
        DqnOptions quick = (DqnOptions)QTrial.Quick("dqn");
        yield return new TestCaseData(quick with { Target = QTarget.Double }).SetArgDisplayNames("double");
        yield return new TestCaseData(quick with { Streams = QStreams.Dueling }).SetArgDisplayNames("dueling");
        yield return new TestCaseData(quick with { Layers = QLayers.Noisy, ExplorationInitial = 0, ExplorationFinal = 0 }).SetArgDisplayNames("noisy");
        yield return new TestCaseData(quick with { Replayed = ReplayChoice.Prioritized }).SetArgDisplayNames("prioritized");
        yield return new TestCaseData(quick with { NStep = 3 }).SetArgDisplayNames("three steps");
        yield return new TestCaseData(quick with { Exploration = QExploration.Boltzmann, ExplorationFinal = 0.1 }).SetArgDisplayNames("boltzmann");
        yield return new TestCaseData(quick with { TargetUpdate = TargetUpdate.Averaged, Tau = 0.05 }).SetArgDisplayNames("averaged");
        yield return new TestCaseData(quick with
        {
            Target = QTarget.Double,
            Streams = QStreams.Dueling,
            Layers = QLayers.Noisy,
            Replayed = ReplayChoice.Prioritized,
            NStep = 3,
            Exploration = QExploration.Boltzmann,
            ExplorationFinal = 0.1,
            TargetUpdate = TargetUpdate.Averaged,
            Tau = 0.05,
        }).SetArgDisplayNames("all");
    }

    [TestCaseSource(nameof(Parts))]
    public void A_part_learns_values_over_time(DqnOptions options)
    {
        using QTrial trial = new QTrial(() => new TwoStepDelay(), options).Train();
        Assert.That(trial.Values(0, 1), Is.EqualTo(new[] { 0.9f, 0.9f, 1, 1 }).Within(0.15));
    }

    [TestCaseSource(nameof(Parts))]
    public void A_part_learns_what_to_do(DqnOptions options)
    {
        using QTrial trial = new QTrial(() => new ObservationActionReward(), options).Train();
        using Policy policy = trial.Load();
        Assert.That(new[] { Trial.Act(policy, [-1])[0], Trial.Act(policy, [1])[0] }, Is.EqualTo(new[] { 0f, 1f }));
    }

    [Test]
    public void Boltzmanns_exploration_takes_actions_in_proportion_to_exp_of_their_values()
    {
        DqnOptions options = (DqnOptions)QTrial.Quick("dqn") with { Exploration = QExploration.Boltzmann, ExplorationInitial = 5, ExplorationFinal = 2 };
        using QTrial trial = new QTrial(() => new ActionReward(), options).Train();
        using Policy policy = trial.Load();
        float[] drawn = new float[4000];
        policy.SampleBatch(new float[4000], 4000, new RandomGenerator(5), drawn);
        Assert.That(drawn.Average(), Is.EqualTo(1 / (1 + Math.Exp(-1))).Within(0.03), "values −1 and 1 at temperature 2");
    }

    [Test]
    public void A_policy_that_avoids_risk_takes_the_sure_reward_and_one_that_does_not_the_larger_mean()
    {
        // Action 0 gives 0.5, action 1 gives 3 or −1 with even chances: its mean is 1, the mean of its worse half −1.
        float Action(RiskKind risk, double eta)
        {
            IqnOptions options = (IqnOptions)QTrial.Quick("iqn") with { TotalSteps = 8000, PolicyFractions = 8, Fractions = 8, TargetFractions = 1, Risk = risk, RiskEta = eta };
            using QTrial trial = new QTrial(() => new Gamble(), options).Train();
            using Policy policy = trial.Load();
            return Trial.Act(policy, [0])[0];
        }

        Assert.Multiple(() =>
        {
            Assert.That(Action(RiskKind.Neutral, 0), Is.EqualTo(1));
            Assert.That(Action(RiskKind.Cvar, 0.4), Is.EqualTo(0));
            Assert.That(Action(RiskKind.Pow, -4), Is.EqualTo(0));
            Assert.That(Action(RiskKind.Wang, 1), Is.EqualTo(1));
        });
    }

    private sealed class Gamble : Probe
    {
        private RandomGenerator? _random;

        public override void Reset(RandomGenerator random, Span<float> observation)
        {
            _random = random;
            observation[0] = 0;
        }

        public override StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
        {
            observation[0] = 0;
            return new StepResult(action[0] == 0 ? 0.5f : _random!.NextInt32(2) == 0 ? 3 : -1, Terminated: true);
        }
    }
}
