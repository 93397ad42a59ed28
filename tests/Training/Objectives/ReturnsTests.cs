using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Training.Objectives;

namespace Pipeline.Tests.Training.Objectives;

[TestFixture]
public sealed class ReturnsTests
{
    private static readonly float[] _rewards = [1, 2, 3], _values = [10, 20, 30], _nextValues = [20, 30, 40];

    private static float[] Advantages(bool[] terminated, bool[] truncated, double gamma, double lambda, float[]? nextValues = null)
    {
        float[] advantages = new float[3];
        Returns.GeneralizedAdvantages(_rewards, _values, nextValues ?? _nextValues, terminated, truncated, gamma, lambda, 1, advantages);
        return advantages;
    }

    // δ = [1 + 10 − 10, 2 + 15 − 20, 3 + 20 − 30] = [1, −3, −7]; γλ = 0.25.
    [Test]
    public void Within_an_episode_errors_are_discounted_by_gamma_lambda() =>
        Assert.That(Advantages([false, false, false], [false, false, false], 0.5, 0.5), Is.EqualTo(new[] { 1 + (0.25f * -4.75f), -3 + (0.25f * -7), -7 }));

    // δ₁ = 2 − 20 = −18: nothing after the end; and δ₂ does not reach back over it.
    [Test]
    public void A_terminated_step_is_followed_by_nothing_and_its_next_value_is_not_read()
    {
        float[] advantages = Advantages([false, true, false], [false, false, false], 0.5, 0.5, [20, float.NaN, 40]);
        Assert.That(advantages, Is.EqualTo(new[] { 1 + (0.25f * -18), -18, -7 }));
    }

    // δ₁ = 2 + 0.5 · 30 − 20 = −3 stays; only the trace is cut.
    [Test]
    public void A_truncated_step_is_bootstrapped_from_its_last_observation_and_cuts_the_trace() =>
        Assert.That(Advantages([false, false, false], [false, true, false], 0.5, 0.5), Is.EqualTo(new[] { 1 + (0.25f * -3), -3, -7 }));

    [Test]
    public void A_step_that_is_both_counts_as_terminated() =>
        Assert.That(Advantages([false, true, false], [false, true, false], 0.5, 0.5)[1], Is.EqualTo(-18));

    [Test]
    public void The_last_step_of_a_rollout_is_bootstrapped_unless_it_is_terminated()
    {
        Assert.That(Advantages([false, false, false], [false, false, true], 0.5, 0.5)[2], Is.EqualTo(3 + 20 - 30));
        Assert.That(Advantages([false, false, true], [false, false, false], 0.5, 0.5)[2], Is.EqualTo(3 - 30));
    }

    [Test]
    public void Lambda_0_gives_one_step_errors() =>
        Assert.That(Advantages([false, false, false], [false, false, false], 0.5, 0), Is.EqualTo(new[] { 1f, -3, -7 }));

    // λ = 1: 1 + 0.5 · 2 + 0.25 · 3 + 0.125 · 40 − 10, and so on.
    [Test]
    public void Lambda_1_gives_discounted_returns_less_the_value() =>
        Assert.That(Advantages([false, false, false], [false, false, false], 0.5, 1), Is.EqualTo(new[] { 7.75f - 10, 13.5f - 20, 23 - 30 }));

    [Test]
    public void Gamma_1_and_lambda_1_give_sums_of_rewards_less_the_value() =>
        Assert.That(Advantages([false, false, true], [false, false, false], 1, 1), Is.EqualTo(new[] { 6f - 10, 5 - 20, 3 - 30 }));

    // Environment 0 ends at its first step, environment 1 goes on: δ = [[1 − 1, 2 + 2 − 2], [3 + 3 − 3, 4 + 4 − 4]] with γ = 0.5, γλ = 0.25.
    [Test]
    public void Environments_side_by_side_do_not_touch_each_other()
    {
        float[] advantages = new float[4];
        Returns.GeneralizedAdvantages(
            [1, 2, 3, 4], [1, 2, 3, 4], [99, 4, 6, 8], [true, false, false, false], [false, false, false, false], 0.5, 0.5, 2, advantages);
        Assert.That(advantages, Is.EqualTo(new[] { 0, 2 + (0.25f * 4), 3, 4 }));
    }

    [Test]
    public void One_step_of_one_environment_is_its_own_error()
    {
        float[] advantages = new float[1];
        Returns.GeneralizedAdvantages([1], [4], [2], [false], [false], 0.5, 0.9, 1, advantages);
        Assert.That(advantages[0], Is.EqualTo(-2));
    }

    [Test]
    public void Lengths_that_differ_are_named()
    {
        Assert.That(
            () => Returns.GeneralizedAdvantages([1, 2], [1, 2], [1], [false, false], [false, false], 0.5, 0.5, 1, new float[2]),
            Throws.ArgumentException.With.Message.Contains("next values 1").And.Message.Contains("Rewards 2"));
        Assert.That(
            () => Returns.GeneralizedAdvantages([1, 2, 3], [1, 2, 3], [1, 2, 3], new bool[3], new bool[3], 0.5, 0.5, 2, new float[3]),
            Throws.ArgumentException.With.Message.Contains("2 environments"));
    }

    // Mean 4, deviations −2, 0, 2, sample variance 8 / 2 = 4.
    [Test]
    public void Standardised_numbers_have_mean_0_and_sample_deviation_1()
    {
        float[] numbers = [2, 4, 6];
        Returns.Standardize(numbers);
        Assert.That(numbers, Is.EqualTo(new[] { -1f, 0, 1 }).Within(1e-6f));
    }

    [Test]
    public void Equal_numbers_become_0_and_a_single_one_stays()
    {
        float[] equal = [0.5f, 0.5f, 0.5f], single = [7];
        Returns.Standardize(equal);
        Returns.Standardize(single);
        Assert.That(equal, Is.All.Zero);
        Assert.That(single[0], Is.EqualTo(7));
        Assert.That(() => Returns.Standardize(Span<float>.Empty), Throws.Nothing);
    }

    // Targets 1, 2, 3 vary by 2. Errors of [1, 2, 2] are 0, 0, 1: their squares about 1/3 sum to 2/3.
    [Test]
    public void Explained_variance_compares_errors_with_targets()
    {
        float[] targets = [1, 2, 3];
        Assert.That(Returns.ExplainedVariance(targets, targets), Is.EqualTo(1));
        Assert.That(Returns.ExplainedVariance([1, 2, 2], targets), Is.EqualTo(1 - (2 / 3.0 / 2)).Within(1e-12));
        Assert.That(Returns.ExplainedVariance([5, 5, 5], targets), Is.Zero);
        Assert.That(Returns.ExplainedVariance([.. targets.Select(t => t + 100)], targets), Is.EqualTo(1), "a constant error is not variance");
        Assert.That(Returns.ExplainedVariance([3, 2, 1], targets), Is.EqualTo(-3));
        Assert.That(Returns.ExplainedVariance(targets, [4, 4, 4]), Is.NaN);
        Assert.That(() => Returns.ExplainedVariance([1], targets), Throws.ArgumentException.With.Message.Contains("1 predictions and 3 targets"));
    }
}
