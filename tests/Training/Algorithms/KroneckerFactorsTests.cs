using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Tests.Training.Engine;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Distributions;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;
using Pipeline.Training.Optimizers;

namespace Pipeline.Tests.Training.Algorithms;

public sealed class KroneckerFactorsTests
{
    private const int Inputs = 3, Outputs = 2;

    private static readonly NdArray Observations = Rows(Inputs, (row, i) => Math.Sin((7 * (row / 4)) + (3 * i)));

    // Every sign of noise for every observation: their mean square is exactly the identity, whatever the observation.
    private static readonly NdArray Noise = Rows(Outputs, (row, i) => ((row >> i) & 1) == 0 ? 1 : -1);

    /// <summary>Of one linear layer with normal outputs of variance 1 nothing is left out: A ⊗ G is the Fisher information.</summary>
    [Test]
    public void Of_a_linear_network_the_product_is_the_fisher_information()
    {
        var parameters = new ParameterSet();
        var network = new Mlp(parameters, "net", Inputs, [], Outputs, Activation.Tanh, outputGain: 1);
        var graph = new Graph();
        ParameterScope scope = new(graph), vectors = new(graph, "vector.");
        Tensor x = graph.Input("x", [16, Inputs]), noise = graph.Input("noise", [16, Outputs]);
        LinearTrace layer = network.Trace(scope, x).Single();
        (Tensor inputs, Tensor outputs) = KroneckerFactors.Of([layer], mean => LogLikelihood(mean, noise)).Single();

        Tensor[] all = [.. parameters.All.Select(p => scope[p])], directions = [.. parameters.All.Select(p => vectors[p])];
        Tensor exact = Op.Concat(FisherInformation.Product(Normal(layer.Output), all, directions), 0);
        Tensor product = Op.MatMul(Op.MatMul(inputs, Op.Concat(directions, 0)), outputs);
        Feed[] feeds = [new(x, Observations), new(noise, Noise), .. all.Concat(directions).Select((t, i) => Numbers(t, (ulong)i))];
        NdArray[] results = Evaluation.Run([product, exact, outputs], feeds);
        Evaluation.AssertClose(results[0], results[1], 1e-5, "A·V·G");
        Evaluation.AssertClose(results[2], new NdArray([2, 2], [1, 0, 0, 1]), 1e-6, "G");
    }

    [Test]
    public void Both_factors_are_the_means_that_define_them()
    {
        var parameters = new ParameterSet();
        var network = new Mlp(parameters, "net", Inputs, [2], Outputs, Activation.Tanh, outputGain: 1);
        var graph = new Graph();
        var scope = new ParameterScope(graph);
        Tensor x = graph.Input("x", [16, Inputs]), noise = graph.Input("noise", [16, Outputs]);
        LinearTrace[] layers = [.. network.Trace(scope, x)];
        (Tensor Inputs, Tensor Outputs)[] factors = KroneckerFactors.Of(layers, mean => LogLikelihood(mean, noise));
        Feed[] feeds = [new(x, Observations), new(noise, Noise), .. parameters.All.Select((p, i) => Numbers(scope[p], (ulong)i))];
        NdArray[] results = Evaluation.Run([factors[0].Inputs, factors[1].Inputs, factors[0].Outputs, layers[1].Input, scope[layers[1].Layer.Weight] * 1], feeds);

        double[] hidden = [.. results[3].Values], weight = [.. results[4].Values];
        double[] withOne(NdArray rows, int width, int row) => [.. rows.Values.Skip(row * width).Take(width), 1];

        // ∂ ln p / ∂ hidden layer's sums = (W · noise) · (1 − tanh²).
        double[] gradient(int row) => [.. Enumerable.Range(0, 2).Select(h =>
            ((weight[2 * h] * Noise.Values[2 * row]) + (weight[(2 * h) + 1] * Noise.Values[(2 * row) + 1])) * (1 - (hidden[(2 * row) + h] * hidden[(2 * row) + h])))];
        Evaluation.AssertClose(results[0], SecondMoment(4, row => withOne(Observations, Inputs, row)), 1e-5, "A of the first layer");
        Evaluation.AssertClose(results[1], SecondMoment(3, row => withOne(results[3], 2, row)), 1e-5, "A of the second");
        Evaluation.AssertClose(results[2], SecondMoment(2, gradient), 1e-5, "G of the first layer");
    }

    [Test]
    public void A_matrix_is_the_sum_of_what_it_is_taken_apart_into()
    {
        float[] matrix = [.. SecondMoment(4, row => [.. Observations.Values.Skip(row * Inputs).Take(Inputs), 1]).Values.Select(v => (float)v)];
        float[] vectors = new float[16], values = new float[4];
        SymmetricEigen.Decompose(matrix, vectors, values);
        Assert.That(values, Has.All.GreaterThanOrEqualTo(0));
        for (int i = 0; i < 4; i++)
        {
            for (int j = 0; j < 4; j++)
                Assert.That(Enumerable.Range(0, 4).Sum(k => vectors[(i * 4) + k] * values[k] * vectors[(j * 4) + k]), Is.EqualTo(matrix[(i * 4) + j]).Within(1e-5));
        }
    }

    [Test]
    public void An_eigenvalue_is_never_below_zero()
    {
        float[] values = new float[2];
        SymmetricEigen.Decompose([1, 1, 1, 1 - 1e-6f], new float[4], values);
        Assert.That(values.Order(), Is.EqualTo(new[] { 0, 2f }).Within(1e-5).And.All.GreaterThanOrEqualTo(0));
    }

    private static DiagonalGaussian Normal(Tensor mean) => new(mean, mean.Graph.Constant([0f, 0f], [2]));

    private static Tensor LogLikelihood(Tensor mean, Tensor noise) => Normal(mean).LogProbability(Op.StopGradient(mean + noise));

    private static Feed Numbers(Tensor input, ulong stream)
    {
        float[] values = new float[input.Shape.ElementCount];
        new RandomGenerator(5, stream).FillGaussian(values);
        return new Feed(input, values);
    }

    private static NdArray Rows(int width, Func<int, int, double> value) =>
        new([16, width], [.. Enumerable.Range(0, 16).SelectMany(row => Enumerable.Range(0, width).Select(i => value(row, i)))]);

    private static NdArray SecondMoment(int size, Func<int, double[]> row)
    {
        double[] mean = new double[size * size];
        for (int r = 0; r < 16; r++)
        {
            double[] x = row(r);
            for (int i = 0; i < mean.Length; i++) mean[i] += x[i / size] * x[i % size] / 16;
        }

        return new NdArray([size, size], mean);
    }
}
