using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Training.Engine.Autodiff;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;
using Pipeline.Training.Objectives;
using Pipeline.Training.Optimizers;

namespace Pipeline.Tests.Training.Engine;

[TestFixture]
public sealed class ExecutionTests
{
    private static KeyValuePair<string, Tensor> Named(string name, Tensor tensor) => new(name, tensor);

    [Test]
    public void One_function_runs_at_several_batch_sizes()
    {
        var graph = new Graph();
        Tensor x = graph.Input("x", [Dimension.Batch, 2]), w = graph.Input("w", [2, 1]);
        Tensor loss = Op.Mean(Op.Square(Op.MatMul(x, w)));
        using var function = new CompiledFunction(ExecutionDevice.Cpu, "f", [x, w], [Named("loss", loss), Named("gradient", Gradients.Of(loss, [w])[0]), Named("rows", x * 2)]);
        using var weights = new TensorBuffer(ElementType.Float32, 2, 1);
        using var lossBuffer = new TensorBuffer(ElementType.Float32);
        using var gradient = new TensorBuffer(ElementType.Float32, 2, 1);
        weights.Floats[0] = 3;
        foreach (int batch in new[] { 1, 64, 3 })
        {
            using var input = new TensorBuffer(ElementType.Float32, batch, 2);
            using var rows = new TensorBuffer(ElementType.Float32, batch, 2);
            for (int i = 0; i < batch; i++) input.Floats[2 * i] = i + 1;
            using BoundCall call = function.Bind(new Dictionary<string, Slot> { ["x"] = input, ["w"] = weights, ["loss"] = lossBuffer, ["gradient"] = gradient, ["rows"] = rows });
            call.Run();
            double meanSquare = Enumerable.Range(1, batch).Average(i => (double)i * i);
            Assert.That(lossBuffer.Floats[0], Is.EqualTo(9 * meanSquare).Within(1e-5 * 9 * meanSquare));
            Assert.That(gradient.Floats[0], Is.EqualTo(6 * meanSquare).Within(1e-5 * 6 * meanSquare));
            Assert.That(gradient.Floats[1], Is.Zero);
            Assert.That(rows.Floats[2 * (batch - 1)], Is.EqualTo(2 * batch));
        }
    }

    [Test]
    public void State_that_is_read_and_written_advances_with_every_run()
    {
        var graph = new Graph();
        Tensor count = graph.Input("count", [16]), total = graph.Input("total", [16]), step = graph.Input("step", [1]);
        using var function = new CompiledFunction(ExecutionDevice.Cpu, "f", [count, total, step], [Named("next_count", count + step), Named("next_total", total + count)]);
        using var countState = new StateVector("count", [("value", [16])]);
        using var totalState = new StateVector("total", [("value", [16])]);
        using var stepBuffer = new TensorBuffer(ElementType.Float32, 1);
        stepBuffer.Floats[0] = 2;
        using BoundCall call = function.Bind(new Dictionary<string, Slot>
        {
            ["count"] = countState, ["total"] = totalState, ["step"] = stepBuffer, ["next_count"] = countState, ["next_total"] = totalState,
        });
        float expectedCount = 0, expectedTotal = 0;
        for (int i = 0; i < 7; i++)
        {
            call.Run();
            (expectedCount, expectedTotal) = (expectedCount + 2, expectedTotal + expectedCount);
            Assert.That(countState.Values.ToArray(), Is.All.EqualTo(expectedCount));
            Assert.That(totalState["value"].ToArray(), Is.All.EqualTo(expectedTotal));
        }
    }

    [Test]
    public void Calls_that_write_different_states_may_alternate_in_any_order()
    {
        var graph = new Graph();
        Tensor a = graph.Input("a", [16]), b = graph.Input("b", [16]);
        using var first = new CompiledFunction(ExecutionDevice.Cpu, "first", [a, b], [Named("next_a", a + b)]);
        using var second = new CompiledFunction(ExecutionDevice.Cpu, "second", [a, b], [Named("next_b", b + (a * 2) + 1)]);
        using var stateA = new StateVector("a", [("value", [16])]);
        using var stateB = new StateVector("b", [("value", [16])]);
        using BoundCall callFirst = first.Bind(new Dictionary<string, Slot> { ["a"] = stateA, ["b"] = stateB, ["next_a"] = stateA });
        using BoundCall callSecond = second.Bind(new Dictionary<string, Slot> { ["a"] = Slot.Of(stateA, "value"), ["b"] = Slot.Of(stateB, "value"), ["next_b"] = stateB });
        float expectedA = 0, expectedB = 0;
        foreach (char which in "ssfsffssfff")
        {
            if (which == 'f')
            {
                callFirst.Run();
                expectedA += expectedB;
            }
            else
            {
                callSecond.Run();
                expectedB += (expectedA * 2) + 1;
            }

            Assert.That(stateA.Values.ToArray(), Is.All.EqualTo(expectedA));
            Assert.That(stateB.Values.ToArray(), Is.All.EqualTo(expectedB));
        }
    }

    [Test]
    public void Entries_of_a_single_vector_are_written_apart_and_the_gaps_stay_zero()
    {
        var graph = new Graph();
        Tensor x = graph.Input("x", [3]);
        using var function = new CompiledFunction(ExecutionDevice.Cpu, "f", [x], [Named("p", x * 2), Named("q", Op.Sum(x))]);
        using var state = new StateVector("gradient", [("p", [3]), ("q", Shape.Scalar)], doubleBuffered: false);
        using var input = new TensorBuffer(ElementType.Float32, 3);
        input.Floats.Fill(5);
        using BoundCall call = function.Bind(new Dictionary<string, Slot> { ["x"] = input, ["p"] = Slot.Of(state, "p"), ["q"] = Slot.Of(state, "q") });
        call.Run();
        call.Run();
        float[] expected = new float[32];
        expected.AsSpan(0, 3).Fill(10);
        expected[16] = 15;
        Assert.That(state.Values.ToArray(), Is.EqualTo(expected));
        Assert.That(state.Entries.Select(e => e.Offset), Is.EqualTo(new[] { 0, 16 }));
    }

    [Test]
    public void Binding_names_what_is_missing_and_what_is_unknown()
    {
        var graph = new Graph();
        Tensor x = graph.Input("x", [1]);
        using var function = new CompiledFunction(ExecutionDevice.Cpu, "update", [x], [Named("y", Op.Exp(x))]);
        using var buffer = new TensorBuffer(ElementType.Float32, 1);
        Assert.That(
            () => function.Bind(new Dictionary<string, Slot> { ["x"] = buffer, ["z"] = buffer }),
            Throws.ArgumentException.With.Message.Contains("update").And.Message.Contains("[y]").And.Message.Contains("[z]"));
    }

    [Test]
    public void A_buffer_refuses_another_type_and_views_beyond_its_end()
    {
        using var buffer = new TensorBuffer(ElementType.Int64, 2, 3);
        Assert.That(() => buffer.Floats.Length, Throws.InvalidOperationException.With.Message.Contains("Int64").And.Message.Contains("Float32"));
        Assert.That(() => buffer.View(4, 3), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("6"));
        using TensorBuffer view = buffer.View(4, 2);
        view.Integers[1] = 9;
        Assert.That(buffer.Integers[5], Is.EqualTo(9));
    }

    [Test]
    public void An_unknown_device_is_refused_and_auto_says_why_it_falls_back()
    {
        Assert.That(() => ExecutionDevice.Choose("gpu", _ => { }), Throws.ArgumentException.With.Message.Contains("gpu").And.Message.Contains("cpu, cuda and auto"));
        var log = new List<string>();
        ExecutionDevice device = ExecutionDevice.Choose("auto", log.Add);
        Assert.That(log, device.Name == "cpu" ? Has.Count.EqualTo(1).And.All.Contains("CPU") : Is.Empty);
        if (device.Name == "cpu") Assert.That(() => ExecutionDevice.Choose("cuda", _ => { }), Throws.InvalidOperationException.With.Message.Contains("--device cpu"));
    }

    [Test]
    public void Two_compilations_with_one_seed_agree_in_every_bit_after_200_updates()
    {
        int[] Train()
        {
            using var training = new SmallTraining(seed: 5);
            float before = training.Loss;
            for (int i = 0; i < 200; i++) training.Update();
            Assert.That(training.Loss, Is.LessThan(before).And.Not.Zero, "it learns something");
            return [.. training.Parameters.Values.ToArray().Select(BitConverter.SingleToInt32Bits)];
        }

        int[] first = Train(), second = Train();
        Assert.That(second, Is.EqualTo(first));
    }

    // A leak of one native value (some 100 bytes) a run would be 20 MB over two functions' 100,000 runs; one of a managed object too, unless
    // collected. The allowance is for what the garbage collector and the allocator take once or give back: some 3 MB either way were seen.
    [Test]
    public void Memory_stays_flat_over_100000_updates()
    {
        if (!File.Exists("/proc/self/status")) Assert.Ignore("The resident size is read from /proc, which this system does not have.");
        using var training = new SmallTraining(seed: 6);
        // The process itself grows and shrinks by some megabytes while the runtime still compiles in tiers; it is over long before this.
        for (int i = 0; i < 300_000; i++) training.Update();
        long before = ResidentKilobytes();
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100_000; i++) training.Update();
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        long growth = ResidentKilobytes() - before;
        TestContext.Out.WriteLine($"Resident size grew by {growth} kB; {allocated / 100_000.0} managed bytes an update.");
        Assert.That(growth, Is.LessThan(4 * 1024), "kB");
        Assert.That(allocated / 100_000, Is.LessThan(64), "managed bytes an update");
    }

    private static long ResidentKilobytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        string line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>A regression by a small network with a fixed batch: gradient and Adam step, compiled.</summary>
    private sealed class SmallTraining : IDisposable
    {
        private readonly StateVector _gradient;
        private readonly TensorBuffer _x = new(ElementType.Float32, 16, 3), _target = new(ElementType.Float32, 16, 1), _loss = new(ElementType.Float32);
        private readonly CompiledFunction _function;
        private readonly BoundCall _call;
        private readonly OptimizerFunction _optimizer;

        public SmallTraining(ulong seed)
        {
            var set = new ParameterSet();
            var network = new Mlp(set, "net", 3, [8, 8], 1, Activation.Tanh, outputGain: 1);
            var random = new RandomGenerator(seed);
            Parameters = set.MakeVector("parameters");
            _gradient = set.MakeVector("gradient", doubleBuffered: false);
            set.Initialize(Parameters, random);
            random.FillGaussian(_x.Floats);
            random.FillGaussian(_target.Floats);

            var graph = new Graph();
            var scope = new ParameterScope(graph);
            Tensor x = graph.Input("x", [Dimension.Batch, 3]), target = graph.Input("target", [Dimension.Batch, 1]);
            Tensor loss = ValueLosses.SquaredError(network.Apply(scope, x), target);
            Tensor[] inputs = [.. set.All.Select(p => scope[p])];
            Tensor[] gradients = Gradients.Of(loss, inputs);
            _function = new CompiledFunction(
                ExecutionDevice.Cpu, "small", [x, target, .. inputs], [Named("loss", loss), .. set.All.Zip(gradients, (p, g) => Named($"d_{p.Name}", g))]);
            var slots = new Dictionary<string, Slot> { ["x"] = _x, ["target"] = _target, ["loss"] = _loss };
            foreach (Parameter p in set.All) (slots[p.Name], slots[$"d_{p.Name}"]) = (Slot.Of(Parameters, p.Name), Slot.Of(_gradient, p.Name));
            _call = _function.Bind(slots);
            _optimizer = new OptimizerFunction(ExecutionDevice.Cpu, new Adam(), Parameters, _gradient, maximumNorm: 0.5);
            _call.Run();
        }

        public StateVector Parameters { get; }

        public float Loss => _loss.Floats[0];

        public void Update()
        {
            _call.Run();
            _optimizer.Step(1e-3);
        }

        public void Dispose()
        {
            _optimizer.Dispose();
            _call.Dispose();
            _function.Dispose();
            foreach (TensorBuffer buffer in new[] { _x, _target, _loss }) buffer.Dispose();
            _gradient.Dispose();
            Parameters.Dispose();
        }
    }
}
