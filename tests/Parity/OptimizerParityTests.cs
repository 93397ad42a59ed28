using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Tests.Training.Engine;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Optimizers;

namespace Pipeline.Tests.Parity;

/// <summary>Five steps of every optimizer, with and without clipping of the norm, in place and as a graph, against PyTorch (Oracles/optimizers.py).</summary>
[TestFixture]
public sealed class OptimizerParityTests
{
    private static IEnumerable<TestCaseData> Rules()
    {
        (string Name, IOptimizer Rule)[] rules =
        [
            ("sgd", new Sgd()), ("sgd_momentum", new Sgd(0.9)), ("adam", new Adam()), ("adam_settings", new Adam(0.5, 0.9, 1e-3)),
            ("adam_w", new Adam(WeightDecay: 0.1)), ("rmsprop", new RmsProp(0.9, 1e-5)),
        ];
        foreach ((string name, IOptimizer rule) in rules)
        {
            foreach (bool inPlace in new[] { true, false })
            {
                string form = inPlace ? "in place" : "as a graph";
                yield return new TestCaseData(name, rule, null, inPlace).SetArgDisplayNames(name, form);
                yield return new TestCaseData($"{name}_clipped", rule, 1.5, inPlace).SetArgDisplayNames($"{name} with clipping", form);
            }
        }
    }

    [TestCaseSource(nameof(Rules))]
    public void Five_steps_agree(string name, IOptimizer rule, double? maximumNorm, bool inPlace)
    {
        var data = new OracleData("optimizers");
        using StateVector parameters = new("parameters", [("p", [7])]), gradient = new("gradient", [("p", [7])], doubleBuffered: false);
        using var optimizer = new OptimizerFunction(ExecutionDevice.Cpu, rule, parameters, gradient, maximumNorm, inPlace);
        Copy(data.Given("start"), 0, parameters["p"]);
        var steps = new List<double>();
        for (int step = 0; step < 5; step++)
        {
            Copy(data.Given("gradients"), step, gradient["p"]);
            optimizer.Step(data.Given("rates").Values[step]);
            Assert.That(optimizer.GradientNorm, Is.EqualTo(data.Expected("norms").Values[step]).Within(1e-3).Percent);
            foreach (float p in parameters["p"]) steps.Add(p);
        }

        data.AssertAgrees([.. steps], name);
        data.Report();
        Assert.That(parameters.Values[7..].ToArray(), Is.All.Zero, "the gap behind the parameters");
        Assert.That(optimizer.Steps, Is.EqualTo(5));
    }

    private static void Copy(NdArray from, int row, Span<float> to) =>
        from.Values.Skip(row * to.Length).Take(to.Length).Select(v => (float)v).ToArray().CopyTo(to);
}
