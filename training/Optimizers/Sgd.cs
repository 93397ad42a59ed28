using System;
using System.Collections.Generic;
using System.Numerics;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;

namespace Pipeline.Training.Optimizers;

/// <summary>Gradient descent with momentum, as PyTorch has it: b′ = μb + g, p′ = p − α·b′. With μ = 0 it keeps no state.</summary>
/// <param name="Momentum">μ</param>
public sealed record Sgd(double Momentum = 0) : IOptimizer
{
    /// <inheritdoc/>
    public IReadOnlyList<string> StateNames => Momentum == 0 ? [] : ["sgd_momentum"];

    /// <inheritdoc/>
    public int ScalarCount => 1;

    /// <inheritdoc/>
    public void WriteScalars(long step, double learningRate, Span<float> scalars) => scalars[0] = (float)-learningRate;

    /// <inheritdoc/>
    public (Tensor Parameters, Tensor[] State) Step(Tensor parameters, Tensor gradient, Tensor gradientScale, IReadOnlyList<Tensor> state, IReadOnlyList<Tensor> scalars)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(scalars);
        Tensor direction = gradient * gradientScale;
        if (Momentum == 0) return (parameters + (direction * scalars[0]), []);
        Tensor velocity = (state[0] * Momentum) + direction;
        return (parameters + (velocity * scalars[0]), [velocity]);
    }

    /// <inheritdoc/>
    public void Step(
        Span<Vector<float>> parameters, ReadOnlySpan<Vector<float>> gradient, float gradientScale, IReadOnlyList<StateVector> state, int start,
        ReadOnlySpan<float> scalars)
    {
        ArgumentNullException.ThrowIfNull(state);
        int n = parameters.Length;
        Span<Vector<float>> p = parameters[..n], b = Momentum == 0 ? p : OptimizerFunction.Lanes(state[0]).Slice(start, n);
        ReadOnlySpan<Vector<float>> g = gradient[..n];
        float momentum = (float)Momentum, rate = scalars[0];
        for (int i = 0; i < n; i++)
        {
            Vector<float> velocity = g[i] * gradientScale;
            if (Momentum != 0) b[i] = velocity = (b[i] * momentum) + velocity;
            p[i] += velocity * rate;
        }
    }
}
