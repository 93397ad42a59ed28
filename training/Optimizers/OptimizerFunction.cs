using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Optimizers;

/// <summary>
/// An optimizer compiled for a vector of parameters, with clipping of the gradient's global norm before it:
/// g ← g · min(1, maximum / (‖g‖ + 1e-6)), as PyTorch's clip_grad_norm_.
/// </summary>
public sealed class OptimizerFunction : IDisposable
{
    private readonly IOptimizer _optimizer;
    private readonly TensorBuffer[] _scalars;
    private readonly TensorBuffer _norm = new(ElementType.Float32, 1);
    private readonly CompiledFunction _function;
    private readonly BoundCall _call;
    private readonly float[] _values;

    /// <summary>Compiles the update.</summary>
    /// <param name="device">Where it runs.</param>
    /// <param name="optimizer">The rule.</param>
    /// <param name="parameters">The parameters; each step makes the other copy current.</param>
    /// <param name="gradient">Their gradient, laid out alike.</param>
    /// <param name="maximumNorm">The largest norm the gradient keeps; null for no clipping.</param>
    public OptimizerFunction(ExecutionDevice device, IOptimizer optimizer, StateVector parameters, StateVector gradient, double? maximumNorm)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentNullException.ThrowIfNull(parameters);
        _optimizer = optimizer;
        _values = new float[optimizer.ScalarCount];
        _scalars = [.. _values.Select(_ => new TensorBuffer(ElementType.Float32, 1))];
        Shape whole = [parameters.Length];
        State = [.. optimizer.StateNames.Select(n => new StateVector(n, [(n, whole)]))];

        var graph = new Graph();
        Tensor p = graph.Input("parameters", [parameters.Length]), g = graph.Input("gradient", [parameters.Length]);
        Tensor[] state = [.. State.Select(s => graph.Input(s.Name, [parameters.Length]))];
        Tensor[] scalars = [.. _scalars.Select((_, i) => graph.Input($"scalar_{i}", [1]))];
        Tensor norm = Op.Sqrt(Op.SumSquare(g, keepDimensions: true));
        Tensor scale = maximumNorm is double maximum
            ? Op.Minimum(maximum / (norm + 1e-6), graph.Constant([1f], [1]))
            : graph.Constant([1f], [1]);
        (Tensor updated, Tensor[] next) = optimizer.Step(p, g, scale, state, scalars);

        var outputs = new List<KeyValuePair<string, Tensor>> { new("next_parameters", updated), new("gradient_norm", norm) };
        outputs.AddRange(State.Zip(next, (s, t) => new KeyValuePair<string, Tensor>($"next_{s.Name}", t)));
        Tensor[] used = [.. Graph.Order(outputs.Select(o => o.Value)).Where(t => t.Name is not null)];
        _function = new CompiledFunction(device, "optimizer", used, outputs);
        var slots = new Dictionary<string, Slot> { ["parameters"] = parameters, ["gradient"] = gradient, ["next_parameters"] = parameters, ["gradient_norm"] = _norm };
        for (int i = 0; i < _scalars.Length; i++)
        {
            if (used.Contains(scalars[i])) slots[$"scalar_{i}"] = _scalars[i];
        }

        foreach (StateVector vector in State) slots[vector.Name] = slots[$"next_{vector.Name}"] = vector;
        _call = _function.Bind(slots);
    }

    /// <summary>The rule's state vectors, for checkpoints.</summary>
    public IReadOnlyList<StateVector> State { get; }

    /// <summary>Steps taken so far.</summary>
    public long Steps { get; set; }

    /// <summary>‖g‖ before clipping, of the latest step.</summary>
    public float GradientNorm => _norm.Floats[0];

    /// <summary>Takes one step.</summary>
    /// <param name="learningRate">The learning rate.</param>
    public void Step(double learningRate)
    {
        _optimizer.WriteScalars(++Steps, learningRate, _values);
        for (int i = 0; i < _values.Length; i++) _scalars[i].Floats[0] = _values[i];
        _call.Run();
    }

    /// <summary>Releases the session and the memory.</summary>
    public void Dispose()
    {
        _call.Dispose();
        _function.Dispose();
        foreach (TensorBuffer scalar in _scalars) scalar.Dispose();
        foreach (StateVector state in State) state.Dispose();
        _norm.Dispose();
    }
}
