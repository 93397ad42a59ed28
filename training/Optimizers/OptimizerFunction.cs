using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;

namespace Pipeline.Training.Optimizers;

/// <summary>
/// An optimizer made ready for a vector of parameters, with clipping of the gradient's global norm before it:
/// g ← g · min(1, maximum / (‖g‖ + 1e-6)), as PyTorch's clip_grad_norm_.
/// Where graphs work in host memory a step is one pass that changes the current copies in place, long vectors in pieces on as many threads as the
/// device has; elsewhere it is a graph. Both give the same bits, save that a norm which is only reported is summed piece by piece.
/// </summary>
public sealed class OptimizerFunction : IPieces, IDisposable
{
    private readonly IOptimizer _optimizer;
    private readonly StateVector _parameters;
    private readonly StateVector _gradient;
    private readonly StateVector[] _others;
    private readonly float? _maximumNorm;
    private readonly OptimizerGraph? _graph;
    private readonly int _first;
    private readonly bool _sharesState;
    private readonly float[] _scalars;
    private readonly float[] _squares;
    private readonly int _threads;
    private Phase _phase;
    private float _scale;

    /// <summary>Makes the update ready.</summary>
    /// <param name="device">Where it runs.</param>
    /// <param name="optimizer">The rule.</param>
    /// <param name="parameters">The parameters. Nothing else may read or write them during a step.</param>
    /// <param name="gradient">Their gradient, laid out alike; or of some that follow each other, which alone are changed.</param>
    /// <param name="maximumNorm">The largest norm the gradient keeps; null for no clipping.</param>
    /// <param name="others">Gradients of further parts of a batch: a step is by the mean of all, which <paramref name="gradient"/> then holds.</param>
    /// <exception cref="ArgumentException">A gradient is not laid out as the parameters or a part of them.</exception>
    public OptimizerFunction(
        ExecutionDevice device, IOptimizer optimizer, StateVector parameters, StateVector gradient, double? maximumNorm, params StateVector[] others)
        : this(device, optimizer, parameters, gradient, maximumNorm, Required(device).SharesHostMemory, others)
    {
    }

    /// <summary>Makes an update ready that shares the rule's state with another one. Both may step at the same time, in host memory only: see <see cref="Step"/>.</summary>
    internal OptimizerFunction(ExecutionDevice device, OptimizerFunction shared, StateVector gradient, double? maximumNorm)
        : this(device, shared._optimizer, shared._parameters, gradient, maximumNorm, inPlace: true)
    {
        foreach (StateVector own in State) own.Dispose();
        State = shared.State;
        _sharesState = true;
    }

    internal OptimizerFunction(
        ExecutionDevice device, IOptimizer optimizer, StateVector parameters, StateVector gradient, double? maximumNorm, bool inPlace, params StateVector[] others)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(gradient);
        ArgumentNullException.ThrowIfNull(others);
        _first = First(parameters, gradient);
        if (others.FirstOrDefault(g => g.Length != gradient.Length) is StateVector wrong)
            throw new ArgumentException($"A gradient of {wrong.Length} elements is to be averaged with one of {gradient.Length}. Make both with the same entries.", nameof(others));
        _optimizer = optimizer;
        _parameters = parameters;
        _gradient = gradient;
        _others = [.. others];
        _threads = device.Threads;
        _squares = new float[VectorPieces.Count(gradient.Length)];
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

    /// <summary>‖g‖ before clipping, of the latest step.</summary>
    public float GradientNorm { get; private set; }

    /// <summary>
    /// Takes one step. Steps of several threads on the same parameters at the same time need no lock (Niu et al., arXiv:1106.5730): each number is
    /// read and written whole, and now and then the change of one of them is lost.
    /// </summary>
    /// <param name="learningRate">The learning rate.</param>
    public void Step(double learningRate)
    {
        _optimizer.WriteScalars(++Steps, learningRate, _scalars);
        if (_graph is not null)
        {
            if (_others.Length > 0) Run(Phase.Average);
            _graph.Run(_scalars);
            GradientNorm = _graph.GradientNorm;
            return;
        }

        _scale = 1;
        if (_maximumNorm is null)
        {
            Run(Phase.Whole);
            float squares = 0;
            foreach (float square in _squares) squares += square;
            GradientNorm = MathF.Sqrt(squares);
            return;
        }

        if (_others.Length > 0) Run(Phase.Average);
        GradientNorm = Norm(_gradient.Values);
        _scale = ClippingScale(_maximumNorm, GradientNorm);
        Run(Phase.Update);
    }

    void IPieces.Do(int piece)
    {
        (int start, int length) = VectorPieces.Of(piece, _gradient.Length);
        if (_phase != Phase.Update)
        {
            // Their mean: of the first, then the first two, and so on.
            for (int i = 0; i < _others.Length; i++) Polyak.Average(_gradient.Values.Slice(start, length), _others[i].Values.Slice(start, length), 1.0 / (i + 2));
        }

        if (_phase == Phase.Whole) _squares[piece] = SumOfSquares(_gradient.Values.Slice(start, length));
        if (_phase == Phase.Average) return;
        int first = start / Vector<float>.Count, count = length / Vector<float>.Count;
        _optimizer.Step(Lanes(_parameters).Slice((_first / Vector<float>.Count) + first, count), Lanes(_gradient).Slice(first, count), _scale, State, first, _scalars);
    }

    /// <summary>Releases what was compiled and the rule's state.</summary>
    public void Dispose()
    {
        _graph?.Dispose();
        if (_sharesState) return;
        foreach (StateVector state in State) state.Dispose();
    }

    /// <summary>The current values of a state vector, whose length is a whole number of registers.</summary>
    internal static Span<Vector<float>> Lanes(StateVector vector) => MemoryMarshal.Cast<float, Vector<float>>(vector.Values);

    /// <summary>What a gradient is multiplied by so that its norm stays within a largest one; 1 where there is none.</summary>
    internal static float ClippingScale(float? maximumNorm, float norm) => maximumNorm is float maximum ? MathF.Min(maximum / (norm + 1e-6f), 1) : 1;

    /// <summary>
    /// ‖x‖ of a state vector's values. The squares are added in the order of ONNX Runtime's ReduceSumSquare, two sums of four lanes, whatever the
    /// processor: the graph's result to the last bit.
    /// </summary>
    internal static float Norm(ReadOnlySpan<float> x) => MathF.Sqrt(SumOfSquares(x));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float SumOfSquares(ReadOnlySpan<float> x)
    {
        ReadOnlySpan<Vector128<float>> lanes = MemoryMarshal.Cast<float, Vector128<float>>(x);
        Vector128<float> even = default, odd = default;
        for (int i = 0; i + 1 < lanes.Length; i += 2)
        {
            even += lanes[i] * lanes[i];
            odd += lanes[i + 1] * lanes[i + 1];
        }

        Vector128<float> sum = even + odd;
        return sum[0] + sum[2] + (sum[1] + sum[3]);
    }

    private void Run(Phase phase)
    {
        _phase = phase;
        VectorPieces.Run(_threads, _gradient.Length, this);
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

    private enum Phase
    {
        /// <summary>The gradients' mean alone.</summary>
        Average,

        /// <summary>The update alone.</summary>
        Update,

        /// <summary>The mean, its square and the update, where no norm has to be known before the update.</summary>
        Whole,
    }
}
