using System;
using NUnit.Framework;
using Pipeline.Training.Objectives;

namespace Pipeline.Tests.Training.Objectives;

[TestFixture]
public sealed class RetraceTests
{
    private static readonly float[] _rewards = [1, 2, 3], _values = [10, 20, 30], _nextValues = [20, 30, 40], _traces = [1, 0.5f, 0.25f];

    private static float[] Targets(bool[] terminated, bool[] truncated, float[]? nextValues = null, float[]? traces = null)
    {
        float[] targets = new float[3];
        Retrace.Targets(_rewards, _values, nextValues ?? _nextValues, traces ?? _traces, terminated, truncated, 0.5, 1, targets);
        return targets;
    }

    // 3 + ½ · 40 = 23; 2 + ½ · (30 + ¼ · (23 − 30)) = 16.125; 1 + ½ · (20 + ½ · (16.125 − 20)).
    [Test]
    public void Each_target_takes_in_the_next_ones_error_as_far_as_the_trace_lets_it() =>
        Assert.That(Targets([false, false, false], [false, false, false]), Is.EqualTo(new[] { 10.03125f, 16.125f, 23 }));

    [Test]
    public void Nothing_follows_a_terminated_step_and_its_next_value_is_not_read() =>
        Assert.That(Targets([false, true, false], [false, false, false], [20, float.NaN, 40]), Is.EqualTo(new[] { 1 + (0.5f * (20 + (0.5f * (2 - 20)))), 2, 23 }));

    // 2 + ½ · 30 = 17 whatever follows.
    [Test]
    public void A_truncated_step_is_bootstrapped_from_its_last_observation_and_cuts_the_trace() =>
        Assert.That(Targets([false, false, false], [false, true, false]), Is.EqualTo(new[] { 1 + (0.5f * (20 + (0.5f * (17 - 20)))), 17, 23 }));

    [Test]
    public void A_step_that_is_both_counts_as_terminated() =>
        Assert.That(Targets([false, false, true], [false, false, true])[2], Is.EqualTo(3));

    [Test]
    public void Without_traces_targets_are_those_of_one_step() =>
        Assert.That(Targets([false, false, false], [false, false, false], traces: [0, 0, 0]), Is.EqualTo(new[] { 11f, 17, 23 }));

    // Where V(s′) is Q(s′, a′) and nothing is cut, the whole return is left: 1 + ½ · 2 + ¼ · 3 + ⅛ · 40.
    [Test]
    public void With_full_traces_and_consistent_values_they_are_returns() =>
        Assert.That(Targets([false, false, false], [false, false, false], traces: [1, 1, 1]), Is.EqualTo(new[] { 7.75f, 13.5f, 23 }));

    [Test]
    public void Sequences_do_not_mix()
    {
        float[] targets = new float[4];
        Retrace.Targets([1, 100, 2, 200], [10, 1000, 20, 2000], [20, 2000, 30, 3000], [1, 1, 0.5f, 1], [false, false, false, true], new bool[4], 0.5, 2, targets);
        Assert.That(targets, Is.EqualTo(new[] { 1 + (0.5f * (20 + (0.5f * (17 - 20)))), 100 + (0.5f * (2000 + (200 - 2000))), 17, 200 }));
    }

    [Test]
    public void Traces_are_ratios_cut_at_one()
    {
        float[] logRatios = [MathF.Log(0.25f), MathF.Log(4), float.NegativeInfinity, 200], traces = new float[4];
        Retrace.Traces(logRatios, 0.5, 1, traces);
        Assert.That(traces, Is.EqualTo(new[] { 0.125f, 0.5f, 0, 0.5f }).Within(1e-7));
        Retrace.Traces(logRatios, 1, 2, traces);
        Assert.That(traces, Is.EqualTo(new[] { 0.5f, 1, 0, 1 }).Within(1e-7));
    }

    [Test]
    public void Lengths_that_differ_are_refused()
    {
        Assert.That(() => Retrace.Targets(_rewards, _values, _nextValues, [1, 1], new bool[3], new bool[3], 0.9, 1, new float[3]), Throws.ArgumentException.With.Message.Contains("traces 2"));
        Assert.That(() => Retrace.Targets(_rewards, _values, _nextValues, _traces, new bool[3], new bool[3], 0.9, 2, new float[3]), Throws.ArgumentException.With.Message.Contains("a multiple of 2 sequences"));
    }
}
