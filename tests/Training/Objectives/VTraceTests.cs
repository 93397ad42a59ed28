using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Training.Objectives;

namespace Pipeline.Tests.Training.Objectives;

/// <summary>Worked by hand: γ = 0.5, w = [2, 0.5, 1]; the errors before weighting are [1 + 10 − 10, 2 + 15 − 20, 3 + 20 − 30] = [1, −3, −7].</summary>
[TestFixture]
public sealed class VTraceTests
{
    private static readonly float[] _rewards = [1, 2, 3], _values = [10, 20, 30], _nextValues = [20, 30, 40], _ratios = [2, 0.5f, 1];

    private static (float[] Targets, float[] Advantages) Estimate(
        double lambda = 1, double rhoClip = 1, double traceClip = 1, bool[]? terminated = null, bool[]? truncated = null, float[]? nextValues = null, float[]? ratios = null)
    {
        float[] targets = new float[3], advantages = new float[3], logRatios = [.. (ratios ?? _ratios).Select(w => MathF.Log(w))];
        VTrace.Estimate(_rewards, _values, nextValues ?? _nextValues, terminated ?? new bool[3], truncated ?? new bool[3], logRatios, 0.5, lambda, rhoClip, traceClip, 1, targets, advantages);
        return (targets, advantages);
    }

    private static void Check((float[] Targets, float[] Advantages) actual, float[] targets, float[] advantages) => Assert.Multiple(() =>
    {
        Assert.That(actual.Targets, Is.EqualTo(targets).Within(1e-5));
        Assert.That(actual.Advantages, Is.EqualTo(advantages).Within(1e-5));
    });

    // ρ = c = [1, 0.5, 1]: v − V = [1 + 0.5 · −3.25, −1.5 + 0.5 · 0.5 · −7, −7].
    [Test]
    public void Errors_are_weighted_and_handed_back_by_clipped_ratios() =>
        Check(Estimate(), [10 - 0.625f, 20 - 3.25f, 30 - 7], [1 + (0.5f * 16.75f) - 10, 0.5f * (2 + (0.5f * 23) - 20), -7]);

    // ρ = [2, 0.5, 1], c as before: v₀ − V = 2 · 1 + 0.5 · −3.25.
    [Test]
    public void A_larger_rho_clip_weighs_the_error_more_and_not_the_trace() =>
        Check(Estimate(rhoClip: 2), [10 + 0.375f, 16.75f, 23], [2 * (1 + (0.5f * 16.75f) - 10), -3.25f, -7]);

    // c = 0.25 everywhere: v − V = [1 + 0.125 · −2.375, −1.5 + 0.125 · −7, −7].
    [Test]
    public void A_smaller_trace_clip_shortens_the_trace_and_leaves_the_errors() =>
        Check(Estimate(traceClip: 0.25), [10 + 0.703125f, 20 - 2.375f, 23], [1 + (0.5f * 17.625f) - 10, -3.25f, -7]);

    // c = [0.5, 0.25, 0.5].
    [Test]
    public void Lambda_multiplies_the_trace() =>
        Check(Estimate(lambda: 0.5), [10 + 0.40625f, 20 - 2.375f, 23], [1 + (0.5f * 17.625f) - 10, -3.25f, -7]);

    // The error of step 1 is 2 − 20 = −18, weighted −9.
    [Test]
    public void A_terminated_step_is_followed_by_nothing_and_its_next_value_is_not_read() =>
        Check(Estimate(terminated: [false, true, false], nextValues: [20, float.NaN, 40]), [10 - 3.5f, 11, 23], [1 + 5.5f - 10, -9, -7]);

    // Step 1 keeps its error −3, weighted −1.5; nothing is handed back over it.
    [Test]
    public void A_truncated_step_is_bootstrapped_from_its_last_observation_and_cuts_the_trace() =>
        Check(Estimate(truncated: [false, true, false]), [10.25f, 18.5f, 23], [0.25f, -1.5f, -7]);

    [Test]
    public void A_step_that_is_both_counts_as_terminated() =>
        Check(Estimate(terminated: [false, true, false], truncated: [false, true, false]), [6.5f, 11, 23], [-3.5f, -9, -7]);

    [Test]
    public void With_equal_policies_it_is_the_lambda_return_and_with_lambda_1_its_advantage()
    {
        float[] advantages = new float[3];
        foreach (double lambda in new[] { 0, 0.7, 1 })
        {
            Returns.GeneralizedAdvantages(_rewards, _values, _nextValues, new bool[3], [false, true, false], 0.5, lambda, 1, advantages);
            (float[] targets, float[] policy) = Estimate(lambda, rhoClip: 5, traceClip: 2, truncated: [false, true, false], ratios: [1, 1, 1]);
            Assert.That(targets, Is.EqualTo(advantages.Zip(_values, (a, v) => a + v)).Within(1e-5));
            if (lambda == 1) Assert.That(policy, Is.EqualTo(advantages).Within(1e-5));
        }
    }

    [Test]
    public void Each_environment_has_a_trace_of_its_own()
    {
        float[] targets = new float[6], advantages = new float[6];
        float[] Twice(float[] one, float factor) => [.. one.SelectMany(x => new[] { x, factor * x })];
        VTrace.Estimate(Twice(_rewards, 2), Twice(_values, 2), Twice(_nextValues, 2), new bool[6], new bool[6], [.. Twice(_ratios, 1).Select(w => MathF.Log(w))], 0.5, 1, 1, 1, 2, targets, advantages);
        Assert.That(targets, Is.EqualTo(Twice([9.375f, 16.75f, 23], 2)).Within(1e-5));
        Assert.That(advantages, Is.EqualTo(Twice([-0.625f, -3.25f, -7], 2)).Within(1e-5));
    }

    [Test]
    public void Lengths_that_differ_are_refused() =>
        Assert.That(
            () => VTrace.Estimate(_rewards, _values, _nextValues, new bool[3], new bool[3], [0, 0], 0.5, 1, 1, 1, 1, new float[3], new float[3]),
            Throws.ArgumentException.With.Message.Contains("log-ratios 2"));
}
