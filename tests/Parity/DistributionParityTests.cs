using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Tests.Training.Engine;
using Pipeline.Training.Distributions;
using Pipeline.Training.Engine.Autodiff;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Tests.Parity;

/// <summary>Log-probability, entropy, divergence and their gradients against PyTorch (Oracles/distributions.py).</summary>
[TestFixture]
public sealed class DistributionParityTests
{
    [TestCase("categorical", new[] { 5 })]
    [TestCase("multi_categorical", new[] { 3, 2, 4 })]
    public void Choices_agree(string name, int[] branches) =>
        Check(name, ["logits"], new CategoricalHead(branches), p => new Categorical(p[0], branches, null));

    [Test]
    public void Bits_agree() => Check("bernoulli", ["logits"], new BernoulliHead(3), p => new Bernoulli(p[0]));

    [Test]
    public void Normal_numbers_agree() => Check("diagonal_gaussian", ["mean", "log_std"], new GaussianHead(3), p => new DiagonalGaussian(p[0], p[1]));

    private static void Check(string name, string[] parameters, ActionHead head, Func<Tensor[], IDistribution> make)
    {
        var data = new OracleData(name);
        var graph = new Graph();
        Tensor[] ours = [.. parameters.Select(p => data.Input(graph, p))], others = [.. parameters.Select(p => data.Input(graph, $"other.{p}"))];
        string[] keys = ["log_probability", "entropy", "divergence"];
        Tensor[] weights = [.. keys.Select(k => data.Input(graph, $"weight.{k}"))];
        Feed action = Encode(data.Given("action"), head, graph);
        IDistribution distribution = make(ours);
        Tensor[] figures = [.. new[] { distribution.LogProbability(action.Input), distribution.Entropy, distribution.DivergenceFrom(make(others)) }.Select(f => Op.ExpandLike(f, weights[0]))];
        Tensor loss = figures.Zip(weights, (f, w) => Op.Sum(f * w)).Aggregate((a, b) => a + b);
        Tensor[] xs = [.. ours, .. others];

        NdArray[] results = Evaluation.Run([.. figures, .. Gradients.Of(loss, xs)], [.. data.Feeds([.. xs, .. weights]), action]);
        foreach ((NdArray result, string expected) in results.Zip(keys.Concat(xs.Select(x => $"gradient.{x.Name}")))) data.AssertAgrees(result, expected);
        data.Report();
    }

    private static Feed Encode(NdArray actions, ActionHead head, Graph graph)
    {
        int rows = (int)actions.Shape[0], size = (int)actions.Shape[1];
        float[] all = [.. actions.Values.Select(v => (float)v)], encoded = new float[rows * head.EncodedSize];
        for (int r = 0; r < rows; r++) head.Encode(all.AsSpan(r * size, size), encoded.AsSpan(r * head.EncodedSize, head.EncodedSize));
        return new Feed(graph.Input("action", [rows, head.EncodedSize]), encoded);
    }
}
