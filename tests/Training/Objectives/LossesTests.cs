using System;
using NUnit.Framework;
using Pipeline.Tests.Training.Engine;
using Pipeline.Training.Engine.Autodiff;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Objectives;

namespace Pipeline.Tests.Training.Objectives;

[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class LossesTests
{
    private readonly Graph _graph = new();

    private Tensor Column(string name) => _graph.Input(name, [Dimension.Batch, 1]);

    private static Feed Fed(Tensor column, params double[] values) => new(column, new NdArray([values.Length, 1], values));

    // min(r·Â, clip(r)·Â) with ε = 0.2: 1.2 · 1; −1.5 · 1 = −1.5 (a loss is not clipped from below); 0.5 · 2 = 1; 0.8 · −1 = −0.8.
    [Test]
    public void The_clipped_surrogate_takes_the_worse_of_both()
    {
        Tensor ratio = Column("ratio"), advantage = Column("advantage");
        Tensor loss = PolicyLosses.ClippedSurrogate(ratio, advantage, _graph.Constant(0.2f));
        Feed[] feeds = [Fed(ratio, 1.5, 1.5, 0.5, 0.5), Fed(advantage, 1, -1, 2, -1)];
        NdArray[] results = Evaluation.Run([loss, Gradients.Of(loss, [ratio])[0]], feeds);
        Assert.That(results[0].Values[0], Is.EqualTo(-(1.2 - 1.5 + 1 - 0.8) / 4).Within(1e-6));
        Assert.That(results[1].Values, Is.EqualTo(new[] { 0, 0.25, -0.5, 0 }).Within(1e-6), "no gradient where the clipped one is taken");
    }

    [Test]
    public void At_the_old_policy_the_clipped_surrogate_has_the_gradient_of_the_plain_one()
    {
        Tensor ratio = Column("ratio"), advantage = Column("advantage");
        Tensor[] losses = [PolicyLosses.ClippedSurrogate(ratio, advantage, _graph.Constant(0.2f)), PolicyLosses.Surrogate(ratio, advantage)];
        Feed[] feeds = [Fed(ratio, 1, 1), Fed(advantage, 3, -4)];
        NdArray[] results = Evaluation.Run([.. losses, Gradients.Of(losses[0], [ratio])[0], Gradients.Of(losses[1], [ratio])[0]], feeds);
        Assert.That(results[0].Values[0], Is.EqualTo(0.5).Within(1e-6));
        Assert.That(results[1].Values[0], Is.EqualTo(0.5).Within(1e-6));
        Assert.That(results[2].Values, Is.EqualTo(new[] { -1.5, 2 }).Within(1e-6));
        Assert.That(results[3].Values, Is.EqualTo(new[] { -1.5, 2 }).Within(1e-6));
    }

    // r = 2 and 1/2: (1 − ln 2 + ln 2 − 1/2) / 2 = 1/4.
    [Test]
    public void The_approximate_divergence_is_the_mean_of_ratio_less_1_less_its_logarithm()
    {
        Tensor logRatio = Column("log_ratio"), ratio = Column("ratio");
        Tensor divergence = PolicyLosses.ApproximateDivergence(logRatio, ratio);
        NdArray result = Evaluation.Run(divergence, Fed(logRatio, Math.Log(2), -Math.Log(2)), Fed(ratio, 2, 0.5));
        Assert.That(result.Values[0], Is.EqualTo(0.25).Within(1e-6));
    }

    [Test]
    public void The_clip_fraction_counts_ratios_outside_the_range()
    {
        Tensor ratio = Column("ratio");
        NdArray result = Evaluation.Run(PolicyLosses.ClipFraction(ratio, _graph.Constant(0.25f)), Fed(ratio, 1, 1.25, 1.3, 0.7, 0.75));
        Assert.That(result.Values[0], Is.EqualTo(0.4).Within(1e-6), "the bounds lie within");
    }

    [Test]
    public void The_squared_error_has_no_half()
    {
        Tensor value = Column("value"), target = Column("target");
        Assert.That(Evaluation.Run(ValueLosses.SquaredError(value, target), Fed(value, 1, 5), Fed(target, 3, 4)).Values[0], Is.EqualTo(2.5));
    }

    // ε = 1. Row 1: V 5 is clipped to 3: (3 − 4)² = 1 and (5 − 4)² = 1. Row 2: V 5 clipped to 3: max((5 − 0)², (3 − 0)²) = 25. Row 3: V 5
    // clipped to 3, target 6: max(1, 9) = 9.
    [Test]
    public void The_clipped_squared_error_takes_the_larger_of_both()
    {
        Tensor value = Column("value"), old = Column("old"), target = Column("target");
        Tensor loss = ValueLosses.ClippedSquaredError(value, old, target, 1);
        NdArray[] results = Evaluation.Run([loss, Gradients.Of(loss, [value])[0]], Fed(value, 5, 5, 5), Fed(old, 2, 2, 2), Fed(target, 4, 0, 6));
        Assert.That(results[0].Values[0], Is.EqualTo((1 + 25 + 9) / 3.0).Within(1e-5));
        Assert.That(results[1].Values[1..], Is.EqualTo(new[] { 10 / 3.0, 0 }).Within(1e-5));
    }

    // ln α = −0.5, mean ln π = (0.5 − 2)/2 = −0.75, H̄ = −1: −(−0.5)·(−0.75 − 1) = −0.875, with the gradient 1.75: descent lowers α, as entropy is above its target.
    [Test]
    public void The_temperature_falls_where_entropy_is_above_its_target()
    {
        Tensor logTemperature = _graph.Input("log_temperature", Shape.Scalar), logProbability = Column("log_probability");
        Tensor loss = PolicyLosses.Temperature(logTemperature, logProbability, targetEntropy: -1);
        NdArray[] results = Evaluation.Run([loss, .. Gradients.Of(loss, [logTemperature, logProbability])], new Feed(logTemperature, -0.5f), Fed(logProbability, 0.5, -2));
        Assert.That(results[0].Values[0], Is.EqualTo(-0.875).Within(1e-6));
        Assert.That(results[1].Values[0], Is.EqualTo(1.75).Within(1e-6));
        Assert.That(results[2].Values, Has.All.EqualTo(0), "the policy does not learn from it");
    }

    [Test]
    public void A_self_normalised_surrogate_is_a_weighted_mean_in_each_state()
    {
        // State 1: (1·4 + 3·8) / 4 = 7; state 2: the second action does not count: 2.
        var graph = new Graph();
        Tensor weight = graph.Input("weight", [2, 2]), value = graph.Input("value", [2, 2]);
        Tensor loss = PolicyLosses.SelfNormalizedSurrogate(weight, value), shifted = PolicyLosses.SelfNormalizedSurrogate(weight, value + graph.Constant([10f, 20f], [2, 1]));
        Tensor[] outputs = [loss, Gradients.Of(loss, [weight])[0], Gradients.Of(shifted, [weight])[0]];
        NdArray[] results = Evaluation.Run(outputs, new Feed(weight, 1, 3, 5, 0), new Feed(value, 4, 8, 2, 9));
        Assert.That(results[0].Values[0], Is.EqualTo(-4.5).Within(1e-6));

        // ∂/∂w₁ of a state: (Q₁ − mean) / Σw, over two states.
        Assert.That(results[1].Values, Is.EqualTo(new[] { 0.375, -0.125, 0, -0.7 }).Within(1e-6));
        Assert.That(results[2].Values, Is.EqualTo(results[1].Values).Within(1e-5), "a number added to all values of a state changes nothing");
    }
}
