using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Networks;

/// <summary>
/// A long short-term memory cell (Hochreiter and Schmidhuber, 1997, with the forget gate of Gers et al., 2000):
/// i, f, o = σ(x·W + h·U + b), g = tanh(x·W + h·U + b), c′ = f∘c + i∘g, h′ = o∘tanh(c′).
/// One matrix holds the four gates, in the order i, f, g, o.
/// </summary>
public sealed class Lstm
{
    private readonly Parameter _input;
    private readonly Parameter _recurrent;
    private readonly Parameter _bias;

    /// <summary>Declares the cell's parameters: weights orthogonal, biases zero.</summary>
    /// <param name="parameters">Where they are declared.</param>
    /// <param name="name">The cell's name.</param>
    /// <param name="inputs">Number of inputs.</param>
    /// <param name="size">H, the size of h and of c.</param>
    public Lstm(ParameterSet parameters, string name, int inputs, int size)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        Size = size;
        _input = parameters.Add($"{name}.input", [inputs, 4 * size], Initializers.Orthogonal(1));
        _recurrent = parameters.Add($"{name}.recurrent", [size, 4 * size], Initializers.Orthogonal(1));
        _bias = parameters.Add($"{name}.bias", [1, 4 * size], Initializers.Constant(0));
    }

    /// <summary>H, the size of h and of c.</summary>
    public int Size { get; }

    /// <summary>One step.</summary>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="x">[B, inputs]</param>
    /// <param name="h">[B, H]</param>
    /// <param name="c">[B, H]</param>
    /// <returns>h′ and c′, each [B, H].</returns>
    public (Tensor H, Tensor C) Step(ParameterScope scope, Tensor x, Tensor h, Tensor c)
    {
        ArgumentNullException.ThrowIfNull(scope);
        return Advance(scope, Op.MatMul(x, scope[_input]) + scope[_bias], h, c);
    }

    /// <summary>Steps over time. Before each step the state is multiplied by that step's <paramref name="keep"/>, so that an episode starts from zeros.</summary>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="x">[T, B, inputs], T known.</param>
    /// <param name="h">[B, H], the state before the first step.</param>
    /// <param name="c">[B, H], the state before the first step.</param>
    /// <param name="keep">[T, B, 1]: 0 where the step is the first of an episode, otherwise 1; null where there is none.</param>
    /// <returns>All h′, [T, B, H], and the state after the last step.</returns>
    public (Tensor Outputs, Tensor H, Tensor C) Unroll(ParameterScope scope, Tensor x, Tensor h, Tensor c, Tensor? keep = null)
    {
        ArgumentNullException.ThrowIfNull(scope);
        ArgumentNullException.ThrowIfNull(x);
        // The inputs' share of the gates does not depend on the state: one product for all steps.
        Tensor gates = Op.MatMul(x, scope[_input]) + scope[_bias];
        var outputs = new List<Tensor>();
        for (long t = 0; t < x.Shape[0].Value; t++)
        {
            if (keep is not null)
            {
                Tensor kept = At(keep, t);
                (h, c) = (h * kept, c * kept);
            }

            (h, c) = Advance(scope, At(gates, t), h, c);
            outputs.Add(Op.Reshape(h, h.Shape.Insert(0, 1)));
        }

        return (Op.Concat(outputs, 0), h, c);
    }

    private (Tensor H, Tensor C) Advance(ParameterScope scope, Tensor inputGates, Tensor h, Tensor c)
    {
        Tensor gates = inputGates + Op.MatMul(h, scope[_recurrent]);
        Tensor[] parts = Op.Split(gates, -1, [.. Enumerable.Repeat((long)Size, 4)]);
        Tensor next = (Op.Sigmoid(parts[1]) * c) + (Op.Sigmoid(parts[0]) * Op.Tanh(parts[2]));
        return (Op.Sigmoid(parts[3]) * Op.Tanh(next), next);
    }

    private static Tensor At(Tensor sequence, long t) => Op.Reshape(Op.Slice(sequence, 0, t, t + 1), sequence.Shape.Without(0));
}
