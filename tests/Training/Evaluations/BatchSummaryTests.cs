using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Training.Environments;
using Pipeline.Training.Evaluation;

namespace Pipeline.Tests.Training.Evaluations;

public sealed class BatchSummaryTests
{
    private static readonly SummaryOptions Few = new() { Replicates = 100 };
    private readonly EvaluatedPolicy _a = ReportSamples.Policy("a", "ppo"), _b = ReportSamples.Policy("b", "ppo"), _c = ReportSamples.Policy("c", "sac");

    [OneTimeTearDown]
    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
        _c.Dispose();
    }

    [Test]
    public void Seeds_are_the_runs_of_a_policy()
    {
        BatchSummary summary = BatchSummary.Of(ReportSamples.Batch((_a, "E", 0, [1, 3]), (_a, "E", 1, [5, 7]), (_c, "E", 0, [2, 2]), (_c, "E", 1, [4, 4])), [], Few);
        Assert.Multiple(() =>
        {
            Assert.That(summary.RunsAreEpisodes, Is.False);
            Assert.That(summary.Methods.Select(m => m.Runs[0]), Is.EqualTo(new[] { new double[] { 2, 6 }, [2, 4] }));
            Assert.That(summary.Methods[0].Mean.Value, Is.EqualTo(4));
            Assert.That(summary.Improvements.Single().Probability.Value, Is.EqualTo((0.5 + 0 + 1 + 1) / 4), "2 ties 2 and loses to 4, 6 beats both");
        });
    }

    [Test]
    public void With_one_seed_the_episodes_are_the_runs()
    {
        BatchSummary summary = BatchSummary.Of(ReportSamples.Batch((_a, "E", 0, [1, 3, 8]), (_c, "E", 0, [2, 2, 2])), [], Few);
        Assert.That(summary.RunsAreEpisodes);
        Assert.That(summary.Methods[0].Runs[0], Is.EqualTo(new double[] { 1, 3, 8 }));
        Assert.That(summary.Methods[0].InterquartileMean.Low, Is.Not.Null);
    }

    [Test]
    public void Files_of_one_algorithm_are_its_runs()
    {
        BatchSummary summary = BatchSummary.Of(ReportSamples.Batch((_a, "E", 0, [1, 3]), (_b, "E", 0, [5, 7]), (_c, "E", 0, [4, 4])), [], Few with { Grouping = ScoreGrouping.Algorithm });
        Assert.That(summary.Methods.Select(m => m.Name), Is.EqualTo(new[] { "ppo", "sac" }));
        Assert.That(summary.Methods[0].Runs[0], Is.EqualTo(new double[] { 2, 6 }));
    }

    [Test]
    public void Only_environments_that_all_were_in_are_compared()
    {
        BatchSummary summary = BatchSummary.Of(ReportSamples.Batch((_a, "E", 0, [1]), (_a, "F", 0, [2]), (_c, "F", 0, [3])), [], Few);
        Assert.That(summary.Environments, Is.EqualTo(new[] { "F" }));
        Assert.That(BatchSummary.Of(ReportSamples.Batch((_a, "E", 0, [1]), (_c, "F", 0, [3])), [], Few).Methods, Is.Empty);
    }

    [Test]
    public void Returns_are_rescaled_within_their_environment()
    {
        BatchResult batch = ReportSamples.Batch((_a, "CartPole-v1", 0, [10, 30]), (_a, "MountainCar-v0", 0, [-150, -150]), (_c, "CartPole-v1", 0, [100, 100]), (_c, "MountainCar-v0", 0, [-200, -200]));
        var registry = new EnvironmentRegistry();
        IReadOnlyList<ScoreRange> extremes = ScoreScaling.Find(new SummaryOptions { Scale = ScoreScale.MinMax }, batch, registry);
        IReadOnlyList<ScoreRange> thresholds = ScoreScaling.Find(new SummaryOptions(), batch, registry);
        var references = new Dictionary<string, (double Low, double High)> { ["CartPole-v1"] = (0, 200) };
        IReadOnlyList<ScoreRange> given = ScoreScaling.Find(new SummaryOptions { References = references, Scale = ScoreScale.MinMax }, batch, registry);
        Assert.Multiple(() =>
        {
            Assert.That(extremes.Select(r => (r.Environment, r.Low, r.High)), Is.EqualTo(new[] { ("CartPole-v1", 20.0, 100.0), ("MountainCar-v0", -200.0, -150.0) }));
            Assert.That(BatchSummary.Of(batch, extremes, Few).Methods[0].Runs, Is.EqualTo(new[] { new double[] { -0.125, 0.125 }, [1, 1] }));
            Assert.That(thresholds.Select(r => r.High), Is.EqualTo(new double[] { 475, -110 }), "all have a threshold");
            Assert.That(thresholds[0].Low, Is.InRange(15, 30), "random actions balance for some twenty steps");
            Assert.That(thresholds[1].Low, Is.EqualTo(-200), "and never reach the hill");
            Assert.That(given.Select(r => (r.Low, r.High)), Is.EqualTo(new[] { (0.0, 200.0), (-200.0, -150.0) }));
            Assert.That(ScoreScaling.Find(new SummaryOptions { Scale = ScoreScale.None }, batch, registry), Is.Empty);
        });
    }

    [Test]
    public void A_single_environment_keeps_its_returns() =>
        Assert.That(ScoreScaling.Find(new SummaryOptions(), ReportSamples.Batch((_a, "CartPole-v1", 0, [10, 30])), new EnvironmentRegistry()), Is.Empty);

    [Test]
    public void Scales_that_cannot_be_had_are_told_at_once()
    {
        var references = new Dictionary<string, (double Low, double High)> { ["Taxi-v4"] = (0, 1), ["CartPole-v1"] = (5, 5) };
        EvaluationException error = Assert.Throws<EvaluationException>(() =>
            ScoreScaling.Check(new SummaryOptions { Scale = ScoreScale.Threshold, References = references }, ["CartPole-v1", "Pendulum-v1"], new EnvironmentRegistry()))!;
        Assert.That(error.Problems, Has.Count.EqualTo(3).And.Some.Contain("Taxi-v4").And.Some.Contain("CartPole-v1 has 5").And.Some.Contain("Pendulum-v1 has no return"));
    }

    [Test]
    public void An_environment_in_which_all_do_alike_scores_a_half() =>
        Assert.That(new ScoreRange("E", 3, 3, "").Score(3), Is.EqualTo(0.5));
}
