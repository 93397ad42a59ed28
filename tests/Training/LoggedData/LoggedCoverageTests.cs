using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Evaluation.Logged;

namespace Pipeline.Tests.Training.LoggedData;

/// <summary>Whether intervals cover the true value as often as they say, on a task where it is known.</summary>
public sealed class LoggedCoverageTests
{
    private const int EpisodeCount = 250;

    /// <summary>A few minutes: 500 datasets, every estimator on each.</summary>
    [Test]
    [Category("LoggedCoverage")]
    [Explicit("A few minutes.")]
    public void Intervals_at_95_percent_cover_the_true_value_in_93_to_97_percent_of_500_repetitions()
    {
        Dictionary<string, (int Below, int Above)> misses = Misses(500, LoggedOptions.AllMethods, new LoggedOptions { Resamples = 1000, Discount = 0.95 });
        Assert.Multiple(() =>
        {
            foreach ((string method, (int below, int above)) in misses)
            {
                double covered = 100 * (500.0 - below - above) / 500;
                TestContext.Out.WriteLine(FormattableString.Invariant($"{method,-6} covers {covered:0.0} % (missed {below} times from below, {above} from above)"));
                Assert.That(covered, Is.InRange(93.0, 97.0), method);
            }
        });
    }

    [Test]
    public void Intervals_of_a_few_repetitions_cover_the_true_value_about_as_often_as_they_say()
    {
        const int repetitions = 40;
        Dictionary<string, (int Below, int Above)> misses = Misses(repetitions, LoggedOptions.AllMethods, new LoggedOptions { Resamples = 200, Discount = 0.95 });

        // Of 40, 2 are missed in the mean, and more than 7 once in a thousand times.
        Assert.That(misses.Values.Select(m => m.Below + m.Above), Is.All.LessThanOrEqualTo(7));
    }

    internal static Dictionary<string, (int Below, int Above)> Misses(int repetitions, IReadOnlyList<string> methods, LoggedOptions options)
    {
        using var folder = new TemporaryFolder();
        using ActingPolicy policy = ActingPolicy.Load(TableTask.Write(folder, "target.onnx", TableTask.Target), new ActingRule(1));
        double truth = TableTask.TrueReturn(TableTask.Target, options.Discount, TableTask.Limit);
        var misses = methods.ToDictionary(m => m, _ => (Below: 0, Above: 0));
        for (int repetition = 0; repetition < repetitions; repetition++)
        {
            LoggedReport report = LoggedEvaluation.Evaluate(TableTask.Play(EpisodeCount, 1000 + (ulong)repetition), policy, options with { Methods = methods, Seed = (ulong)repetition });
            foreach (LoggedEstimate estimate in report.Estimates)
            {
                (int below, int above) = misses[estimate.Method];
                misses[estimate.Method] = (below + (estimate.Interval!.High < truth ? 1 : 0), above + (estimate.Interval.Low > truth ? 1 : 0));
            }
        }

        return misses;
    }
}
