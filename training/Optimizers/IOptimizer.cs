using System;
using System.Collections.Generic;
using System.Numerics;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;

namespace Pipeline.Training.Optimizers;

/// <summary>
/// A first-order update rule on flat vectors: p the parameters, g their gradient, and the rule's own state vectors. It is written twice, as symbolic
/// mathematics and as a pass over host memory, with the same operations in the same order: the results are equal to the last bit.
/// </summary>
public interface IOptimizer
{
    /// <summary>Names of the state vectors, each as long as p and starting at zero.</summary>
    IReadOnlyList<string> StateNames { get; }

    /// <summary>Number of scalars that differ from step to step (learning rate, bias corrections).</summary>
    int ScalarCount { get; }

    /// <summary>Writes the scalars of a step.</summary>
    /// <param name="step">The step, from 1.</param>
    /// <param name="learningRate">The learning rate of this step.</param>
    /// <param name="scalars">Receives <see cref="ScalarCount"/> numbers.</param>
    void WriteScalars(long step, double learningRate, Span<float> scalars);

    /// <summary>The update.</summary>
    /// <param name="parameters">p, [n]</param>
    /// <param name="gradient">g, [n]</param>
    /// <param name="gradientScale">[1]: what g is multiplied by first (norm clipping).</param>
    /// <param name="state">The state vectors, [n] each.</param>
    /// <param name="scalars">The scalars, [1] each.</param>
    /// <returns>The new p and the new state.</returns>
    (Tensor Parameters, Tensor[] State) Step(Tensor parameters, Tensor gradient, Tensor gradientScale, IReadOnlyList<Tensor> state, IReadOnlyList<Tensor> scalars);

    /// <summary>The update of a part of p in host memory: it and the current copy of the state are changed in place.</summary>
    /// <param name="parameters">The part of p, as registers: a whole number of 16 floats, as all parts of state vectors are.</param>
    /// <param name="gradient">The same part of g.</param>
    /// <param name="gradientScale">What g is multiplied by first (norm clipping).</param>
    /// <param name="state">The state vectors, whole.</param>
    /// <param name="start">The part's first register in the whole vectors.</param>
    /// <param name="scalars">The scalars.</param>
    void Step(
        Span<Vector<float>> parameters, ReadOnlySpan<Vector<float>> gradient, float gradientScale, IReadOnlyList<StateVector> state, int start,
        ReadOnlySpan<float> scalars);
}
