using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.ML.OnnxRuntime;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Tests.Training.Engine;

[TestFixture]
public sealed class ConcurrentCallsTests
{
    private static ExecutionDevice Device(int threads) => ExecutionDevice.Choose("cpu", _ => { }, threads);

    [Test]
    public void One_two_and_more_threads_give_the_same_bits_as_calls_in_turn([Values(1, 2, 5)] int threads)
    {
        using var work = new Work(calls: 3);
        foreach (BoundCall call in work.Calls) call.Run();
        float[][] expected = work.TakeResults();
        var together = new ConcurrentCalls(Device(threads), work.Calls);
        for (int run = 0; run < 500; run++)
        {
            together.Run();
            float[][] results = work.TakeResults();
            if (!results.Zip(expected, (r, e) => r.AsSpan().SequenceEqual(e)).All(same => same)) Assert.Fail($"run {run} differs");
        }

        Assert.That(expected.Select(e => e.Sum()), Is.All.Not.Zero);
    }

    [Test]
    public void A_run_on_two_threads_does_not_allocate()
    {
        using var work = new Work(calls: 2);
        var together = new ConcurrentCalls(Device(2), work.Calls);
        for (int run = 0; run < 200; run++) together.Run();
        Assert.That(AllocatedBytes.Of(() => { for (int run = 0; run < 200; run++) together.Run(); }), Is.Zero);
    }

    [TestCase(1)]
    [TestCase(2)]
    public void A_failure_reaches_the_caller_and_the_next_run_works(int threads)
    {
        var graph = new Graph();
        Tensor x = graph.Input("x", [4]), index = graph.Input("index", [1], ElementType.Int64);
        using TensorBuffer values = new(ElementType.Float32, 4), chosen = new(ElementType.Int64, 1), result = new(ElementType.Float32, 1);
        using var function = new CompiledFunction(ExecutionDevice.Cpu, "choice", [x, index], [new("y", Op.Gather(x, index))]);
        using BoundCall choice = function.Bind(new Dictionary<string, Slot> { ["x"] = values, ["index"] = chosen, ["y"] = result });
        using var work = new Work(calls: 1);
        var together = new ConcurrentCalls(Device(threads), choice, work.Calls[0]);
        values.Floats[3] = 5;
        chosen.Integers[0] = 9;
        Assert.That(together.Run, Throws.InstanceOf<OnnxRuntimeException>().With.Message.Contains("9"));
        chosen.Integers[0] = 3;
        together.Run();
        Assert.That(result.Floats[0], Is.EqualTo(5));
        Assert.That(work.TakeResults()[0].Sum(), Is.Not.Zero);
    }

    [Test]
    public void Calls_that_write_what_another_one_uses_are_refused()
    {
        var graph = new Graph();
        Tensor x = graph.Input("x", [4]);
        using StateVector single = new("single", [("a", [4]), ("b", [4])], doubleBuffered: false), doubled = new("doubled", [("a", [4]), ("b", [4])]);
        using TensorBuffer first = new(ElementType.Float32, 4), second = new(ElementType.Float32, 4);
        using var function = new CompiledFunction(ExecutionDevice.Cpu, "f", [x], [new("y", x * 2)]);
        BoundCall Call(Slot from, Slot to) => function.Bind(new Dictionary<string, Slot> { ["x"] = from, ["y"] = to });
        void Take(BoundCall one, BoundCall other)
        {
            using (one)
            using (other)
                _ = new ConcurrentCalls(Device(2), one, other);
        }

        Assert.That(() => Take(Call(first, second), Call(first, second)), Throws.ArgumentException.With.Message.Contains("Call 0 of 2"), "one output");
        Assert.That(() => Take(Call(first, single), Call(second, first)), Throws.ArgumentException.With.Message.Contains("Call 1 of 2"), "an output read");
        Assert.That(() => Take(Call(first, Slot.Of(single, "a")), Call(first, Slot.Of(single, "a"))), Throws.ArgumentException, "one tensor");
        Assert.That(() => Take(Call(first, Slot.Of(doubled, "a")), Call(first, Slot.Of(doubled, "b"))), Throws.ArgumentException, "two tensors whose copies turn together");
        Assert.That(() => Take(Call(first, Slot.Of(single, "a")), Call(first, Slot.Of(single, "b"))), Throws.Nothing, "two tensors of a vector with one copy");
        Assert.That(() => Take(Call(Slot.Of(doubled, "a"), first), Call(Slot.Of(doubled, "a"), second)), Throws.Nothing, "a tensor that both only read");
    }

    [Test]
    public void A_device_has_one_thread_at_least()
    {
        Assert.That(() => Device(0), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("at least 1"));
        Assert.That(Device(3).Threads, Is.EqualTo(3));
        Assert.That(ExecutionDevice.Cpu.Threads, Is.EqualTo(1));
    }

    /// <summary>Calls of one function on inputs of their own.</summary>
    private sealed class Work : IDisposable
    {
        private readonly CompiledFunction _function;
        private readonly TensorBuffer[] _inputs;
        private readonly TensorBuffer[] _results;

        public Work(int calls)
        {
            var graph = new Graph();
            Tensor x = graph.Input("x", [24, 24]);
            _function = new CompiledFunction(ExecutionDevice.Cpu, "work", [x], [new("y", Op.Tanh(Op.MatMul(x, x)))]);
            var random = new RandomGenerator(7);
            _inputs = [.. Enumerable.Range(0, calls).Select(_ => new TensorBuffer(ElementType.Float32, 24, 24))];
            _results = [.. _inputs.Select(_ => new TensorBuffer(ElementType.Float32, 24, 24))];
            foreach (TensorBuffer input in _inputs) random.FillGaussian(input.Floats);
            Calls = [.. _inputs.Zip(_results, (x, y) => _function.Bind(new Dictionary<string, Slot> { ["x"] = x, ["y"] = y }))];
        }

        public BoundCall[] Calls { get; }

        public float[][] TakeResults()
        {
            float[][] results = [.. _results.Select(r => r.Floats.ToArray())];
            foreach (TensorBuffer result in _results) result.Floats.Clear();
            return results;
        }

        public void Dispose()
        {
            foreach (BoundCall call in Calls) call.Dispose();
            _function.Dispose();
            foreach (TensorBuffer buffer in _inputs.Concat(_results)) buffer.Dispose();
        }
    }
}
