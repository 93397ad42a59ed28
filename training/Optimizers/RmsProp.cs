using System;
using System.Collections.Generic;
using System.Numerics;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Optimizers;

/// <summary>
/// RMSProp (Tieleman and Hinton, 2012): v′ = ρv + (1−ρ)g², p′ = p − α·g/(√v′ + ε). Where libraries differ, this is PyTorch's
/// (ε outside the root, v starting at 0); <see cref="EpsilonInsideRoot"/> gives g/√(v′ + ε), TensorFlow 1's form.
/// </summary>
/// <param name="Decay">ρ</param>
/// <param name="Epsilon">ε</param>
/// <param name="EpsilonInsideRoot">Whether ε is added under the root.</param>
public sealed record RmsProp(double Decay = 0.99, double Epsilon = 1e-8, bool EpsilonInsideRoot = false) : IOptimizer
{
    /// <inheritdoc/>
    public IReadOnlyList<string> StateNames { get; } = ["rmsprop_v"];

    /// <inheritdoc/>
    public int ScalarCount => 1;

    /// <inheritdoc/>
    public void WriteScalars(long step, double learningRate, Span<float> scalars) => scalars[0] = (float)-learningRate;

    /// <inheritdoc/>
    public (Tensor Parameters, Tensor[] State) Step(Tensor parameters, Tensor gradient, Tensor gradientScale, IReadOnlyList<Tensor> state, IReadOnlyList<Tensor> scalars)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(scalars);
        Tensor scaled = gradient * gradientScale;
        Tensor v = (state[0] * Decay) + (Op.Square(scaled) * (1 - Decay));
        Tensor root = EpsilonInsideRoot ? Op.Sqrt(v + Epsilon) : Op.Sqrt(v) + Epsilon;
        return (parameters + (scaled / root * scalars[0]), [v]);
    }

    /// <inheritdoc/>
    public void Step(
        Span<Vector<float>> parameters, ReadOnlySpan<Vector<float>> gradient, float gradientScale, IReadOnlyList<StateVector> state, int start,
        ReadOnlySpan<float> scalars)
    {
        ArgumentNullException.ThrowIfNull(state);
        int n = parameters.Length;
        Span<Vector<float>> p = parameters[..n], v = OptimizerFunction.Lanes(state[0]).Slice(start, n);
        ReadOnlySpan<Vector<float>> g = gradient[..n];
        float decay = (float)Decay, fresh = (float)(1 - Decay), rate = scalars[0];
        var epsilon = new Vector<float>((float)Epsilon);
        for (int i = 0; i < n; i++)
        {
            Vector<float> scaled = g[i] * gradientScale;
            Vector<float> square = (v[i] * decay) + (scaled * scaled * fresh);
            Vector<float> root = EpsilonInsideRoot ? Vector.SquareRoot(square + epsilon) : Vector.SquareRoot(square) + epsilon;
            v[i] = square;
            p[i] += scaled / root * rate;
        }
    }
}
