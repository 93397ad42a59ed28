using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Evaluation.Logged;

namespace Pipeline.Tests.Training.LoggedData;

public sealed class LoggedEvaluationTests
{
    private static readonly LoggedOptions _quick = new() { Resamples = 100, Discount = 0.95 };

    [Test]
    public void With_many_episodes_every_estimator_comes_near_the_true_return()
    {
        LoggedReport report = Evaluate(TableTask.Play(20_000, 4), new ActingRule(1), _quick);
        double truth = TableTask.TrueReturn(TableTask.Target, 0.95, TableTask.Limit);
        foreach (LoggedEstimate estimate in report.Estimates)
            Assert.That(estimate.Value, Is.EqualTo(truth).Within(5 * estimate.Interval!.StandardError), estimate.Method);
        Assert.That(report.Warnings, Is.Empty);
    }

    [Test]
    public void Episodes_that_go_on_are_worth_what_is_earned_without_a_limit()
    {
        LoggedReport report = Evaluate(TableTask.Play(20_000, 5), new ActingRule(1), _quick with { CutEpisodes = CutEpisodes.GoOn, Methods = ["fqe", "dr", "wdr"] });
        double truth = TableTask.TrueReturn(TableTask.Target, 0.95, 2000);
        Assert.That(truth, Is.GreaterThan(1.3 * TableTask.TrueReturn(TableTask.Target, 0.95, TableTask.Limit)));
        foreach (LoggedEstimate estimate in report.Estimates)
            Assert.That(estimate.Value, Is.EqualTo(truth).Within(5 * estimate.Interval!.StandardError), estimate.Method);
    }

    [Test]
    public void The_policy_that_acted_is_worth_what_was_logged()
    {
        LoggedDataset data = TableTask.Play(50, 6, TableTask.Target);
        LoggedReport report = Evaluate(data, new ActingRule(1), _quick);
        foreach (LoggedEstimate estimate in report.Estimates.Where(e => e.Method.EndsWith("is", StringComparison.Ordinal)))
        {
            Assert.That(estimate.Value, Is.EqualTo(report.LoggedReturn).Within(1e-5), estimate.Method);
            Assert.That(estimate.EffectiveSampleSize, Is.EqualTo(50).Within(1e-3));
        }
    }

    [Test]
    public void The_same_seed_gives_the_same_report_bit_for_bit()
    {
        LoggedDataset data = TableTask.Play(40, 7);
        string Text(ulong seed) => string.Join(';', Evaluate(data, new ActingRule(1), _quick with { Seed = seed }).Estimates.Select(e => $"{e.Value:R} {e.Interval!.Low:R} {e.Interval.High:R}"));
        string first = Text(1);
        Assert.That(Text(1), Is.EqualTo(first));
        Assert.That(Text(2), Is.Not.EqualTo(first));
    }

    [Test]
    public void A_choice_that_the_data_never_has_is_told()
    {
        LoggedDataset data = TableTask.Play(60, 8, [1, 0, 1, 0, 1, 0, 1, 0]);
        LoggedReport report = Evaluate(data, new ActingRule(1), _quick);
        Assert.That(report.Warnings, Has.Some.Contains("Coverage fails").And.Contains("choice 1"));
    }

    [Test]
    public void Choices_that_some_states_never_have_are_told()
    {
        LoggedDataset data = TableTask.Play(300, 9, [1, 0, 0, 1, 0.5, 0.5, 0.5, 0.5]);
        Assert.That(Evaluate(data, new ActingRule(1), _quick).Warnings, Has.Some.Contains("2 of 4 states"));
        Assert.That(Evaluate(data, new ActingRule(1), _quick with { Methods = ["is"] }).Warnings, Has.Some.Contains("ratios"), "without a table the mean of the ratios tells");
    }

    [Test]
    public void Weights_that_degenerate_are_told_and_so_are_episodes_without_any()
    {
        LoggedDataset data = TableTask.Play(40, 10);
        LoggedReport report = Evaluate(data, new ActingRule(0), _quick);
        LoggedEstimate weighted = report.Estimates.First(e => e.Method == "wis");
        Assert.That(report.Warnings, Has.Some.Contains("degenerate"));
        Assert.That(weighted.EffectiveSampleSize, Is.LessThan(10));
        Assert.That(report.Estimates.First(e => e.Method == "fqe").Interval, Is.Not.Null);
    }

    [Test]
    public void Values_that_grow_without_end_are_refused_with_what_to_do()
    {
        IEnumerable<LoggedStep> endless = Enumerable.Range(0, 50).Select(i => new LoggedStep([i % 4], [i / 4 % 2], 1, false, i % 5 == 4, 0.5) { FinalObservation = [(i + 1) % 4] });
        var data = LoggedDataset.From(endless, "endless", TableTask.ObservationSpace, TableTask.ActionSpace);
        LoggedEstimate estimate = Evaluate(data, new ActingRule(1), new LoggedOptions { CutEpisodes = CutEpisodes.GoOn, Methods = ["fqe"] }).Estimates[0];
        Assert.That(estimate.Value, Is.Null);
        Assert.That(estimate.Problem, Does.Contain("discount below 1"));
    }

    [Test]
    public void A_single_episode_has_an_estimate_and_no_interval()
    {
        LoggedEstimate estimate = Evaluate(TableTask.Play(1, 11), new ActingRule(1), _quick with { Methods = ["wis"] }).Estimates[0];
        Assert.That(estimate.Value, Is.Not.Null);
        Assert.That(estimate.Interval, Is.Null);
        Assert.That(estimate.Problem, Does.Contain("single episode"));
    }

    [TestCase(1, 200, CutEpisodes.Stop, null, 20_000)]
    [TestCase(1, 50, CutEpisodes.Stop, null, 10_000)]
    [TestCase(0.98, 200, CutEpisodes.Stop, null, 10_000)]
    [TestCase(0.9, 200, CutEpisodes.Stop, null, 5000)]
    [TestCase(1, 10, CutEpisodes.GoOn, null, 20_000)]
    [TestCase(1, 200, CutEpisodes.Stop, 300, 300)]
    public void The_network_learns_for_longer_where_the_horizon_is_far(double discount, int longestEpisode, CutEpisodes cut, int? asked, int expected) => Assert.That(
        FeatureNetwork.StepsOf(new LoggedOptions { Discount = discount, CutEpisodes = cut, NetworkSteps = asked }, longestEpisode), Is.EqualTo(expected));

    [Test]
    public void Options_are_checked_all_at_once()
    {
        string[] problems = [.. new LoggedOptions { Methods = ["is", "dm"], Discount = 1.5, Resamples = 5, HiddenSizes = [] }.Problems()];
        Assert.That(problems, Has.Length.EqualTo(4));
        Assert.That(problems[0], Does.Contain("'dm'").And.Contain("wpdis"));
    }

    [Test]
    public void The_bootstrap_interval_of_a_mean_of_symmetric_numbers_is_the_normal_one()
    {
        var random = new RandomGenerator(1);
        double[] numbers = [.. Enumerable.Range(0, 400).Select(_ => random.NextGaussian())];
        double mean = numbers.Average(), error = Math.Sqrt(numbers.Sum(x => (x - mean) * (x - mean)) / 399 / 400);
        ConfidenceInterval interval = Bootstrap.Interval(400, drawn => drawn.Average(i => numbers[i]), mean, 4000, 0.95, 2, default)!;
        Assert.That(interval.StandardError, Is.EqualTo(error).Within(0.05 * error));
        Assert.That(interval.Low, Is.EqualTo(mean - (1.96 * error)).Within(0.15 * error));
        Assert.That(interval.High, Is.EqualTo(mean + (1.96 * error)).Within(0.15 * error));
    }

    private static LoggedReport Evaluate(LoggedDataset data, ActingRule rule, LoggedOptions options)
    {
        using var folder = new TemporaryFolder();
        using ActingPolicy policy = ActingPolicy.Load(TableTask.Write(folder, "target.onnx", TableTask.Target), rule);
        return LoggedEvaluation.Evaluate(data, policy, options);
    }
}
