using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Tests.Training.Engine;
using Pipeline.Training.Engine.Autodiff;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Objectives;

namespace Pipeline.Tests.Training.Objectives;

[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class QLossesTests
{
    private readonly Graph _graph = new();

    private (Tensor Tensor, Feed Feed) Given(string name, Shape shape, params float[] values)
    {
        Tensor tensor = _graph.Input(name, shape);
        return (tensor, new Feed(tensor, values));
    }

    // κ = 2: 1²/2; the bound itself 2²/2; beyond it 2·(5 − 1) = 8, and its gradient stays 2.
    [Test]
    public void Hubers_loss_is_square_up_to_its_threshold_and_straight_beyond()
    {
        (Tensor x, Feed f) = Given("x", [5], 1, 2, 5, -5, 0);
        Tensor loss = QLosses.Huber(x, 2);
        NdArray[] results = Evaluation.Run([loss, Gradients.Of(Op.Sum(loss), [x])[0]], f);
        Assert.That(results[0].Values, Is.EqualTo(new[] { 0.5, 2, 8, 8, 0 }));
        Assert.That(results[1].Values, Is.EqualTo(new double[] { 1, 2, 2, -2, 0 }));
    }

    [Test]
    public void Importance_weights_multiply_losses_before_the_mean_over_the_batch()
    {
        (Tensor losses, Feed lf) = Given("losses", [2, 1], 3, 5);
        (Tensor weights, Feed wf) = Given("weights", [2, 1], 1, 0.5f);
        Assert.That(Evaluation.Run([QLosses.WeightedMean(losses, weights), QLosses.WeightedMean(losses, null)], lf, wf).Select(r => r.Values[0]), Is.EqualTo(new[] { 2.75, 4 }));
    }

    [Test]
    public void The_values_of_the_actions_taken_are_picked_with_one_number_or_several_for_each()
    {
        (Tensor q, Feed qf) = Given("q", [2, 2], 1, 2, 3, 4);
        (Tensor many, Feed mf) = Given("many", [2, 2, 3], 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
        (Tensor choice, Feed cf) = Given("choice", [2, 2], 0, 1, 1, 0);
        Tensor[] picked = [QLosses.Chosen(q, choice), QLosses.Chosen(many, choice)];
        NdArray[] results = Evaluation.Run([.. picked, Gradients.Of(Op.Sum(picked[1]), [many])[0]], qf, mf, cf);
        Assert.That(results[0].Values, Is.EqualTo(new double[] { 2, 3 }));
        Assert.That(results[0].Shape, Is.EqualTo(new long[] { 2, 1 }));
        Assert.That(results[1].Values, Is.EqualTo(new double[] { 4, 5, 6, 7, 8, 9 }));
        Assert.That(results[1].Shape, Is.EqualTo(new long[] { 2, 3 }));
        Assert.That(results[2].Values, Is.EqualTo(new double[] { 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0 }));
    }

    // Support −2, −1, 0, 1, 2. r = 1, d = 0.5: 0, 0.5, 1, 1.5, 2. Of p = (0.1, 0.2, 0.3, 0.4, 0): 0 gets 0.1 + half of 0.2; 1 gets the other half, 0.3 and
    // half of 0.4; 2 the rest. A terminal state has all its probability at r = 1; beyond the support it is at the end.
    [Test]
    public void A_projected_distribution_shares_each_atom_between_its_neighbours()
    {
        var returns = new CategoricalReturns(-2, 2, 5);
        (Tensor r, Feed rf) = Given("r", [4, 1], 1, 1, 7, -0.25f);
        (Tensor d, Feed df) = Given("d", [4, 1], 0.5f, 0, 0.5f, 0);
        (Tensor p, Feed pf) = Given("p", [4, 5], [.. Enumerable.Repeat(new[] { 0.1f, 0.2f, 0.3f, 0.4f, 0 }, 4).SelectMany(v => v)]);
        NdArray projected = Evaluation.Run(returns.Project(r, d, p), rf, df, pf);
        double[] expected = [0, 0, 0.2, 0.6, 0.2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0.25, 0.75, 0, 0];
        Assert.That(projected.Values, Is.EqualTo(expected).Within(1e-6));
    }

    // −2·0.1 − 0.2 + 0.4 = 0.
    [Test]
    public void The_mean_return_weights_the_support()
    {
        (Tensor p, Feed pf) = Given("p", [1, 2, 5], 0.1f, 0.2f, 0.3f, 0.4f, 0, 0, 0, 0, 0.5f, 0.5f);
        NdArray means = Evaluation.Run(new CategoricalReturns(-2, 2, 5).Means(p), pf);
        Assert.That(means.Shape, Is.EqualTo(new long[] { 1, 2 }));
        Assert.That(means.Values, Is.EqualTo(new[] { 0, 1.5 }).Within(1e-6));
    }

    // Equal logits of two atoms: ln 2 whatever the target; gradient softmax − target.
    [Test]
    public void The_cross_entropy_pulls_the_softmax_to_the_target()
    {
        (Tensor x, Feed xf) = Given("x", [1, 2], 3, 3);
        (Tensor m, Feed mf) = Given("m", [1, 2], 0.9f, 0.1f);
        Tensor loss = CategoricalReturns.CrossEntropy(x, m);
        NdArray[] results = Evaluation.Run([loss, Gradients.Of(Op.Sum(loss), [x])[0]], xf, mf);
        Assert.That(results[0].Values[0], Is.EqualTo(Math.Log(2)).Within(1e-6));
        Assert.That(results[1].Values, Is.EqualTo(new[] { -0.4, 0.4 }).Within(1e-6));
    }

    [TestCase(-10, 10, 1)]
    [TestCase(1, 1, 51)]
    [TestCase(0, double.PositiveInfinity, 51)]
    public void A_support_that_is_none_is_refused(double lowest, double highest, int atoms) =>
        Assert.That(() => new CategoricalReturns(lowest, highest, atoms), Throws.ArgumentException.With.Message.Contains("51 from -10 to 10"));

    // κ = 1, θ = (0, 2) at τ = (¼, ¾), y = (1, 5). u = (1, 5) and (−1, 3); L = (0.5, 4.5) and (0.5, 2.5).
    // ¼·(0.5 + 4.5)/2 + (¼·0.5 + ¾·2.5)/2 = 0.625 + 1. Gradients: −¼·(1 + 1)/2 and −(−¼ + ¾)/2.
    [Test]
    public void The_quantile_loss_sums_over_predictions_and_averages_over_targets()
    {
        (Tensor theta, Feed tf) = Given("theta", [1, 2], 0, 2);
        (Tensor y, Feed yf) = Given("y", [1, 2], 1, 5);
        Tensor loss = QuantileLosses.Huber(theta, QuantileLosses.Midpoints(_graph, 2), y);
        NdArray[] results = Evaluation.Run([loss, .. Gradients.Of(Op.Sum(loss), [theta, y])], tf, yf);
        Assert.That(results[0].Shape, Is.EqualTo(new long[] { 1, 1 }));
        Assert.That(results[0].Values[0], Is.EqualTo(1.625).Within(1e-6));
        Assert.That(results[1].Values, Is.EqualTo(new[] { -0.25, -0.25 }).Within(1e-6));
        Assert.That(results[2].Values, Is.All.Zero, "no gradient goes to the targets");
    }

    // κ = 2, u = −4 at τ = 0.1 and u = 1 at τ = 0.5: 0.9 · 2·(4 − 1)/2 = 2.7 and 0.5 · ½/2 = 0.125, divided by κ as eq. 3 does.
    [Test]
    public void The_quantile_loss_is_divided_by_its_threshold()
    {
        (Tensor theta, Feed hf) = Given("theta", [2, 1], 4, 1);
        (Tensor tau, Feed tf) = Given("tau", [2, 1], 0.1f, 0.5f);
        (Tensor y, Feed yf) = Given("y", [2, 1], 0, 2);
        NdArray loss = Evaluation.Run(QuantileLosses.Huber(theta, tau, y, 2), hf, tf, yf);
        Assert.That(loss.Values, Is.EqualTo(new[] { 2.7, 0.125 }).Within(1e-6));
    }
}
