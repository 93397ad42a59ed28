using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Optimizers;

/// <summary>An optimizer's step, clipping included, as a compiled graph; each run makes the other copies current.</summary>
internal sealed class OptimizerGraph : IDisposable
{
    private readonly TensorBuffer[] _scalars;
    private readonly TensorBuffer _norm = new(ElementType.Float32, 1);
    private readonly CompiledFunction _function;
    private readonly BoundCall _call;

    public OptimizerGraph(
        ExecutionDevice device, IOptimizer optimizer, StateVector parameters, int first, StateVector gradient, IReadOnlyList<StateVector> state, double? maximumNorm)
    {
        _scalars = [.. Enumerable.Range(0, optimizer.ScalarCount).Select(_ => new TensorBuffer(ElementType.Float32, 1))];
        var graph = new Graph();
        Tensor all = graph.Input("parameters", [parameters.Length]), g = graph.Input("gradient", [gradient.Length]);
        Tensor[] current = [.. state.Select(s => graph.Input(s.Name, [gradient.Length]))];
        Tensor[] scalars = [.. _scalars.Select((_, i) => graph.Input($"scalar_{i}", [1]))];
        Tensor norm = Op.Sqrt(Op.SumSquare(g, keepDimensions: true));
        Tensor scale = maximumNorm is double maximum
            ? Op.Minimum(maximum / (norm + 1e-6), graph.Constant([1f], [1]))
            : graph.Constant([1f], [1]);
        int after = parameters.Length - first - gradient.Length;
        Tensor[] parts = gradient.Length == parameters.Length ? [all] : Op.Split(all, 0, [.. new long[] { first, gradient.Length, after }.Where(l => l > 0)]);
        int changed = first > 0 ? 1 : 0;
        (parts[changed], Tensor[] next) = optimizer.Step(parts[changed], g, scale, current, scalars);
        Tensor updated = parts.Length == 1 ? parts[0] : Op.Concat(parts, 0);

        var outputs = new List<KeyValuePair<string, Tensor>> { new("next_parameters", updated), new("gradient_norm", norm) };
        outputs.AddRange(state.Zip(next, (s, t) => new KeyValuePair<string, Tensor>($"next_{s.Name}", t)));
        Tensor[] used = [.. Graph.Order(outputs.Select(o => o.Value)).Where(t => t.Name is not null)];
        _function = new CompiledFunction(device, "optimizer", used, outputs);
        var slots = new Dictionary<string, Slot> { ["parameters"] = parameters, ["gradient"] = gradient, ["next_parameters"] = parameters, ["gradient_norm"] = _norm };
        for (int i = 0; i < _scalars.Length; i++)
        {
            if (used.Contains(scalars[i])) slots[$"scalar_{i}"] = _scalars[i];
        }

        foreach (StateVector vector in state) slots[vector.Name] = slots[$"next_{vector.Name}"] = vector;
        _call = _function.Bind(slots);
    }

    /// <summary>‖g‖ before clipping, of the latest run.</summary>
    public float GradientNorm => _norm.Floats[0];

    /// <summary>Takes one step.</summary>
    public void Run(ReadOnlySpan<float> scalars)
    {
        for (int i = 0; i < _scalars.Length; i++) _scalars[i].Floats[0] = scalars[i];
        _call.Run();
    }

    public void Dispose()
    {
        _call.Dispose();
        _function.Dispose();
        foreach (TensorBuffer scalar in _scalars) scalar.Dispose();
        _norm.Dispose();
    }
}
