using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts.Spaces;
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

    [Test]
    public void Hybrid_actions_agree()
    {
        var head = new ProductHead(new Dict(("tool", new Discrete(3)), ("aim", new Box(-1, 1, 2)), ("flags", new MultiBinary(2)), ("push", new Box(0, 9, 1))));
        Check("product", ["outputs", "log_std"], head, p => head.Distribution(p[0], p[1], null));
    }

    private static void Check(string name, string[] parameters, ActionHead head, Func<Tensor[], IDistribution> make)
    {
        var data = new OracleData(name);
        var graph = new Graph();
        Tensor[] ours = [.. parameters.Select(p => data.Input(graph, p))], others = [.. parameters.Select(p => data.Input(graph, $"other.{p}"))];
        string[] keys = ["log_probability", "entropy", "divergence"];
        Tensor[] weights = [.. keys.Select(k => data.Input(graph, $"weight.{k}"))];
        NdArray encoded = Encode(data.Given("action"), head);
        var action = new Feed(graph.Input("action", [encoded.Shape[0], head.EncodedSize]), encoded);
        IDistribution distribution = make(ours);
        Tensor[] figures = [.. new[] { distribution.LogProbability(action.Input), distribution.Entropy, distribution.DivergenceFrom(make(others)) }.Select(f => Op.ExpandLike(f, weights[0]))];
        Tensor loss = figures.Zip(weights, (f, w) => Op.Sum(f * w)).Aggregate((a, b) => a + b);
        Tensor[] xs = [.. ours, .. others];

        NdArray[] results = Evaluation.Run([.. figures, .. Gradients.Of(loss, xs)], [.. data.Feeds([.. xs, .. weights]), action]);
        foreach ((NdArray result, string expected) in results.Zip(keys.Concat(xs.Select(x => $"gradient.{x.Name}")))) data.AssertAgrees(result, expected);
        data.Report();
    }

    internal static NdArray Encode(NdArray actions, ActionHead head)
    {
        int rows = (int)actions.Shape[0], size = actions.Values.Length / rows;
        float[] all = [.. actions.Values.Select(v => (float)v)], encoded = new float[rows * head.EncodedSize];
        for (int r = 0; r < rows; r++) head.Encode(all.AsSpan(r * size, size), encoded.AsSpan(r * head.EncodedSize, head.EncodedSize));
        return new NdArray([rows, head.EncodedSize], [.. encoded.Select(v => (double)v)]);
    }
}
