using System;
using NUnit.Framework;
using Pipeline.Tests.Training.Engine;
using Pipeline.Training.Engine.Autodiff;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Objectives;

namespace Pipeline.Tests.Training.Objectives;

[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class QTargetsTests
{
    private readonly Graph _graph = new();

    private (Tensor Tensor, Feed Feed) Given(string name, int columns, params float[] values)
    {
        Tensor tensor = _graph.Input(name, [values.Length / columns, columns]);
        return (tensor, new Feed(tensor, values));
    }

    // 1 + 0.9 · 10 = 10; a terminal next state has d = 0: 2; three steps of γ = 0.9: 3 + 0.729 · 10 = 10.29.
    [Test]
    public void A_target_is_the_reward_and_the_discounted_next_value_through_which_no_gradient_passes()
    {
        (Tensor r, Feed rf) = Given("r", 1, 1, 2, 3);
        (Tensor d, Feed df) = Given("d", 1, 0.9f, 0, 0.729f);
        (Tensor v, Feed vf) = Given("v", 1, 10, 10, 10);
        Tensor target = QTargets.Bootstrapped(r, d, v);
        NdArray[] results = Evaluation.Run([target, Gradients.Of(Op.Sum(target), [v])[0]], rf, df, vf);
        Assert.That(results[0].Values, Is.EqualTo(new[] { 10, 2, 10.29 }).Within(1e-5));
        Assert.That(results[1].Values, Is.All.Zero);
    }

    [Test]
    public void The_largest_next_value_is_among_what_is_allowed()
    {
        (Tensor q, Feed qf) = Given("q", 3, 1, 5, 3, -4, -2, -3);
        (Tensor mask, Feed mf) = Given("mask", 3, 1, 0, 1, 1, 0, 0);
        NdArray[] results = Evaluation.Run([QTargets.Largest(q), QTargets.Largest(q, mask)], qf, mf);
        Assert.That(results[0].Values, Is.EqualTo(new double[] { 5, -2 }));
        Assert.That(results[1].Values, Is.EqualTo(new double[] { 3, -4 }));
    }

    [Test]
    public void The_best_action_is_the_first_of_equal_ones_among_what_is_allowed()
    {
        (Tensor q, Feed qf) = Given("q", 3, 1, 5, 3, 7, 7, 0);
        (Tensor mask, Feed mf) = Given("mask", 3, 1, 0, 1, 0, 1, 1);
        NdArray[] results = Evaluation.Run([QTargets.Best(q), QTargets.Best(q, mask)], qf, mf);
        Assert.That(results[0].Values, Is.EqualTo(new double[] { 0, 1, 0, 1, 0, 0 }));
        Assert.That(results[1].Values, Is.EqualTo(new double[] { 0, 0, 1, 0, 1, 0 }));
    }

    // Online chooses action 1, then action 0; with action 1 forbidden in the first row it chooses action 2.
    [Test]
    public void Double_q_learning_chooses_with_one_network_and_values_with_the_other()
    {
        (Tensor online, Feed of) = Given("online", 3, 1, 5, 3, 7, 7, 0);
        (Tensor target, Feed tf) = Given("target", 3, 10, 20, 30, 40, 50, 60);
        (Tensor mask, Feed mf) = Given("mask", 3, 1, 0, 1, 1, 1, 1);
        NdArray[] results = Evaluation.Run([QTargets.DoubleQ(online, target), QTargets.DoubleQ(online, target, mask)], of, tf, mf);
        Assert.That(results[0].Shape, Is.EqualTo(new long[] { 2, 1 }));
        Assert.That(results[0].Values, Is.EqualTo(new double[] { 20, 40 }), "the first of equal ones");
        Assert.That(results[1].Values, Is.EqualTo(new double[] { 30, 40 }));
    }

    [Test]
    public void Clipped_double_q_learning_takes_the_smaller_critic_row_by_row()
    {
        (Tensor a, Feed af) = Given("a", 1, 1, -2);
        (Tensor b, Feed bf) = Given("b", 1, 3, -5);
        Assert.That(Evaluation.Run(QTargets.ClippedDouble(a, b), af, bf).Values, Is.EqualTo(new double[] { 1, -5 }));
    }

    // 2 − 0.5 · (−3) = 3.5.
    [Test]
    public void The_soft_value_adds_the_surprise_of_the_action()
    {
        (Tensor q, Feed qf) = Given("q", 1, 2);
        (Tensor l, Feed lf) = Given("l", 1, -3);
        Assert.That(Evaluation.Run(QTargets.SoftValue(q, l, _graph.Constant(0.5f)), qf, lf).Values[0], Is.EqualTo(3.5));
    }

    // π = (¼, ¾), Q = (4, 8), α = 2: 1 + 6 + 2·(¼ ln 4 + ¾ ln(4/3)).
    [Test]
    public void The_soft_value_of_choices_is_the_expectation_with_the_entropy()
    {
        (Tensor q, Feed qf) = Given("q", 2, 4, 8);
        (Tensor l, Feed lf) = Given("l", 2, MathF.Log(0.25f), MathF.Log(0.75f));
        double expected = 7 + (2 * ((0.25 * Math.Log(4)) + (0.75 * Math.Log(4 / 3.0))));
        Assert.That(Evaluation.Run(QTargets.SoftValueOfChoices(q, l, _graph.Constant(2)), qf, lf).Values[0], Is.EqualTo(expected).Within(1e-5));
    }

    // α = 2: exp(Q/2) = 1 and 3 sum to 4, so V = 2 ln 4; with the second forbidden V = 0; of (1000, 1000) it is 1000 + 2 ln 2.
    [Test]
    public void The_soft_maximum_of_choices_is_the_logarithm_of_a_sum_without_overflow()
    {
        (Tensor q, Feed qf) = Given("q", 2, 0, 2 * MathF.Log(3), 1000, 1000);
        (Tensor mask, Feed mf) = Given("mask", 2, 1, 0, 1, 1);
        Tensor alpha = _graph.Constant(2);
        NdArray[] results = Evaluation.Run([QTargets.SoftMaximum(q, alpha), QTargets.SoftMaximum(q, alpha, mask)], qf, mf);
        Assert.That(results[0].Values, Is.EqualTo(new[] { 2 * Math.Log(4), 1000 + (2 * Math.Log(2)) }).Within(1e-4));
        Assert.That(results[1].Values[0], Is.Zero.Within(1e-6));
    }

    // Q = 1 everywhere on [−1, 1]²: the soft maximum is 1 + α ln 4, the area, whatever the samples; α = 0.5.
    [Test]
    public void The_sampled_soft_maximum_of_a_constant_is_exact()
    {
        (Tensor q, Feed qf) = Given("q", 3, 1, 1, 1);
        Tensor value = QTargets.SampledSoftMaximum(q, _graph.Constant(-2 * MathF.Log(2)), _graph.Constant(0.5f));
        Assert.That(Evaluation.Run(value, qf).Values[0], Is.EqualTo(1 + (0.5 * Math.Log(4))).Within(1e-6));
    }

    // Two samples with densities ½ and ¼, Q/α = ln 3 and ln 5, α = 1: ln((3·2 + 5·4)/2) = ln 13.
    [Test]
    public void A_sample_that_is_unlikely_counts_for_more()
    {
        (Tensor q, Feed qf) = Given("q", 2, MathF.Log(3), MathF.Log(5));
        (Tensor l, Feed lf) = Given("l", 2, MathF.Log(0.5f), MathF.Log(0.25f));
        Assert.That(Evaluation.Run(QTargets.SampledSoftMaximum(q, l, _graph.Constant(1)), qf, lf).Values[0], Is.EqualTo(Math.Log(13)).Within(1e-6));
    }
}
