using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Tests.Training.Engine;
using Pipeline.Training.Distributions;
using Pipeline.Training.Engine.Autodiff;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Tests.Training.Distributions;

/// <summary>Samples and their densities by hand and by integration. Gradients are compared with PyTorch elsewhere.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SquashedGaussianTests
{
    private readonly Graph _graph = new();

    private NdArray[] Sample(float mean, float logDeviation, float[] noise)
    {
        Tensor m = _graph.Input("mean", [noise.Length, 1]), s = _graph.Input("s", [noise.Length, 1]), e = _graph.Input("noise", [noise.Length, 1]);
        var policy = new SquashedGaussian(m, s);
        (Tensor action, Tensor logProbability) = policy.SampleWithLogProbability(e);
        float[] Rows(float v) => [.. Enumerable.Repeat(v, noise.Length)];
        return Evaluation.Run([action, logProbability, policy.Mode], new Feed(m, Rows(mean)), new Feed(s, Rows(logDeviation)), new Feed(e, noise));
    }

    // At u = 0 nothing is squeezed: the normal density 1/√2π. At u = 1 it is e^(−½)/√2π over 1 − tanh² 1.
    [Test]
    public void A_density_is_the_normal_one_over_the_change_of_volume()
    {
        NdArray[] results = Sample(0, 0, [0, 1]);
        Assert.That(results[0].Values, Is.EqualTo(new[] { 0, Math.Tanh(1) }).Within(1e-6));
        double normal = -0.5 * Math.Log(2 * Math.PI);
        Assert.That(results[1].Values, Is.EqualTo(new[] { normal, normal - 0.5 - Math.Log(1 - Math.Pow(Math.Tanh(1), 2)) }).Within(1e-6));
    }

    // ln(1 − tanh² u) is −2|u| + 2 ln 2 to many digits there, while 1 − a² is 0 in float32.
    [Test]
    public void Far_out_the_density_is_still_exact()
    {
        NdArray[] results = Sample(0, 0, [20, -20]);
        double expected = (-0.5 * Math.Log(2 * Math.PI)) - 200 + 40 - (2 * Math.Log(2));
        Assert.That(results[1].Values, Is.All.EqualTo(expected).Within(1e-4));
    }

    // ∫ π(a) da = 1 by the midpoint rule in u: Σ π(a(u))·(1 − a²)·Δu.
    [Test]
    public void The_density_integrates_to_1()
    {
        float[] noise = [.. Enumerable.Range(0, 4000).Select(i => -8 + (0.004f * (i + 0.5f)))];
        NdArray[] results = Sample(0.3f, -0.5f, noise);
        double sum = 0, step = 0.004 * Math.Exp(-0.5);
        for (int i = 0; i < noise.Length; i++)
        {
            double u = 0.3 + (Math.Exp(-0.5) * noise[i]);
            sum += Math.Exp(results[1].Values[i]) * (1 - Math.Pow(Math.Tanh(u), 2)) * step;
        }

        Assert.That(sum, Is.EqualTo(1).Within(1e-4));
    }

    [Test]
    public void The_mode_is_the_median_of_the_samples()
    {
        float[] noise = new float[10_001];
        new RandomGenerator(3).FillGaussian(noise);
        NdArray[] results = Sample(-0.7f, 0.2f, noise);
        // The share below has the standard deviation 0.5/√n = 0.005; five of them.
        Assert.That(results[0].Values.Count(a => a < results[2].Values[0]) / 10_001.0, Is.EqualTo(0.5).Within(0.025));
        Assert.That(results[2].Values[0], Is.EqualTo(Math.Tanh(-0.7)).Within(1e-6));
    }

    [Test]
    public void The_deviation_is_clipped_to_its_bounds_and_gets_no_gradient_beyond()
    {
        Tensor outputs = _graph.Input("outputs", [3, 2]), noise = _graph.Input("noise", [3, 1]);
        (Tensor action, Tensor logProbability) = SquashedGaussian.FromOutputs(outputs).SampleWithLogProbability(noise);
        Tensor gradient = Gradients.Of(Op.Sum(logProbability), [outputs])[0];
        NdArray[] results = Evaluation.Run([action, gradient], new Feed(outputs, 0, 5, 0.5f, -30, 0, 0), new Feed(noise, 0.1f, 1, 0.1f));
        Assert.That(results[0].At(0, 0), Is.EqualTo(Math.Tanh(0.1 * Math.Exp(2))).Within(1e-6));
        Assert.That(results[0].At(1, 0), Is.EqualTo(Math.Tanh(0.5)).Within(1e-6));
        Assert.That(results[1].At(0, 1), Is.Zero);
        Assert.That(results[1].At(1, 1), Is.Zero);
        // ∂/∂s of −s − ln(1 − tanh² u) at s = 0, u = 0.1: −1 + 2·tanh(0.1)·0.1.
        Assert.That(results[1].At(2, 1), Is.EqualTo(-1 + (0.2 * Math.Tanh(0.1))).Within(1e-6));
    }
}
