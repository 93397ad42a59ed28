using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Tests.Training.Engine;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Objectives;

namespace Pipeline.Tests.Training.Objectives;

[TestFixture]
public sealed class TruncatedWeightsTests
{
    // c = 2: min(2, ½), min(2, 4); max(0, 1 − 2/½), 1 − 2/4.
    [Test]
    public void Weights_are_cut_off_and_the_rest_is_made_up_for()
    {
        (double[] truncated, double[] correction) = Weigh(2, 0.5, 4);
        Assert.That(truncated, Is.EqualTo(new[] { 0.5, 2 }).Within(1e-6));
        Assert.That(correction, Is.EqualTo(new[] { 0, 0.5 }).Within(1e-6));
    }

    [Test]
    public void Ratios_beyond_the_range_of_numbers_do_no_harm()
    {
        var graph = new Graph();
        Tensor logRatio = graph.Input("log_ratio", [2]);
        var feed = new Feed(logRatio, -5000, 5000);
        Assert.That(Evaluation.Run(TruncatedWeights.Truncated(logRatio, 10), feed).Values, Is.EqualTo(new[] { 0, 10.0 }).Within(1e-5));
        Assert.That(Evaluation.Run(TruncatedWeights.Correction(logRatio, 10), feed).Values, Is.EqualTo(new[] { 0, 1.0 }).Within(1e-6));
    }

    // What the two parts are together, over all actions, is the expectation under the policy, wherever the weights are cut.
    [TestCase(0.5)]
    [TestCase(1)]
    [TestCase(10)]
    public void Together_they_have_no_bias(double clip)
    {
        double[] policy = [0.7, 0.2, 0.1], behaviour = [0.1, 0.3, 0.6], x = [3, -5, 2];
        (double[] truncated, double[] correction) = Weigh(clip, [.. policy.Zip(behaviour, (p, b) => p / b)]);
        double sum = Enumerable.Range(0, 3).Sum(a => ((behaviour[a] * truncated[a]) + (policy[a] * correction[a])) * x[a]);
        Assert.That(sum, Is.EqualTo((0.7 * 3) - (0.2 * 5) + (0.1 * 2)).Within(1e-6));
    }

    private static (double[] Truncated, double[] Correction) Weigh(double clip, params double[] ratios)
    {
        var graph = new Graph();
        Tensor logRatio = graph.Input("log_ratio", [ratios.Length]);
        var feed = new Feed(logRatio, [.. ratios.Select(r => (float)Math.Log(r))]);
        return (Evaluation.Run(TruncatedWeights.Truncated(logRatio, clip), feed).Values, Evaluation.Run(TruncatedWeights.Correction(logRatio, clip), feed).Values);
    }
}
