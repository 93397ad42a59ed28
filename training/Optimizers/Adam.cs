using System;
using System.Collections.Generic;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Optimizers;

/// <summary>
/// Adam (Kingma and Ba, arXiv:1412.6980), with decoupled weight decay as an option (Loshchilov and Hutter, arXiv:1711.05101):
/// m′ = β₁m + (1−β₁)g, v′ = β₂v + (1−β₂)g², p′ = p − α·m̂/(√v̂ + ε) − α·λ·p, m̂ = m′/(1−β₁ᵗ), v̂ = v′/(1−β₂ᵗ).
/// The state kept is m/(1−β₁) and v/(1−β₂): the same update with two operators fewer; the constants go into the step's scalars.
/// ε stands outside the root, as in the paper and PyTorch.
/// </summary>
/// <param name="Beta1">β₁</param>
/// <param name="Beta2">β₂</param>
/// <param name="Epsilon">ε</param>
/// <param name="WeightDecay">λ; 0 for none.</param>
public sealed record Adam(double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8, double WeightDecay = 0) : IOptimizer
{
    /// <inheritdoc/>
    public IReadOnlyList<string> StateNames { get; } = ["adam_m", "adam_v"];

    /// <inheritdoc/>
    public int ScalarCount => 3;

    /// <inheritdoc/>
    public void WriteScalars(long step, double learningRate, Span<float> scalars)
    {
        // √v̂ = √V·r with V = v′/(1−β₂), so m̂/(√v̂ + ε) = M·(1−β₁)/(1−β₁ᵗ)/r / (√V + ε/r).
        double root = Math.Sqrt((1 - Beta2) / (1 - Math.Pow(Beta2, step)));
        scalars[0] = (float)(-learningRate * (1 - Beta1) / (1 - Math.Pow(Beta1, step)) / root);
        scalars[1] = (float)(Epsilon / root);
        scalars[2] = (float)(1 - (learningRate * WeightDecay));
    }

    /// <inheritdoc/>
    public (Tensor Parameters, Tensor[] State) Step(Tensor parameters, Tensor gradient, Tensor gradientScale, IReadOnlyList<Tensor> state, IReadOnlyList<Tensor> scalars)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(scalars);
        Tensor scaled = gradient * gradientScale;
        Tensor m = (state[0] * Beta1) + scaled;
        Tensor v = (state[1] * Beta2) + Op.Square(scaled);
        Tensor step = m / (Op.Sqrt(v) + scalars[1]);
        Tensor kept = WeightDecay == 0 ? parameters : parameters * scalars[2];
        return (kept + (step * scalars[0]), [m, v]);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Step(
        Span<Vector<float>> parameters, ReadOnlySpan<Vector<float>> gradient, float gradientScale, IReadOnlyList<StateVector> state, int start,
        ReadOnlySpan<float> scalars)
    {
        ArgumentNullException.ThrowIfNull(state);

        // Roots and quotients take most of the time, and half as much in the widest registers; where there are none, as much as in the others. One length for
        // all, so that the loop needs no checks.
        Span<Vector512<float>> p = MemoryMarshal.Cast<Vector<float>, Vector512<float>>(parameters);
        Span<Vector512<float>> m = State(state[0], start, parameters.Length)[..p.Length], v = State(state[1], start, parameters.Length)[..p.Length];
        ReadOnlySpan<Vector512<float>> g = MemoryMarshal.Cast<Vector<float>, Vector512<float>>(gradient)[..p.Length];
        float beta1 = (float)Beta1, beta2 = (float)Beta2, rate = scalars[0], kept = WeightDecay == 0 ? 1 : scalars[2];
        Vector512<float> epsilon = Vector512.Create(scalars[1]);
        for (int i = 0; i < p.Length; i++)
        {
            Vector512<float> scaled = g[i] * gradientScale;
            Vector512<float> first = (m[i] * beta1) + scaled, second = (v[i] * beta2) + (scaled * scaled);
            m[i] = first;
            v[i] = second;
            p[i] = (p[i] * kept) + (first / (Vector512.Sqrt(second) + epsilon) * rate);
        }
    }

    private static Span<Vector512<float>> State(StateVector vector, int start, int length) =>
        MemoryMarshal.Cast<Vector<float>, Vector512<float>>(OptimizerFunction.Lanes(vector).Slice(start, length));
}
