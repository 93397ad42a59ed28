using System.Collections.Generic;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Networks;

/// <summary>
/// A long short-term memory cell (Hochreiter and Schmidhuber, 1997, with the forget gate of Gers et al., 2000):
/// i, f, o = σ(W·x + U·h + b), g = tanh(W·x + U·h + b), c′ = f∘c + i∘g, h′ = o∘tanh(c′).
/// The rows of the four gates are in the order i, f, o, g: PyTorch's order is i, f, g, o.
/// </summary>
public sealed class Lstm : RecurrentCell
{
    /// <summary>
    /// Declares the cell's parameters: weights orthogonal, biases zero, save that each unit's forget gate starts at ln(s − 1) and its input gate at the opposite,
    /// for a span of s steps that it remembers over (Tallec and Ollivier, arXiv:1804.11188; there s is uniform). PyTorch starts them around zero, a span of 2.
    /// </summary>
    /// <param name="parameters">Where they are declared.</param>
    /// <param name="name">The cell's name.</param>
    /// <param name="inputs">Number of inputs.</param>
    /// <param name="size">H, the size of h and of c.</param>
    /// <param name="span">The longest span; the units' are log-uniform from 2 to it.</param>
    public Lstm(ParameterSet parameters, string name, int inputs, int size, int span = 2)
        : base(parameters, name, inputs, size, gates: 4, ["h", "c"], recurrentBias: false, bias: (random, _, values) =>
        {
            Spans(random, span, values.Slice(size, size));
            for (int i = 0; i < size; i++) values[i] = -values[size + i];
        })
    {
    }

    private protected override Tensor[] Next(Tensor[] inputGates, Tensor[] recurrentGates, IReadOnlyList<Tensor> state)
    {
        Tensor Gate(int gate) => inputGates[gate] + recurrentGates[gate];
        Tensor c = (Op.Sigmoid(Gate(1)) * state[1]) + (Op.Sigmoid(Gate(0)) * Op.Tanh(Gate(3)));
        return [Op.Sigmoid(Gate(2)) * Op.Tanh(c), c];
    }

    private protected override ColumnStep Advance(Tensor inputGates, Tensor recurrent, Tensor? recurrentBias, Tensor[] state)
    {
        Tensor old = state[1], gates = Op.MatMul(recurrent, state[0]) + inputGates;
        Tensor[] kinds = Op.Split(gates, 0, 3 * Size, Size);
        Tensor open = Op.Sigmoid(kinds[0]), g = Op.Tanh(kinds[1]);
        Tensor[] parts = Op.Split(open, 0, Size, Size, Size);
        (Tensor i, Tensor f, Tensor o) = (parts[0], parts[1], parts[2]);
        Tensor added = i * g;
        Tensor c = (f * old) + added;
        Tensor squashed = Op.Tanh(c), h = o * squashed;
        return new ColumnStep([h, c], state =>
        {
            // o·(1 − tanh² c′) = o − h′·tanh c′, and i·(1 − g²) = i − i·g·g.
            Tensor dh = state[0]!, dc = dh * (o - (h * squashed));
            if (state[1] is Tensor later) dc += later;
            Tensor slopes = Op.Concat([open - (open * open), i - (added * g)], 0);
            Tensor dGates = Op.Concat([dc * g, dc * old, dh * squashed, dc], 0) * slopes;
            return new ColumnGradient(dGates, dGates, [null, dc * f]);
        });
    }
}
