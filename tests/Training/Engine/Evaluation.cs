using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Rollout;

namespace Pipeline.Tests.Training.Engine;

/// <summary>A value for an input of a graph.</summary>
internal sealed record Feed(Tensor Input, NdArray Value)
{
    public Feed(Tensor input, params float[] values)
        : this(input, new NdArray(input.Shape.Resolve(s => throw new InvalidOperationException(s)), [.. values.Select(v => (double)v)]))
    {
    }
}

/// <summary>Compiles, runs once and reads back.</summary>
internal static class Evaluation
{
    public static NdArray Run(Tensor output, params Feed[] feeds) => Run([output], feeds)[0];

    /// <summary>The values of some tensors; feeds of inputs that they do not need are left out. Booleans come back as 0 and 1.</summary>
    public static NdArray[] Run(IReadOnlyList<Tensor> outputs, params Feed[] feeds)
    {
        Tensor[] floats = [.. outputs.Select(o => o.ElementType == ElementType.Boolean ? Op.Cast(o, ElementType.Float32) : o)];
        HashSet<Tensor> needed = [.. Graph.Order(floats)];
        Feed[] used = [.. feeds.Where(f => needed.Contains(f.Input))];
        Dictionary<string, long> symbols = Symbols(used);
        KeyValuePair<string, Tensor>[] named = [.. floats.Select((t, i) => new KeyValuePair<string, Tensor>($"output_{i}", t))];
        using var function = new CompiledFunction(ExecutionDevice.Cpu, "evaluation", [.. used.Select(f => f.Input)], named);
        var buffers = new Dictionary<string, TensorBuffer>();
        try
        {
            foreach (Feed feed in used) buffers.Add(feed.Input.Name!, Filled(feed));
            foreach ((string name, Tensor tensor) in named)
                buffers.Add(name, new TensorBuffer(tensor.ElementType, tensor.Shape.Resolve(s => symbols[s])));
            using BoundCall call = function.Bind(buffers.ToDictionary(b => b.Key, b => (Slot)b.Value));
            call.Run();
            return [.. named.Select(n => Read(buffers[n.Key]))];
        }
        finally
        {
            foreach (TensorBuffer buffer in buffers.Values) buffer.Dispose();
        }
    }

    /// <summary>Compiles what was declared and runs it once.</summary>
    public static void RunOnce(this FunctionBuilder build)
    {
        (CompiledFunction function, BoundCall call) = build.Compile(ExecutionDevice.Cpu, "check");
        using (function)
        using (call)
            call.Run();
    }

    public static NdArray Read(TensorBuffer buffer)
    {
        double[] values = new double[buffer.Count];
        for (int i = 0; i < values.Length; i++) values[i] = buffer.ElementType == ElementType.Float32 ? buffer.Floats[i] : buffer.Integers[i];
        return new NdArray(buffer.Dimensions, values);
    }

    public static TensorBuffer Filled(Feed feed)
    {
        var buffer = new TensorBuffer(feed.Input.ElementType, feed.Value.Shape);
        for (int i = 0; i < buffer.Count; i++)
        {
            if (feed.Input.ElementType == ElementType.Float32) buffer.Floats[i] = (float)feed.Value.Values[i];
            else buffer.Integers[i] = (long)feed.Value.Values[i];
        }

        return buffer;
    }

    /// <summary>
    /// Asserts that no element differs from the expected one by more than the tolerance times the largest expected magnitude, or times 1
    /// where that is smaller: sums of float32 terms have rounding errors in proportion to their largest term, not to each result.
    /// </summary>
    public static void AssertClose(NdArray actual, NdArray expected, double tolerance, string what)
    {
        Assert.That(actual.Shape, Is.EqualTo(expected.Shape), $"{what}: shape");
        double scale = expected.Values.Select(Math.Abs).Append(1).Max();
        for (int i = 0; i < expected.Values.Length; i++)
            Assert.That(actual.Values[i], Is.EqualTo(expected.Values[i]).Within(tolerance * scale), $"{what}: element {i}");
    }

    private static Dictionary<string, long> Symbols(IEnumerable<Feed> feeds)
    {
        var symbols = new Dictionary<string, long>();
        foreach (Feed feed in feeds)
        {
            for (int axis = 0; axis < feed.Input.Shape.Rank; axis++)
            {
                Dimension d = feed.Input.Shape[axis];
                if (d.Symbol is not null) symbols[d.Symbol] = feed.Value.Shape[axis] / d.Factor;
            }
        }

        return symbols;
    }
}
