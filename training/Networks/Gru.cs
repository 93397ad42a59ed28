using System.Collections.Generic;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Networks;

/// <summary>
/// A gated recurrent unit (Cho et al., arXiv:1406.1078) as PyTorch and cuDNN have it, the reset gate behind the recurrent product:
/// r, z = σ(W·x + U·h + b), n = tanh(W·x + b + r∘(U·h + b′)), h′ = n + z∘(h − n). The rows of the gates are in the order r, z, n.
/// </summary>
public sealed class Gru : RecurrentCell
{
    /// <summary>Declares the cell's parameters: weights orthogonal, biases zero, save that each unit's update gate z starts at ln(s − 1), for a span of s steps that it remembers over.</summary>
    /// <param name="parameters">Where they are declared.</param>
    /// <param name="name">The cell's name.</param>
    /// <param name="inputs">Number of inputs.</param>
    /// <param name="size">H, the size of h.</param>
    /// <param name="span">The longest span; the units' are log-uniform from 2 to it.</param>
    public Gru(ParameterSet parameters, string name, int inputs, int size, int span = 2)
        : base(parameters, name, inputs, size, gates: 3, ["h"], recurrentBias: true, bias: (random, _, values) => Spans(random, span, values.Slice(size, size)))
    {
    }

    private protected override Tensor[] Next(Tensor[] inputGates, Tensor[] recurrentGates, IReadOnlyList<Tensor> state)
    {
        Tensor r = Op.Sigmoid(inputGates[0] + recurrentGates[0]), z = Op.Sigmoid(inputGates[1] + recurrentGates[1]);
        Tensor n = Op.Tanh(inputGates[2] + (r * recurrentGates[2]));
        return [n + (z * (state[0] - n))];
    }

    private protected override ColumnStep Advance(Tensor inputGates, Tensor recurrent, Tensor? recurrentBias, Tensor[] state)
    {
        Tensor old = state[0];
        Tensor[] inputs = Op.Split(inputGates, 0, 2 * Size, Size), weights = Op.Split(recurrent, 0, 2 * Size, Size);
        Tensor open = Op.Sigmoid(Op.MatMul(weights[0], old) + inputs[0]);
        Tensor[] parts = Op.Split(open, 0, Size, Size);
        (Tensor r, Tensor z) = (parts[0], parts[1]);
        Tensor proposed = Op.MatMul(weights[1], old) + recurrentBias!;
        Tensor n = Op.Tanh(inputs[1] + (r * proposed)), apart = old - n;
        return new ColumnStep([n + (z * apart)], state =>
        {
            Tensor dh = state[0]!, kept = dh * z, dn = (dh - kept) * (1 - (n * n));
            Tensor dOpen = Op.Concat([dn * proposed, dh * apart], 0) * (open - (open * open));
            return new ColumnGradient(Op.Concat([dOpen, dn], 0), Op.Concat([dOpen, dn * r], 0), [kept]);
        });
    }
}
