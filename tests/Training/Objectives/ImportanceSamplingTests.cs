using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Training.Objectives;

namespace Pipeline.Tests.Training.Objectives;

[TestFixture]
public sealed class ImportanceSamplingTests
{
    private const double Tolerance = 1e-12;

    // Ratios 2, 2 and ½: ρ = 2, 4 in the first episode, ½ in the second; with γ = ½ the returns are 1 + ½ · 2 = 2 and 4.
    private static readonly LoggedEpisodes _two = LoggedEpisodes.FromProbabilities([1, 2, 4], [0.5, 0.8, 0.2], [0.25, 0.4, 0.4], [2, 1]);

    [Test]
    public void Ordinary_weighs_whole_returns_and_divides_by_the_number_of_episodes()
    {
        ReturnEstimate estimate = ImportanceSampling.Ordinary(_two, 0.5);
        Assert.That(estimate.Value, Is.EqualTo(((4 * 2) + (0.5 * 4)) / 2).Within(Tolerance));

        // The two terms are 8 and 2: deviation √18, error √18 / √2.
        Assert.That(estimate.StandardError, Is.EqualTo(3).Within(Tolerance));
    }

    [Test]
    public void Weighted_divides_by_the_sum_of_the_weights()
    {
        ReturnEstimate estimate = ImportanceSampling.Weighted(_two, 0.5);
        Assert.That(estimate.Value, Is.EqualTo(((4 * 2) + (0.5 * 4)) / 4.5).Within(Tolerance));

        // Weights 8/9 and 1/9, errors 2 − 20/9 and 4 − 20/9: twice (16/81)².
        Assert.That(estimate.StandardError, Is.EqualTo(Math.Sqrt(2) * 16 / 81).Within(Tolerance));
    }

    [Test]
    public void Per_decision_weighs_a_reward_by_the_actions_before_it() =>
        Assert.That(ImportanceSampling.PerDecision(_two, 0.5).Value, Is.EqualTo(((2 * 1) + (0.5 * 4 * 2) + (0.5 * 4)) / 2).Within(Tolerance));

    // Step 0: (2 · 1 + ½ · 4) / 2.5. Step 1: (4 · 2 + ½ · 0) / 4.5, for the second episode is over.
    [Test]
    public void Weighted_per_decision_divides_by_the_weights_of_each_step() =>
        Assert.That(ImportanceSampling.WeightedPerDecision(_two, 0.5).Value, Is.EqualTo((4 / 2.5) + (0.5 * 8 / 4.5)).Within(Tolerance));

    [Test]
    public void The_effective_sample_size_is_that_of_the_whole_weights() =>
        Assert.That(ImportanceSampling.Ordinary(_two, 0.5).EffectiveSampleSize, Is.EqualTo(4.5 * 4.5 / (16 + 0.25)).Within(Tolerance));

    [Test]
    public void With_equal_policies_every_estimator_is_the_mean_return_and_every_episode_counts()
    {
        var same = LoggedEpisodes.FromProbabilities([1, 2, 4], [0.3, 0.3, 0.3], [0.3, 0.3, 0.3], [2, 1]);
        ReturnEstimate[] estimates = All(same, 0.5);
        Assert.That(estimates.Select(e => e.Value), Is.All.EqualTo(3).Within(Tolerance));
        Assert.That(estimates.Select(e => e.EffectiveSampleSize), Is.All.EqualTo(2).Within(Tolerance));
        Assert.That(estimates.Select(e => e.StandardError!.Value), Is.EqualTo(new[] { 1, Math.Sqrt(0.5), 1, Math.Sqrt(0.5) }).Within(Tolerance));
    }

    [Test]
    public void One_episode_has_no_spread()
    {
        var one = LoggedEpisodes.FromProbabilities([1, 2], [0.5, 0.5], [0.25, 0.5], [2]);
        Assert.That(All(one, 1).Select(e => e.StandardError), Is.All.Null);
        Assert.That(All(one, 1).Select(e => e.Value), Is.EqualTo(new[] { 6.0, 3, 6, 3 }));
    }

    [Test]
    public void Logarithms_and_probabilities_give_the_same()
    {
        double[] target = [0.5, 0.8, 0.2], behaviour = [0.25, 0.4, 0.4];
        var logs = LoggedEpisodes.FromLogProbabilities([1, 2, 4], [.. target.Select(p => Math.Log(p))], [.. behaviour.Select(p => Math.Log(p))], [2, 1]);
        Assert.That(All(logs, 0.9), Is.EqualTo(All(_two, 0.9)));
    }

    // The second action of the first episode is one the target policy never takes: its weight is 0 from there on.
    [Test]
    public void What_the_target_policy_never_does_weighs_nothing()
    {
        var episodes = LoggedEpisodes.FromProbabilities([1, 2, 4], [0.5, 0, 0.2], [0.25, 0.4, 0.4], [2, 1]);
        Assert.That(All(episodes, 0.5).Select(e => e.Value), Is.EqualTo(new[] { 1.0, 4, (2 + 2) / 2.0, 4 / 2.5 }).Within(Tolerance));
        Assert.That(ImportanceSampling.Ordinary(episodes, 0.5).EffectiveSampleSize, Is.EqualTo(1).Within(Tolerance));
    }

    [Test]
    public void Where_no_weight_is_left_weighted_estimators_refuse_and_the_others_give_nothing()
    {
        var episodes = LoggedEpisodes.FromProbabilities([1, 4], [0, 0], [0.4, 0.4], [1, 1]);
        Assert.That(() => ImportanceSampling.Weighted(episodes, 1), Throws.TypeOf<CoverageException>().With.Message.Contains("all weights are 0"));
        Assert.That(() => ImportanceSampling.WeightedPerDecision(episodes, 1), Throws.TypeOf<CoverageException>().With.Message.Contains("first 1 action"));
        Assert.That(ImportanceSampling.Ordinary(episodes, 1), Is.EqualTo(new ReturnEstimate(0, 0, 0)));
        Assert.That(ImportanceSampling.PerDecision(episodes, 1), Is.EqualTo(new ReturnEstimate(0, 0, 0)));
    }

    [Test]
    public void An_action_that_the_behaviour_policy_cannot_have_taken_is_refused() =>
        Assert.That(
            () => LoggedEpisodes.FromProbabilities([1, 2, 4], [0.5, 0.8, 0.2], [0.25, 0.4, 0], [2, 1]),
            Throws.TypeOf<CoverageException>().With.Message.Contains("Step 0 of episode 1").And.Message.Contains("the target policy takes it"));

    [TestCase(new float[] { 1, float.NaN }, 0.5, 0.5, 2, "reward")]
    [TestCase(new float[] { 1, 2 }, -0.5, 0.5, 2, "log-probabilities")]
    [TestCase(new float[] { 1, 2 }, 0.5, double.PositiveInfinity, 2, "log-probabilities")]
    [TestCase(new float[] { 1, 2 }, 0.5, 0.5, 1, "steps together")]
    [TestCase(new float[] { 1, 2 }, 0.5, 0.5, 3, "has 3 steps")]
    [TestCase(new float[] { 1, 2, 3 }, 0.5, 0.5, 3, "one of each for every step")]
    public void Data_that_contradicts_itself_is_refused(float[] rewards, double target, double behaviour, int length, string said) =>
        Assert.That(() => LoggedEpisodes.FromProbabilities(rewards, [target, target], [behaviour, behaviour], [length]), Throws.ArgumentException.With.Message.Contains(said));

    [Test]
    public void Weights_of_long_episodes_neither_overflow_nor_vanish()
    {
        const int Steps = 10_000;
        foreach (double ratio in (double[])[1.5, 0.5])
        {
            // Two episodes of weights ratio^Steps and twice that, with returns 0 and 3: (0 + 2 · 3) / 3.
            double[] target = [.. Enumerable.Repeat(ratio * 0.25, 2 * Steps)];
            target[Steps] *= 2;
            float[] rewards = new float[2 * Steps];
            rewards[^1] = 3;
            var episodes = LoggedEpisodes.FromProbabilities(rewards, target, [.. Enumerable.Repeat(0.25, 2 * Steps)], [Steps, Steps]);
            Assert.That(ImportanceSampling.Weighted(episodes, 1).Value, Is.EqualTo(2).Within(1e-9));
            Assert.That(ImportanceSampling.WeightedPerDecision(episodes, 1).Value, Is.EqualTo(2).Within(1e-9));
            Assert.That(ImportanceSampling.Weighted(episodes, 1).EffectiveSampleSize, Is.EqualTo(9.0 / 5).Within(1e-9));
            if (ratio < 1) Assert.That(ImportanceSampling.Ordinary(episodes, 1).Value, Is.Zero);
            else Assert.That(() => ImportanceSampling.Ordinary(episodes, 1), Throws.TypeOf<OverflowException>().With.Message.Contains("weighted estimator"));
        }
    }

    [Test]
    public void All_estimators_agree_with_what_the_target_policy_earns_when_it_acts_itself()
    {
        var random = new RandomGenerator(5);
        LoggedEpisodes own = Play(random, 40_000, behaviour: 0.7, target: 0.7), other = Play(random, 40_000, behaviour: 0.4, target: 0.7);
        ReturnEstimate earned = ImportanceSampling.Ordinary(own, 0.9);
        ReturnEstimate[] estimates = All(other, 0.9);
        foreach (ReturnEstimate estimate in estimates)
            Assert.That(estimate.Value, Is.EqualTo(earned.Value).Within(4 * Math.Sqrt(Math.Pow(estimate.StandardError!.Value, 2) + Math.Pow(earned.StandardError!.Value, 2))));

        // Unweighted, the data is far off; and fewer factors in a weight leave less spread.
        double naive = ImportanceSampling.Ordinary(Play(random, 40_000, behaviour: 0.4, target: 0.4), 0.9).Value;
        Assert.That(naive, Is.Not.EqualTo(earned.Value).Within(0.3));
        Assert.That(estimates[2].StandardError, Is.LessThan(estimates[0].StandardError!.Value));
        Assert.That(estimates[1].StandardError, Is.LessThan(estimates[0].StandardError!.Value));
    }

    [Test]
    public void Standard_errors_are_the_spread_of_repeated_estimates()
    {
        var random = new RandomGenerator(6);
        ReturnEstimate[][] repeated = [.. Enumerable.Range(0, 400).Select(_ => All(Play(random, 300, behaviour: 0.5, target: 0.7), 0.9))];
        for (int kind = 0; kind < 4; kind++)
        {
            double[] values = [.. repeated.Select(r => r[kind].Value)];
            double spread = Math.Sqrt(values.Sum(v => Math.Pow(v - values.Average(), 2)) / (values.Length - 1));
            Assert.That(repeated.Average(r => r[kind].StandardError!.Value), Is.EqualTo(spread).Within(0.12 * spread));
        }
    }

    [Test]
    public void Coverage_looks_at_actions_that_were_not_taken_too()
    {
        var coverage = PolicyCoverage.Of([0.5f, 0.5f, 0, 0.25f, 0.5f, 0.25f], [1, 0, 0, 0, 1, 0], 3);
        Assert.That(coverage, Is.EqualTo(new PolicyCoverage(2, 2, 0, 1, 0.5)));
        Assert.That(coverage.Require, Throws.TypeOf<CoverageException>().With.Message.Contains("In 2 of 2 states").And.Message.Contains("action 1 in state 0"));
    }

    [Test]
    public void A_covered_policy_passes()
    {
        var coverage = PolicyCoverage.Of([1, 0, 0.5f, 0.5f], [0.9f, 0.1f, 0.01f, 0.99f], 2);
        Assert.That(coverage.Holds);
        Assert.That(coverage.Require, Throws.Nothing);
        Assert.That(() => PolicyCoverage.Of([1, 0], [0.5f, float.NaN], 2), Throws.ArgumentException.With.Message.Contains("of action 1"));
    }

    private static ReturnEstimate[] All(LoggedEpisodes episodes, double gamma) =>
    [
        ImportanceSampling.Ordinary(episodes, gamma), ImportanceSampling.Weighted(episodes, gamma),
        ImportanceSampling.PerDecision(episodes, gamma), ImportanceSampling.WeightedPerDecision(episodes, gamma),
    ];

    // A walk of up to four steps: going on is worth more with each, and giving up, the other action, ends the episode half of the time.
    private static LoggedEpisodes Play(RandomGenerator random, int count, double behaviour, double target)
    {
        List<float> rewards = [];
        List<double> pi = [], mu = [];
        List<int> lengths = [];
        for (int episode = 0; episode < count; episode++)
        {
            int t = 0;
            for (bool over = false; t < 4 && !over; t++)
            {
                bool goesOn = random.NextDouble() < behaviour;
                rewards.Add((goesOn ? 1 + t : 0) + (float)random.NextDouble());
                mu.Add(goesOn ? behaviour : 1 - behaviour);
                pi.Add(goesOn ? target : 1 - target);
                over = !goesOn && random.NextDouble() < 0.5;
            }

            lengths.Add(t);
        }

        return LoggedEpisodes.FromProbabilities(rewards.ToArray(), pi.ToArray(), mu.ToArray(), lengths.ToArray());
    }
}
