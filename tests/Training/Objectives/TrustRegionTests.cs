using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Tests.Training.Engine;
using Pipeline.Training.Engine.Autodiff;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Objectives;

namespace Pipeline.Tests.Training.Objectives;

[TestFixture]
public sealed class TrustRegionTests
{
    // k·g = 3 · 2 + 4 · 1 = 10, ‖k‖² = 25: (10 − 5)/25 = 0.2 is taken away; with δ = 20, or with k·g below 0, nothing.
    [TestCase(5, new float[] { 2, 1 }, new[] { 2 - (0.2f * 3), 1 - (0.2f * 4) })]
    [TestCase(20, new float[] { 2, 1 }, new float[] { 2, 1 })]
    [TestCase(0, new float[] { -2, -1 }, new float[] { -2, -1 })]
    public void A_gradient_loses_as_much_of_k_as_goes_beyond_the_limit(double limit, float[] gradient, float[] expected) =>
        Assert.That(Project(gradient, [3, 4], limit), Is.EqualTo(expected.Select(e => (double)e)).Within(1e-6));

    [Test]
    public void Where_both_policies_are_the_same_nothing_is_taken_away() => Assert.That(Project([2, 1], [0, 0], 0), Is.EqualTo(new[] { 2.0, 1 }));

    // The nearest point of a fine grid that keeps the limit.
    [Test]
    public void What_is_left_is_the_nearest_within_the_limit()
    {
        var random = new RandomGenerator(3);
        for (int trial = 0; trial < 20; trial++)
        {
            float[] g = [(float)random.NextGaussian(), (float)random.NextGaussian()], k = [(float)random.NextGaussian(), (float)random.NextGaussian()];
            double limit = random.NextDouble(0, 0.5);
            (double Distance, double X, double Y) best = (double.MaxValue, 0, 0);
            for (double x = g[0] - 4; x <= g[0] + 4; x += 0.01)
            {
                for (double y = g[1] - 4; y <= g[1] + 4; y += 0.01)
                {
                    double distance = Math.Pow(x - g[0], 2) + Math.Pow(y - g[1], 2);
                    if ((k[0] * x) + (k[1] * y) <= limit && distance < best.Distance) best = (distance, x, y);
                }
            }

            double[] z = Project(g, k, limit);
            Assert.That((k[0] * z[0]) + (k[1] * z[1]), Is.LessThanOrEqualTo(limit + 1e-5));
            Assert.That(Math.Sqrt(Math.Pow(z[0] - g[0], 2) + Math.Pow(z[1] - g[1], 2)), Is.EqualTo(Math.Sqrt(best.Distance)).Within(0.02));
        }
    }

    // J = a·φ and KL = ½·φ·φ per row: g = a = (2, 1), k = φ; the first row is cut by (10 − 5)/25, the second not.
    [Test]
    public void The_loss_passes_what_is_left_to_the_statistics()
    {
        var graph = new Graph();
        Tensor first = graph.Input("first", [2, 1]), second = graph.Input("second", [2, 1]);
        Tensor objective = (first * 2) + second, divergence = (Op.Square(first) + Op.Square(second)) * 0.5;
        Feed[] feeds = [new Feed(first, 3, 0.5f), new Feed(second, 4, 0.5f)];
        (Tensor loss, Tensor share) = TrustRegion.Loss(objective, divergence, [first, second], 5);
        NdArray[] cut = Evaluation.Run([.. Gradients.Of(loss, [first, second]), share], feeds);
        Assert.That(cut[0].Values, Is.EqualTo(new[] { -(2 - (0.2 * 3)) / 2, -1 }).Within(1e-6));
        Assert.That(cut[1].Values, Is.EqualTo(new[] { -(1 - (0.2 * 4)) / 2, -0.5 }).Within(1e-6));
        Assert.That(cut[2].Values, Is.EqualTo(new[] { 0.5 }));

        (Tensor free, Tensor none) = TrustRegion.Loss(objective, divergence, [first, second], null);
        NdArray[] uncut = Evaluation.Run([.. Gradients.Of(free, [first, second]), none], feeds);
        Assert.That(uncut[0].Values.Concat(uncut[1].Values), Is.EqualTo(new[] { -1, -1, -0.5, -0.5 }));
        Assert.That(uncut[2].Values, Is.EqualTo(new[] { 0.0 }));
    }

    private static double[] Project(float[] gradient, float[] divergence, double limit)
    {
        var graph = new Graph();
        Tensor g = graph.Input("g", [1, 2]), k = graph.Input("k", [1, 2]);
        return Evaluation.Run(g - (TrustRegion.Excess(g, k, limit) * k), new Feed(g, gradient), new Feed(k, divergence)).Values;
    }
}
