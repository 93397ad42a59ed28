using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Training.Objectives;

namespace Pipeline.Tests.Training.Objectives;

[TestFixture]
public sealed class RiskDistortionTests
{
    private static readonly double[] _fractions = [.. Enumerable.Range(0, 101).Select(i => i / 100.0)];

    // Pow at τ = ¼: (¼)^(1/2) and 1 − (¾)^(1/2); Cpw at η = ½, τ = ¼: ½ / (½ + √¾)²; Wang at τ = ½: Φ(η), Φ(−0.75) = 0.2266 and Φ(1) = 0.8413 of the tables.
    [TestCase(RiskKind.Neutral, 0, 0.3, 0.3)]
    [TestCase(RiskKind.Cvar, 0.25, 0.8, 0.2)]
    [TestCase(RiskKind.Pow, 1, 0.25, 0.5)]
    [TestCase(RiskKind.Pow, -1, 0.25, 0.13397459621556135)]
    [TestCase(RiskKind.Cpw, 0.5, 0.25, 0.26794919243112275)]
    [TestCase(RiskKind.Cpw, 1, 0.25, 0.25)]
    [TestCase(RiskKind.Wang, -0.75, 0.5, 0.22662735237686826)]
    [TestCase(RiskKind.Wang, 1, 0.5, 0.8413447460685429)]
    public void A_fraction_is_distorted_by_its_formula(RiskKind kind, double eta, double tau, double expected) =>
        Assert.That(new RiskDistortion(kind, eta).Apply(tau), Is.EqualTo(expected).Within(1e-12));

    [TestCase(RiskKind.Neutral, 0)]
    [TestCase(RiskKind.Cpw, 0.71)]
    [TestCase(RiskKind.Wang, -0.75)]
    [TestCase(RiskKind.Wang, 0.75)]
    [TestCase(RiskKind.Pow, -2)]
    [TestCase(RiskKind.Pow, 2)]
    public void A_distortion_ascends_from_0_to_1(RiskKind kind, double eta)
    {
        double[] distorted = [.. _fractions.Select(new RiskDistortion(kind, eta).Apply)];
        Assert.That(distorted, Is.Ordered);
        Assert.That(distorted[0], Is.Zero.Within(1e-12));
        Assert.That(distorted[^1], Is.EqualTo(1).Within(1e-12));
    }

    // Figure 2 of the paper: the ones that avoid risk lie below the diagonal, Pow(−2) lowest of all in the middle; Cpw crosses it.
    [Test]
    public void Avoiding_risk_lowers_fractions_and_seeking_it_raises_them()
    {
        Assert.That(new RiskDistortion(RiskKind.Wang, -0.75).Apply(0.5), Is.LessThan(0.5));
        Assert.That(new RiskDistortion(RiskKind.Pow, -2).Apply(0.5), Is.LessThan(new RiskDistortion(RiskKind.Wang, -0.75).Apply(0.5)));
        Assert.That(new RiskDistortion(RiskKind.Wang, 0.75).Apply(0.5), Is.GreaterThan(0.5));
        Assert.That(new RiskDistortion(RiskKind.Cpw, 0.71).Apply(0.1), Is.GreaterThan(0.1));
        Assert.That(new RiskDistortion(RiskKind.Cpw, 0.71).Apply(0.9), Is.LessThan(0.9));
    }

    [TestCase(RiskKind.Cpw, 0)]
    [TestCase(RiskKind.Cvar, 0)]
    [TestCase(RiskKind.Cvar, 1.5)]
    [TestCase(RiskKind.Wang, double.NaN)]
    public void An_eta_that_makes_no_distortion_is_refused(RiskKind kind, double eta) =>
        Assert.That(() => new RiskDistortion(kind, eta), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("such as"));

    // Φ(1.959963984540054) = 0.975, Φ(−3) = 0.0013498980316301 of the tables.
    [Test]
    public void The_normal_distribution_and_its_inverse_are_those_of_the_tables()
    {
        Assert.That(NormalDistribution.Cumulative(1.959963984540054), Is.EqualTo(0.975).Within(1e-14));
        Assert.That(NormalDistribution.Cumulative(-3), Is.EqualTo(0.0013498980316301).Within(1e-14));
        Assert.That(NormalDistribution.Cumulative(40), Is.EqualTo(1));
        Assert.That(NormalDistribution.Quantile(0.975), Is.EqualTo(1.959963984540054).Within(1e-12));
        foreach (double p in new[] { 1e-6, 0.01, 0.3, 0.5, 0.9, 0.999999 })
            Assert.That(NormalDistribution.Cumulative(NormalDistribution.Quantile(p)), Is.EqualTo(p).Within(1e-14));
        Assert.That(() => NormalDistribution.Quantile(1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
