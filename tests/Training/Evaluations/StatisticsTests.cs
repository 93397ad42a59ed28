using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Training.Evaluation.Statistics;

namespace Pipeline.Tests.Training.Evaluations;

public sealed class StatisticsTests
{
    [TestCase(0, 1)]
    [TestCase(0.5, 3)]
    [TestCase(0.25, 1.75)]
    [TestCase(1, 10)]
    public void A_quantile_lies_between_its_neighbours(double p, double expected) =>
        // Position p · 3: at 0.25 three quarters of the way from 1 to 2, at 0.5 half of the way from 2 to 4.
        Assert.That(Descriptive.Quantile([1, 2, 4, 10], p), Is.EqualTo(expected));

    [Test]
    public void The_interquartile_mean_leaves_a_quarter_out_at_either_end()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Descriptive.InterquartileMean([7]), Is.EqualTo(7));
            Assert.That(Descriptive.InterquartileMean([0, 3, 100]), Is.EqualTo(103.0 / 3), "⌊3/4⌋ = 0 are cut");
            Assert.That(Descriptive.InterquartileMean([-50, 3, 5, 100]), Is.EqualTo(4));
            Assert.That(Descriptive.InterquartileMean([-50, 1, 2, 3, 4, 100, 200]), Is.EqualTo(22), "⌊7/4⌋ = 1: (1 + 2 + 3 + 4 + 100) / 5");
        });
    }

    [TestCase(2, 12.706, 1e-3)]
    [TestCase(3, 4.303, 1e-3)]
    [TestCase(5, 2.776, 1e-3)]
    [TestCase(100, 1.984, 1e-3)]
    public void The_interval_of_a_mean_has_students_quantile_of_the_tables(int n, double table, double tolerance)
    {
        double[] values = [.. Enumerable.Range(0, n).Select(i => (double)(i % 3))];
        Assert.That(Descriptive.MeanHalfWidth(values, 0.95) * Math.Sqrt(n) / Descriptive.StandardDeviation(values), Is.EqualTo(table).Within(tolerance));
    }

    [Test]
    public void Nothing_can_be_said_of_the_spread_of_one() => Assert.Throws<ArgumentException>(() => Descriptive.MeanHalfWidth([1], 0.95));

    [Test]
    public void The_probability_of_improvement_counts_pairs_and_halves_of_ties()
    {
        // 1 against (0, 1, 2): 1 win, 1 tie; 2 against them: 2 wins, 1 tie. (1 + ½ + 2 + ½) / 6 = 2/3. In the second environment all win.
        var bootstrap = new StratifiedBootstrap(50, 0.95, 1);
        Assert.Multiple(() =>
        {
            Assert.That(bootstrap.Improvement([[2, 1]], [[1, 0, 2]]).Value, Is.EqualTo(2.0 / 3).Within(1e-15));
            Assert.That(bootstrap.Improvement([[2, 1], [9]], [[1, 0, 2], [3]]).Value, Is.EqualTo(5.0 / 6).Within(1e-15));
            Assert.That(bootstrap.Improvement([[1, 0, 2]], [[2, 1]]).Value, Is.EqualTo(1.0 / 3).Within(1e-15), "the other way round");
        });
    }

    [Test]
    public void Runs_are_drawn_within_their_environment_alone()
    {
        // One environment scores around 0, the other 100: a mean drawn over both at once would range from 0 to 100, within each it hardly moves.
        Estimate estimate = new StratifiedBootstrap(500, 0.95, 3).Aggregate([[-1, 1], [99, 101]], Descriptive.Mean)[0];
        Assert.That(estimate, Is.EqualTo(new Estimate(50, 49, 51)));
    }

    [Test]
    public void A_single_run_in_each_environment_has_no_interval() =>
        Assert.That(new StratifiedBootstrap(10, 0.95, 0).Aggregate([[1], [3]], Descriptive.Mean)[0], Is.EqualTo(new Estimate(2, null, null)));

    [Test]
    public void The_same_seed_gives_the_same_interval_and_another_gives_another()
    {
        double[][] runs = [[.. Enumerable.Range(0, 30).Select(i => Math.Sin(i * i))]];
        Estimate Of(ulong seed) => new StratifiedBootstrap(200, 0.95, seed).Aggregate(runs, Descriptive.InterquartileMean)[0];
        Estimate first = Of(1);
        Assert.That(Of(1), Is.EqualTo(first));
        Assert.That(Of(2), Is.Not.EqualTo(first));
    }

    [TestCase(new double[] { 3, 4, 5 }, new double[] { 5, 7, 8 }, 0, Verdict.Better)]
    [TestCase(new double[] { 5, 7, 8 }, new double[] { 3, 4, 5 }, 0, Verdict.Worse)]
    [TestCase(new double[] { 5, 7, 8 }, new double[] { 3, 4, 5 }, 5, Verdict.NotWorse)]
    [TestCase(new double[] { 5, 7, 8 }, new double[] { 3, 4, 5 }, 2, Verdict.Undecided)]
    [TestCase(new double[] { 1, 2, 3 }, new double[] { 3, 2, 1 }, 0, Verdict.Undecided)]
    [TestCase(new double[] { 1, 2, 3 }, new double[] { 1, 2, 3 }, 0, Verdict.NotWorse)]
    public void The_verdict_follows_from_the_interval_of_the_paired_differences(double[] reference, double[] candidate, double margin, Verdict expected) =>
        // The differences 2, 3, 3: mean 8/3, deviation 1/√3; half width 4.303 / √3 / √3 = 1.434, so 1.23 to 4.10, or its mirror image.
        Assert.That(PairedDifference.Of(reference, candidate).Judge(margin), Is.EqualTo(expected));

    [Test]
    public void What_both_share_falls_out_of_a_paired_difference()
    {
        double[] luck = [.. Enumerable.Range(0, 20).Select(i => 100 * Math.Sin(i))];
        PairedDifference difference = PairedDifference.Of(luck, [.. luck.Select((l, i) => l + 1 + (i % 2 == 0 ? 0.5 : -0.5))]);
        Assert.Multiple(() =>
        {
            Assert.That(difference.Mean, Is.EqualTo(1).Within(1e-12));
            Assert.That(difference.High - difference.Low, Is.LessThan(0.6), "the luck alone has a deviation of 70");
            Assert.That(difference.Correlation, Is.EqualTo(1).Within(1e-4));
            Assert.That(difference.Judge(0), Is.EqualTo(Verdict.Better));
        });
    }

    [Test]
    public void The_pairs_needed_grow_with_the_square_of_spread_over_distance()
    {
        // (1.95996 + 0.84162)² = 7.849: times (s/δ)² = 16 for s = 2 and δ = ½, and times 1 with a margin of 1½ more.
        PairedDifference difference = PairedDifference.Of([0, 0], [1, 2]) with { Mean = 0.5, StandardDeviation = 2 };
        Assert.Multiple(() =>
        {
            Assert.That(difference.PairsNeeded(0), Is.EqualTo(Math.Ceiling(7.8489 * 16)));
            Assert.That(difference.PairsNeeded(1.5), Is.EqualTo(8));
            Assert.That((difference with { Mean = 0 }).PairsNeeded(0), Is.Null);
        });
    }

    [Test]
    public void Scores_that_make_no_pairs_are_refused() => Assert.Throws<ArgumentException>(() => PairedDifference.Of([1, 2, 3], [1, 2]));
}
