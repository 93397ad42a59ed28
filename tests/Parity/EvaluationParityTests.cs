using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Training.Evaluation.Statistics;

namespace Pipeline.Tests.Parity;

/// <summary>The statistics of evaluations against numpy, the draws of the bootstrap included.</summary>
public sealed class EvaluationParityTests
{
    private const int Environments = 3;
    private readonly OracleData _data = new("evaluation");
    private readonly StratifiedBootstrap _bootstrap = new(400, 0.95, 5);

    [Test]
    public void Aggregates_and_their_intervals_agree()
    {
        Estimate[] estimates = _bootstrap.Aggregate(Strata("better"), Descriptive.InterquartileMean, Descriptive.Median, Descriptive.Mean);
        foreach ((Estimate estimate, string name) in estimates.Zip(["iqm", "median", "mean"])) Agrees(estimate, name);
    }

    [Test]
    public void The_probability_of_improvement_agrees() => Agrees(_bootstrap.Improvement(Strata("better"), Strata("worse")), "improvement");

    [Test]
    public void Paired_differences_agree()
    {
        PairedDifference difference = PairedDifference.Of(_data.Given("reference").Values, _data.Given("candidate").Values);
        _data.AssertAgrees([difference.Mean, difference.Low, difference.High, difference.StandardDeviation, difference.Correlation!.Value], "paired");
    }

    [Test]
    public void Students_quantiles_agree() =>
        _data.AssertAgrees([.. _data.Given("degrees").Values.Select(d => Quantile((int)d))], "t");

    private static double Quantile(int degrees)
    {
        double[] values = [.. Enumerable.Range(0, degrees + 1).Select(i => (double)i)];
        return Descriptive.MeanHalfWidth(values, 0.95) * Math.Sqrt(values.Length) / Descriptive.StandardDeviation(values);
    }

    private double[][] Strata(string name) => [.. Enumerable.Range(0, Environments).Select(i => _data.Given($"{name}{i}").Values)];

    private void Agrees(Estimate estimate, string name) => _data.AssertAgrees([estimate.Value, estimate.Low!.Value, estimate.High!.Value], name);
}
