using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;

namespace Pipeline.Training.Optimizers;

/// <summary>
/// An optimizer made ready for a vector of parameters, with clipping of the gradient's global norm before it:
/// g ← g · min(1, maximum / (‖g‖ + 1e-6)), as PyTorch's clip_grad_norm_.
/// Where graphs work in host memory a step is one pass that changes the current copies in place; elsewhere it is a graph. Both give the same bits.
/// </summary>
public sealed class OptimizerFunction : IDisposable
{
    private readonly IOptimizer _optimizer;
    private readonly StateVector _parameters;
    private readonly StateVector _gradient;
    private readonly float? _maximumNorm;
    private readonly OptimizerGraph? _graph;
    private readonly int _first;
    private readonly float[] _scalars;
    private float _norm;

    /// <summary>Makes the update ready.</summary>
    /// <param name="device">Where it runs.</param>
    /// <param name="optimizer">The rule.</param>
    /// <param name="parameters">The parameters. Nothing else may read or write them during a step.</param>
    /// <param name="gradient">Their gradient, laid out alike; or of some that follow each other, which alone are changed.</param>
    /// <param name="maximumNorm">The largest norm the gradient keeps; null for no clipping.</param>
    /// <exception cref="ArgumentException">The gradient is not laid out as the parameters or a part of them.</exception>
    public OptimizerFunction(ExecutionDevice device, IOptimizer optimizer, StateVector parameters, StateVector gradient, double? maximumNorm)
        : this(device, optimizer, parameters, gradient, maximumNorm, Required(device).SharesHostMemory)
    {
    }

    internal OptimizerFunction(ExecutionDevice device, IOptimizer optimizer, StateVector parameters, StateVector gradient, double? maximumNorm, bool inPlace)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(gradient);
        _first = First(parameters, gradient);
        _optimizer = optimizer;
        _parameters = parameters;
        _gradient = gradient;
        _maximumNorm = (float?)maximumNorm;
        _scalars = new float[optimizer.ScalarCount];
        Shape whole = [gradient.Length];
        State = [.. optimizer.StateNames.Select(n => new StateVector(n, [(n, whole)], doubleBuffered: !inPlace))];
        if (!inPlace) _graph = new OptimizerGraph(device, optimizer, parameters, _first, gradient, State, maximumNorm);
    }

    /// <summary>The rule's state vectors, for checkpoints.</summary>
    public IReadOnlyList<StateVector> State { get; }

    /// <summary>Steps taken so far.</summary>
    public long Steps { get; set; }

    /// <summary>‖g‖ before clipping, of the latest step. Without clipping it may be computed only now: read it before the gradient changes.</summary>
    public float GradientNorm => _graph is not null ? _graph.GradientNorm : _maximumNorm is null ? Norm(_gradient.Values) : _norm;

    /// <summary>Takes one step.</summary>
    /// <param name="learningRate">The learning rate.</param>
    public void Step(double learningRate)
    {
        _optimizer.WriteScalars(++Steps, learningRate, _scalars);
        if (_graph is not null)
        {
            _graph.Run(_scalars);
            return;
        }

        float scale = 1;
        if (_maximumNorm is float maximum)
        {
            _norm = Norm(_gradient.Values);
            scale = MathF.Min(maximum / (_norm + 1e-6f), 1);
        }

        _optimizer.Step(Lanes(_parameters).Slice(_first / Vector<float>.Count, _gradient.Length / Vector<float>.Count), Lanes(_gradient), scale, State, _scalars);
    }

    /// <summary>Releases what was compiled and the rule's state.</summary>
    public void Dispose()
    {
        _graph?.Dispose();
        foreach (StateVector state in State) state.Dispose();
    }

    /// <summary>The current values of a state vector, whose length is a whole number of registers.</summary>
    internal static Span<Vector<float>> Lanes(StateVector vector) => MemoryMarshal.Cast<float, Vector<float>>(vector.Values);

    /// <summary>
    /// ‖x‖ of a state vector's values. The squares are added in the order of ONNX Runtime's ReduceSumSquare, two sums of four lanes, whatever the
    /// processor: the graph's result to the last bit.
    /// </summary>
    internal static float Norm(ReadOnlySpan<float> x)
    {
        ReadOnlySpan<Vector128<float>> lanes = MemoryMarshal.Cast<float, Vector128<float>>(x);
        Vector128<float> even = default, odd = default;
        for (int i = 0; i + 1 < lanes.Length; i += 2)
        {
            even += lanes[i] * lanes[i];
            odd += lanes[i + 1] * lanes[i + 1];
        }

        Vector128<float> sum = even + odd;
        return MathF.Sqrt(sum[0] + sum[2] + (sum[1] + sum[3]));
    }

    // Where the part of the parameters begins that the gradient is of.
    private static int First(StateVector parameters, StateVector gradient)
    {
        if (gradient.Length == parameters.Length) return 0;
        StateEntry[] part = [.. parameters.Entries.SkipWhile(e => e.Name != gradient.Entries[0].Name).Take(gradient.Entries.Count)];
        if (!part.Select(e => (e.Name, e.Shape.ElementCount)).SequenceEqual(gradient.Entries.Select(e => (e.Name, e.Shape.ElementCount))))
            throw new ArgumentException($"The gradient has {gradient.Length} elements, the parameters {parameters.Length}. Make both with the same entries, or the gradient with some that follow each other.", nameof(gradient));
        return part[0].Offset;
    }

    private static ExecutionDevice Required(ExecutionDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return device;
    }
}
