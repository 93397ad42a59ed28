using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Tests.Training.Engine;
using Pipeline.Training.Engine.Autodiff;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Objectives;

namespace Pipeline.Tests.Training.Objectives;

[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SteinGradientTests
{
    private readonly Graph _graph = new();

    private NdArray Direction(float[] actions, float[] moved, float[] gradients, float temperature)
    {
        Tensor a = _graph.Input("a", [1, actions.Length, 1]), b = _graph.Input("b", [1, moved.Length, 1]), g = _graph.Input("g", [1, actions.Length, 1]);
        Tensor direction = SteinGradient.Direction(a, b, g, _graph.Constant(temperature));
        return Evaluation.Run(direction, new Feed(a, actions), new Feed(b, moved), new Feed(g, gradients));
    }

    // Distances² of a = (0, 2) from a′ = 1: both 1, so h = 1/ln 3 and κ = exp(−ln 3) = 1/3 for both; the repulsions cancel: (3 + 9)/3/2 = 2.
    [Test]
    public void Gradients_are_averaged_with_the_kernel_as_weight() =>
        Assert.That(Direction([0, 2], [1], [3, 9], 5).Values[0], Is.EqualTo(2).Within(1e-5));

    // One fixed action 0, moved 1: h = 1/ln 2, κ = ½. ∇κ by the fixed one is −2/h·(0 − 1)·½ = ln 2: away from it. α = 3.
    [Test]
    public void The_temperature_drives_actions_apart() =>
        Assert.That(Direction([0], [1], [0], 3).Values[0], Is.EqualTo(3 * Math.Log(2)).Within(1e-5));

    // Distances² of (0, 1) from (0, 3): 0, 1, 9, 4; the lower of the middle two is 1, h = 1/ln 3. α = 0, g = (1, 0): κ(0, a′)/2 with κ(0, 0) = 1 and κ(0, 3) = 3^−9.
    [Test]
    public void The_bandwidth_is_the_lower_median_over_the_logarithm_of_the_number_of_actions_and_one()
    {
        NdArray direction = Direction([0, 1], [0, 3], [1, 0], 0);
        Assert.That(direction.Values[0], Is.EqualTo(0.5).Within(1e-6));
        Assert.That(direction.Values[1] * 2, Is.EqualTo(Math.Pow(3, -9)).Within(1e-9));
    }

    [Test]
    public void Actions_that_are_all_the_same_give_finite_directions() =>
        Assert.That(Direction([0.5f, 0.5f], [0.5f], [1, 3], 1).Values[0], Is.EqualTo(2).Within(1e-5));

    [Test]
    public void Descent_on_the_loss_moves_actions_along_the_direction()
    {
        Tensor moved = _graph.Input("moved", [2, 2, 3]), direction = _graph.Input("direction", [2, 2, 3]);
        float[] d = [.. Enumerable.Range(0, 12).Select(i => i - 5.5f)];
        NdArray gradient = Evaluation.Run(Gradients.Of(SteinGradient.Loss(moved, direction), [moved])[0], new Feed(moved, new float[12]), new Feed(direction, d));
        Assert.That(gradient.Values, Is.EqualTo(d.Select(v => -v / 4.0)).Within(1e-6));
    }
}
