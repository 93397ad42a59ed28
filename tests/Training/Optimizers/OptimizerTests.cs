using System;
using NUnit.Framework;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Optimizers;

namespace Pipeline.Tests.Training.Optimizers;

/// <summary>Single steps worked by hand; sequences are compared with PyTorch elsewhere.</summary>
[TestFixture]
public sealed class OptimizerTests
{
    private static float[] Step(IOptimizer rule, float[] start, float[] gradients, double learningRate, double? maximumNorm = null, int steps = 1)
    {
        using StateVector parameters = new("parameters", [("p", [start.Length])]), gradient = new("gradient", [("p", [start.Length])], doubleBuffered: false);
        using var optimizer = new OptimizerFunction(ExecutionDevice.Cpu, rule, parameters, gradient, maximumNorm);
        start.AsSpan().CopyTo(parameters["p"]);
        gradients.AsSpan().CopyTo(gradient["p"]);
        for (int i = 0; i < steps; i++) optimizer.Step(learningRate);
        return parameters["p"].ToArray();
    }

    [Test]
    public void Gradient_descent_moves_against_the_gradient() =>
        Assert.That(Step(new Sgd(), [1, -2], [0.5f, -4], 0.1), Is.EqualTo(new[] { 0.95f, -1.6f }).Within(1e-6f));

    // b = g, then 0.5 g + g: together 2.5 g.
    [Test]
    public void Momentum_adds_up() =>
        Assert.That(Step(new Sgd(0.5), [1], [2], 0.1, steps: 2), Is.EqualTo(new[] { 0.5f }).Within(1e-6f));

    // The first step of Adam is α · g / (|g| + ε), whatever the size of g.
    [Test]
    public void The_first_step_of_adam_has_the_length_of_the_learning_rate() =>
        Assert.That(Step(new Adam(Epsilon: 0.5), [0, 0], [1.5f, -0.5f], 0.1), Is.EqualTo(new[] { -0.075f, 0.05f }).Within(1e-6f));

    [Test]
    public void Decoupled_weight_decay_shrinks_parameters_without_a_gradient() =>
        Assert.That(Step(new Adam(WeightDecay: 0.5), [2], [0], 0.1), Is.EqualTo(new[] { 1.9f }).Within(1e-6f));

    // v = 0.75 · g² with ρ = 0.25: g = 2 gives v = 3; ε inside the root makes it 4.
    [Test]
    public void The_two_forms_of_rmsprop_differ_in_where_epsilon_stands()
    {
        Assert.That(Step(new RmsProp(0.25, 1, EpsilonInsideRoot: true), [0], [2], 0.1), Is.EqualTo(new[] { -0.1f }).Within(1e-6f));
        Assert.That(Step(new RmsProp(0.25, 1), [0], [2], 0.1), Is.EqualTo(new[] { -0.2f / (float)(Math.Sqrt(3) + 1) }).Within(1e-6f));
    }

    // ‖[3, 4]‖ = 5 is cut to 1; ‖[0.3, 0.4]‖ = 0.5 stays.
    [Test]
    public void The_gradient_keeps_its_direction_when_its_norm_is_clipped()
    {
        Assert.That(Step(new Sgd(), [0, 0], [3, 4], 1, maximumNorm: 1), Is.EqualTo(new[] { -0.6f, -0.8f }).Within(1e-6f));
        Assert.That(Step(new Sgd(), [0, 0], [0.3f, 0.4f], 1, maximumNorm: 1), Is.EqualTo(new[] { -0.3f, -0.4f }).Within(1e-6f));
        Assert.That(Step(new Sgd(), [5, 5], [0, 0], 1, maximumNorm: 1), Is.EqualTo(new[] { 5f, 5 }));
    }
}
