using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Contracts;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Networks;

/// <summary>
/// A recurrent layer. One step takes x and the state to the new state, whose first part h is the output. Weights are laid out as PyTorch's are: the
/// rows of each gate one after another. B is the batch, H the size, G the number of gates.
/// </summary>
/// <remarks>
/// Unrolled over time everything is kept in columns, [rows of gates, B]: gates are then contiguous, a step's product multiplies a long matrix with a
/// narrow one, and its gradient is written out, so that the weights' gradients are one product over all steps instead of one a step.
/// </remarks>
public abstract class RecurrentCell
{
    private readonly Parameter _input;
    private readonly Parameter _recurrent;
    private readonly Parameter _bias;
    private readonly Parameter? _recurrentBias;
    private readonly int _gates;

    /// <summary>Declares the cell's parameters: weights orthogonal, biases zero, or as they are given.</summary>
    /// <param name="parameters">Where they are declared.</param>
    /// <param name="name">The cell's name.</param>
    /// <param name="inputs">Number of inputs.</param>
    /// <param name="size">H</param>
    /// <param name="gates">G</param>
    /// <param name="parts">The names of the state's parts.</param>
    /// <param name="recurrentBias">Whether the last gate's product with h has a bias of its own.</param>
    /// <param name="bias">How the biases start; zero where none is given.</param>
    private protected RecurrentCell(
        ParameterSet parameters, string name, int inputs, int size, int gates, IReadOnlyList<string> parts, bool recurrentBias, Initializer? bias = null)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        (Inputs, Size, _gates, Parts) = (inputs, size, gates, parts);
        _input = parameters.Add($"{name}.input", [gates * size, inputs], Initializers.Orthogonal(1));
        _recurrent = parameters.Add($"{name}.recurrent", [gates * size, size], Initializers.Orthogonal(1));
        _bias = parameters.Add($"{name}.bias", [gates * size, 1], bias ?? Initializers.Constant(0));
        if (recurrentBias) _recurrentBias = parameters.Add($"{name}.recurrent_bias", [size, 1], Initializers.Constant(0));
    }

    /// <summary>Number of inputs.</summary>
    public int Inputs { get; }

    /// <summary>H, the size of the output and of each part of the state.</summary>
    public int Size { get; }

    /// <summary>The names of the state's parts, the output first.</summary>
    public IReadOnlyList<string> Parts { get; }

    /// <summary>One step.</summary>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="x">[B, inputs]</param>
    /// <param name="state">Each part [B, H].</param>
    /// <returns>The new state, each part [B, H]; the first is the output.</returns>
    public Tensor[] Step(ParameterScope scope, Tensor x, IReadOnlyList<Tensor> state)
    {
        ArgumentNullException.ThrowIfNull(scope);
        ArgumentNullException.ThrowIfNull(state);
        Tensor inputGates = Op.MatMul(x, scope[_input], false, true) + Row(scope[_bias]);
        Tensor recurrentGates = Op.MatMul(state[0], scope[_recurrent], false, true);
        Tensor[] gates = Op.Split(recurrentGates, 1, [.. Enumerable.Repeat((long)Size, _gates)]);
        if (_recurrentBias is not null) gates[^1] += Row(scope[_recurrentBias]);
        return Next(Op.Split(inputGates, 1, [.. Enumerable.Repeat((long)Size, _gates)]), gates, state);
    }

    /// <summary>Steps over time. Before each step the state is multiplied by that step's <paramref name="keep"/>, so that an episode starts from zeros.</summary>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="x">[T·B, inputs], step after step.</param>
    /// <param name="state">The state before the first step, each part [B, H]; B known.</param>
    /// <param name="keep">[T·B, 1]: 0 where the step is the first of an episode, otherwise 1; null where there is none.</param>
    /// <returns>The outputs, [T·B, H]. Their gradient does not go to <paramref name="keep"/>.</returns>
    public Tensor Unroll(ParameterScope scope, Tensor x, IReadOnlyList<Tensor> state, Tensor? keep = null)
    {
        ArgumentNullException.ThrowIfNull(scope);
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(state);
        return new Unrolled(this, scope, x, state, keep).Outputs;
    }

    /// <summary>The new state from a step's gates, given one by one.</summary>
    private protected abstract Tensor[] Next(Tensor[] inputGates, Tensor[] recurrentGates, IReadOnlyList<Tensor> state);

    /// <summary>One step in columns.</summary>
    /// <param name="inputGates">[G·H, B]: the inputs' share of the gates, with the bias.</param>
    /// <param name="recurrent">[G·H, H]</param>
    /// <param name="recurrentBias">[H, 1], or null.</param>
    /// <param name="state">Each part [H, B].</param>
    private protected abstract ColumnStep Advance(Tensor inputGates, Tensor recurrent, Tensor? recurrentBias, Tensor[] state);

    /// <summary>Draws ln(s − 1) for spans s that are log-uniform from 2 steps to the longest.</summary>
    private protected static void Spans(RandomGenerator random, int longest, Span<float> values)
    {
        foreach (ref float value in values) value = (float)Math.Log(Math.Exp(random.NextDouble(Math.Log(2), Math.Log(Math.Max(2, longest)))) - 1);
    }

    private static Tensor Row(Tensor column) => Op.Reshape(column, [1, column.Shape[0]]);

    /// <summary>A step in columns, and its derivatives.</summary>
    /// <param name="State">The new state, each part [H, B].</param>
    /// <param name="Backward">From the derivatives for the new state: those for the gates and for the old state, as far as it does not go through the recurrent product; null for none.</param>
    private protected sealed record ColumnStep(Tensor[] State, Func<Tensor?[], ColumnGradient> Backward);

    /// <summary>The derivatives of a step: for the inputs' share of the gates and for the product with h, [G·H, B] each; for the old state, each part [H, B].</summary>
    private protected sealed record ColumnGradient(Tensor InputGates, Tensor RecurrentGates, Tensor?[] State);

    private sealed class Unrolled
    {
        private readonly RecurrentCell _cell;
        private readonly ParameterScope _scope;
        private readonly Tensor _inputs;
        private readonly Tensor _recurrent;
        private readonly long _batch;
        private readonly long _steps;
        private readonly Tensor?[] _keeps;
        private readonly Tensor[] _kept;
        private readonly ColumnStep[] _trace;

        public Unrolled(RecurrentCell cell, ParameterScope scope, Tensor x, IReadOnlyList<Tensor> state, Tensor? keep)
        {
            (_cell, _scope) = (cell, scope);
            _recurrent = scope[cell._recurrent];
            _batch = state[0].Shape[0].Value;
            _steps = x.Shape[0].Value / _batch;
            if (_steps * _batch != x.Shape[0].Value) throw new ArgumentException($"{x.Shape[0].Value} rows are no whole number of steps of {_batch} sequences.", nameof(x));

            // The bias is the weight of an input that is always 1: adding a column to all steps costs more than a longer product.
            _inputs = Op.Concat([x, x.Graph.Constant([.. Enumerable.Repeat(1f, (int)x.Shape[0].Value)], [x.Shape[0], 1])], 1);
            Tensor weights = Op.Concat([scope[cell._input], scope[cell._bias]], 1);
            Tensor columns = Op.Transpose(Op.Reshape(_inputs, [_steps, _batch, cell.Inputs + 1]), [0, 2, 1]);
            Tensor[] inputGates = Steps(Op.MatMul(weights, columns), cell._gates * cell.Size);
            _keeps = keep is null ? new Tensor?[_steps] : Steps(Op.MatMul(Ones(x.Graph, cell.Size), Op.Reshape(keep, [_steps, 1, _batch])), cell.Size);
            Tensor? recurrentBias = cell._recurrentBias is null ? null : scope[cell._recurrentBias];
            _kept = new Tensor[_steps];
            _trace = new ColumnStep[_steps];
            Tensor[] current = [.. state.Select(s => Op.Transpose(s, [1, 0]))];
            for (long t = 0; t < _steps; t++)
            {
                if (_keeps[t] is Tensor kept) current = [.. current.Select(s => s * kept)];
                _kept[t] = current[0];
                _trace[t] = cell.Advance(inputGates[t], _recurrent, recurrentBias, current);
                current = _trace[t].State;
            }

            Tensor outputs = Op.Concat([.. _trace.Select(s => s.State[0])], 0);
            Tensor[] functionOf = [x, scope[cell._input], _recurrent, scope[cell._bias], .. state];
            if (recurrentBias is not null) functionOf = [.. functionOf, recurrentBias];
            Outputs = Rows(Op.WithGradient("Unroll", outputs, functionOf, Backward), cell.Size);
        }

        public Tensor Outputs { get; }

        // Truncated at the first step, whose state is a function of nothing before it.
        private Tensor?[] Backward(Tensor gradient)
        {
            Tensor[] outputs = Op.Split(gradient, 0, [.. Enumerable.Repeat((long)_cell.Size, (int)_steps)]);
            Tensor transposed = Transposed(_recurrent);
            var steps = new ColumnGradient[_steps];
            Tensor?[] state = new Tensor?[_cell.Parts.Count];
            for (long t = _steps - 1; t >= 0; t--)
            {
                state[0] = state[0] is Tensor later ? later + outputs[t] : outputs[t];
                ColumnGradient step = steps[t] = _trace[t].Backward(state);
                Tensor through = Op.MatMul(transposed, step.RecurrentGates);
                state = [.. step.State];
                state[0] = state[0] is Tensor direct ? direct + through : through;
                if (_keeps[t] is Tensor keep) state = [.. state.Select(s => s is null ? null : s * keep)];
            }

            Tensor inputGates = Op.Concat([.. steps.Select(s => s.InputGates)], 1);
            Tensor recurrentGates = Op.Concat([.. steps.Select(s => s.RecurrentGates)], 1);
            Tensor weights = Op.MatMul(inputGates, _inputs);
            Tensor x = Op.MatMul(inputGates, _scope[_cell._input], true, false);
            var gradients = new List<Tensor?>
            {
                x,
                Op.Slice(weights, 1, 0, _cell.Inputs),
                Op.MatMul(recurrentGates, Op.Concat(_kept, 1), false, true),
                Op.Slice(weights, 1, _cell.Inputs, _cell.Inputs + 1),
            };
            gradients.AddRange(state.Select(s => s is null ? null : Op.Transpose(s, [1, 0])));
            if (_cell._recurrentBias is not null)
            {
                Tensor last = Op.Slice(recurrentGates, 0, (_cell._gates - 1) * _cell.Size, _cell._gates * _cell.Size);
                gradients.Add(Op.MatMul(last, Ones(gradient.Graph, (int)(_steps * _batch))));
            }

            return [.. gradients];
        }

        // Once for all steps: a transposition that a product could see would be taken into each of them, where it costs more. So it has a third axis.
        private static Tensor Transposed(Tensor matrix)
        {
            (Dimension rows, Dimension columns) = (matrix.Shape[0], matrix.Shape[1]);
            return Op.Reshape(Op.Transpose(Op.Reshape(matrix, [rows, 1, columns]), [2, 1, 0]), [columns, rows]);
        }

        // [T, rows, B], cut into steps of [rows, B].
        private Tensor[] Steps(Tensor sequence, int rows) =>
            Op.Split(Op.Reshape(sequence, [_steps * rows, _batch]), 0, [.. Enumerable.Repeat((long)rows, (int)_steps)]);

        // [T·H, B] to [T·B, H].
        private Tensor Rows(Tensor columns, int size) =>
            Op.Reshape(Op.Transpose(Op.Reshape(columns, [_steps, size, _batch]), [0, 2, 1]), [_steps * _batch, size]);

        private static Tensor Ones(Graph graph, int count) => graph.Constant([.. Enumerable.Repeat(1f, count)], [count, 1]);
    }
}
