using System.Linq;
using NUnit.Framework;
using Pipeline.Tests.Training.Engine;
using Pipeline.Tests.Training.LoggedData;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Evaluation.Logged;

namespace Pipeline.Tests.Parity;

/// <summary>Every estimator of logged data against Oracles/logged.py, from the steps and a policy's file on.</summary>
public sealed class LoggedParityTests
{
    [TestCase("stop", 0.9, CutEpisodes.Stop)]
    [TestCase("stop_undiscounted", 1.0, CutEpisodes.Stop)]
    [TestCase("go_on", 0.9, CutEpisodes.GoOn)]
    public void Estimates_are_those_of_the_oracle(string name, double discount, CutEpisodes cut)
    {
        var oracle = new OracleData("logged");
        NdArray behaviour = oracle.Given("behaviour"), target = oracle.Given("target"), rows = oracle.Given("steps");
        var steps = Enumerable.Range(0, rows.Values.Length / 7).Select(i =>
        {
            float[] row = [.. rows.Values[(7 * i)..(7 * (i + 1))].Select(v => (float)v)];
            return new LoggedStep([row[1]], [row[2]], row[3], row[4] == 1, row[5] == 1, behaviour.Values[(int)((2 * row[1]) + row[2])])
            {
                Episode = $"{row[0]}",
                FinalObservation = row[5] == 1 ? [row[6]] : null,
            };
        });
        using var folder = new TemporaryFolder();
        using ActingPolicy policy = ActingPolicy.Load(TableTask.Write(folder, "target.onnx", [.. target.Values]), new ActingRule(1));
        var data = LoggedDataset.From(steps, "oracle", policy.ObservationSpace, policy.ActionSpace);
        LoggedReport report = LoggedEvaluation.Evaluate(data, policy, new LoggedOptions { Discount = discount, CutEpisodes = cut, Resamples = 100 });
        Assert.That(report.Estimates.Select(e => e.Method), Is.EqualTo(LoggedOptions.AllMethods));
        Assert.That(report.Estimates.Select(e => e.Value!.Value), Is.EqualTo(oracle.Expected(name).Values).Within(1e-5));
        double size = oracle.Expected("effective_sample_size").Values[0];
        Assert.That(report.Estimates.Where(e => e.Method != "fqe").Select(e => e.EffectiveSampleSize), Is.All.EqualTo(size).Within(1e-4));
    }
}
