using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using System.Runtime.InteropServices;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
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

    private static Span<Vector<float>> Lanes(float[] values) => MemoryMarshal.Cast<float, Vector<float>>(values.AsSpan());

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
    public void Adam_moves_the_same_bits_as_number_by_number([Values(0, 0.1)] double weightDecay)
    {
        const int Length = 96;
        var random = new RandomGenerator(5);
        var rule = new Adam(WeightDecay: weightDecay);
        using StateVector first = new("adam_m", [("p", [Length])], doubleBuffered: false), second = new("adam_v", [("p", [Length])], doubleBuffered: false);
        float[] p = new float[Length], m = new float[Length], v = new float[Length], g = new float[Length], scalars = new float[3];
        foreach (float[] vector in new[] { p, m, v, g }) random.FillGaussian(vector);
        for (int i = 0; i < Length; i++) v[i] *= v[i];
        m.CopyTo(first.Values);
        v.CopyTo(second.Values);
        float[] moved = [.. p];
        rule.WriteScalars(3, 1e-2, scalars);
        rule.Step(Lanes(moved), Lanes(g), 0.7f, [first, second], 0, scalars);
        for (int i = 0; i < Length; i++)
        {
            float scaled = g[i] * 0.7f;
            m[i] = (m[i] * 0.9f) + scaled;
            v[i] = (v[i] * 0.999f) + (scaled * scaled);
            p[i] = (p[i] * (weightDecay == 0 ? 1 : scalars[2])) + (m[i] / (MathF.Sqrt(v[i]) + scalars[1]) * scalars[0]);
        }

        Assert.That(moved, Is.EqualTo(p));
        Assert.That(first.Values.ToArray(), Is.EqualTo(m));
        Assert.That(second.Values.ToArray(), Is.EqualTo(v));
    }

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

    private static IEnumerable<IOptimizer> Rules() =>
        [new Sgd(), new Sgd(0.9), new Adam(), new Adam(0.5, 0.9, 1e-3, WeightDecay: 0.1), new RmsProp(), new RmsProp(0.9, 1e-5, EpsilonInsideRoot: true)];

    [Test]
    public void A_step_in_place_equals_the_graph_in_every_bit([ValueSource(nameof(Rules))] IOptimizer rule, [Values(null, 0.5, 1000)] double? maximumNorm)
    {
        (string, Shape)[] entries = [("a", [3, 37]), ("b", [1, 5]), ("c", [67, 16])];
        int[][] Train(bool inPlace)
        {
            var random = new RandomGenerator(11);
            using StateVector parameters = new("parameters", entries), gradient = new("gradient", entries, doubleBuffered: false);
            using var optimizer = new OptimizerFunction(ExecutionDevice.Cpu, rule, parameters, gradient, maximumNorm, inPlace);
            random.FillGaussian(parameters.Values);
            var norms = new List<float>();
            for (int step = 0; step < 12; step++)
            {
                random.FillGaussian(gradient.Values);
                optimizer.Step(1e-2);
                norms.Add(optimizer.GradientNorm);
            }

            return [.. optimizer.State.Prepend(parameters).Select(s => s.Values.ToArray()).Append([.. norms]).Select(v => v.Select(BitConverter.SingleToInt32Bits).ToArray())];
        }

        Assert.That(Train(inPlace: true), Is.EqualTo(Train(inPlace: false)));
    }

    [Test]
    public void Long_vectors_and_several_gradients_give_the_same_bits_on_any_number_of_threads([Values(null, 0.5)] double? maximumNorm)
    {
        (string, Shape)[] entries = [("a", [50_000]), ("b", [7])];
        int[][] Train(int threads, bool inPlace, bool averagedBefore)
        {
            var random = new RandomGenerator(5);
            var device = ExecutionDevice.Choose("cpu", _ => { }, threads);
            using StateVector parameters = new("parameters", entries), first = new("gradient", entries, doubleBuffered: false), second = new("gradient", entries, doubleBuffered: false);
            using var optimizer = new OptimizerFunction(device, new Adam(), parameters, first, maximumNorm, inPlace, averagedBefore ? [] : [second]);
            random.FillGaussian(parameters.Values);
            for (int step = 0; step < 4; step++)
            {
                random.FillGaussian(first.Values);
                random.FillGaussian(second.Values);
                if (averagedBefore) Polyak.Average(first.Values, second.Values, 0.5);
                optimizer.Step(1e-2);
                double squares = 0;
                foreach (float g in first.Values) squares += (double)g * g;
                Assert.That(optimizer.GradientNorm, Is.EqualTo(Math.Sqrt(squares)).Within(1e-4).Percent);
            }

            return [.. optimizer.State.Prepend(parameters).Select(s => s.Values.ToArray().Select(BitConverter.SingleToInt32Bits).ToArray())];
        }

        int[][] expected = Train(1, inPlace: true, averagedBefore: true);
        Assert.That(Train(1, inPlace: true, averagedBefore: false), Is.EqualTo(expected));
        Assert.That(Train(2, inPlace: true, averagedBefore: false), Is.EqualTo(expected));
        Assert.That(Train(2, inPlace: false, averagedBefore: false), Is.EqualTo(expected), "as a graph");
    }

    [Test]
    public void Gradients_of_different_lengths_are_not_averaged()
    {
        using StateVector parameters = new("parameters", [("a", [20])]), gradient = new("gradient", [("a", [20])], doubleBuffered: false), other = new("gradient", [("a", [40])], doubleBuffered: false);
        Assert.That(() => new OptimizerFunction(ExecutionDevice.Cpu, new Adam(), parameters, gradient, null, other), Throws.ArgumentException.With.Message.Contains("same entries"));
    }

    [Test]
    public void The_gradient_of_a_part_changes_that_part_as_if_it_were_alone([Values] bool inPlace, [Values("a", "b", "c", "bc")] string part)
    {
        (string Name, Shape Shape)[] all = [("a", [3, 7]), ("b", [20]), ("c", [5])], some = [.. all.Where(e => part.Contains(e.Name, StringComparison.Ordinal))];
        float[] Train((string, Shape)[] entries)
        {
            using StateVector parameters = new("parameters", entries), gradient = new("gradient", some, doubleBuffered: false);
            using var optimizer = new OptimizerFunction(ExecutionDevice.Cpu, new Adam(), parameters, gradient, 0.5, inPlace);
            foreach ((string name, _) in entries) parameters[name].Fill(name[0]);
            foreach ((string name, _) in some) new RandomGenerator(name[0]).FillGaussian(gradient[name]);
            for (int step = 0; step < 3; step++) optimizer.Step(0.1);
            return [.. all.SelectMany(e => entries.Contains(e) ? parameters[e.Name].ToArray() : [.. Enumerable.Repeat((float)e.Name[0], (int)e.Shape.ElementCount)])];
        }

        Assert.That(Train(all), Is.EqualTo(Train(some)));
        Assert.That(Train(some), Is.Not.EqualTo(all.SelectMany(e => Enumerable.Repeat((float)e.Name[0], (int)e.Shape.ElementCount)).ToArray()), "the part changes");
    }

    [Test]
    public void The_gradient_of_parts_that_do_not_follow_each_other_is_refused()
    {
        using StateVector parameters = new("parameters", [("a", [20]), ("b", [20]), ("c", [20])]), gradient = new("gradient", [("a", [20]), ("c", [20])], doubleBuffered: false);
        Assert.That(() => new OptimizerFunction(ExecutionDevice.Cpu, new Adam(), parameters, gradient, null), Throws.ArgumentException.With.Message.Contains("follow each other"));
    }

    [Test]
    public void A_step_in_place_is_what_calls_bound_to_the_parameters_read_next()
    {
        var graph = new Graph();
        Tensor x = graph.Input("x", [2]);
        using StateVector parameters = new("parameters", [("p", [2])]), gradient = new("gradient", [("p", [2])], doubleBuffered: false);
        using var doubled = new TensorBuffer(ElementType.Float32, 2);
        using var function = new CompiledFunction(ExecutionDevice.Cpu, "double", [x], [new KeyValuePair<string, Tensor>("y", x * 2)]);
        using BoundCall call = function.Bind(new Dictionary<string, Slot> { ["x"] = Slot.Of(parameters, "p"), ["y"] = doubled });
        using var optimizer = new OptimizerFunction(ExecutionDevice.Cpu, new Sgd(), parameters, gradient, null);
        new[] { 1f, 2 }.CopyTo(gradient["p"]);
        for (int step = 1; step <= 3; step++)
        {
            optimizer.Step(0.5);
            call.Run();
            Assert.That(doubled.Floats.ToArray(), Is.EqualTo(new[] { -1f * step, -2f * step }));
        }
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_gradient_that_is_not_a_number_shows_in_the_norm(bool inPlace)
    {
        using StateVector parameters = new("parameters", [("p", [20])]), gradient = new("gradient", [("p", [20])], doubleBuffered: false);
        using var optimizer = new OptimizerFunction(ExecutionDevice.Cpu, new Adam(), parameters, gradient, 0.5, inPlace);
        gradient["p"][17] = float.NaN;
        optimizer.Step(0.1);
        Assert.That(optimizer.GradientNorm, Is.NaN);
        Assert.That(parameters["p"].ToArray(), Is.All.NaN);
    }

    [Test]
    public void A_gradient_of_another_length_is_refused()
    {
        using StateVector parameters = new("parameters", [("p", [20])]), gradient = new("gradient", [("p", [10])], doubleBuffered: false);
        Assert.That(
            () => new OptimizerFunction(ExecutionDevice.Cpu, new Adam(), parameters, gradient, null),
            Throws.ArgumentException.With.Message.Contains("16").And.Message.Contains("32"));
    }
}
