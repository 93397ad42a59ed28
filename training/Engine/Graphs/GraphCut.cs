using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Engine.Graphs;

/// <summary>
/// A computation cut in two: what does not depend on certain inputs, and the rest, in a graph of its own where the first part's results are inputs. So what
/// many runs share is computed once for all of them.
/// </summary>
public sealed class GraphCut
{
    private readonly Dictionary<Tensor, Tensor> _copies = [];
    private readonly HashSet<Tensor> _varying;
    private readonly List<KeyValuePair<string, Tensor>> _shared = [];
    private readonly List<Tensor> _inputs = [];

    /// <summary>Cuts.</summary>
    /// <param name="outputs">What is computed.</param>
    /// <param name="varying">The inputs that change from run to run.</param>
    public GraphCut(IReadOnlyList<Tensor> outputs, IReadOnlyList<Tensor> varying)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        ArgumentNullException.ThrowIfNull(varying);
        _varying = [.. varying];
        foreach (Tensor tensor in Graph.Order(outputs))
        {
            if (tensor.InputArray.Any(_varying.Contains)) _varying.Add(tensor);
        }

        Outputs = [.. outputs.Select(Copy)];
    }

    /// <summary>The graph of the second part.</summary>
    public Graph Rest { get; } = new();

    /// <summary>What the first part hands over: names of inputs of the second, and the tensors of the first that they stand for.</summary>
    public IReadOnlyList<KeyValuePair<string, Tensor>> Shared => _shared;

    /// <summary>Inputs of the second part that are inputs of the whole under the same names.</summary>
    public IReadOnlyList<Tensor> Inputs => _inputs;

    /// <summary>The outputs, in the second part.</summary>
    public IReadOnlyList<Tensor> Outputs { get; }

    private Tensor Copy(Tensor tensor)
    {
        // What only passes a value on belongs to the part that the value belongs to.
        if (tensor.Operator == Elementwise.StopGradient) return Copy(tensor.InputArray[0]);
        if (_copies.TryGetValue(tensor, out Tensor? copy)) return copy;
        if (tensor.Payload is not null) copy = Rest.Constant(tensor.Payload, tensor.Shape, tensor.ElementType);
        else if (tensor.Operator == Sources.Input) _inputs.Add(copy = Rest.Input(tensor.Name!, tensor.Shape, tensor.ElementType));
        else if (_varying.Contains(tensor)) copy = Apply(tensor);
        else
        {
            copy = Rest.Input($"shared_{_shared.Count}", tensor.Shape, tensor.ElementType);
            _shared.Add(new(copy.Name!, tensor));
        }

        _copies.Add(tensor, copy);
        return copy;
    }

    private Tensor Apply(Tensor tensor)
    {
        Tensor[] inputs = tensor.InputArray;

        // What every run would transpose is handed over transposed.
        if (tensor.Operator == MatrixProducts.MatMul && tensor.Attributes.Flag("transposeA") && inputs[0].Shape.Rank == 2 && !_varying.Contains(inputs[0]))
            return Op.MatMul(Copy(Op.Transpose(inputs[0], [1, 0])), Copy(inputs[1]), transposeB: tensor.Attributes.Flag("transposeB"));
        return Rest.Apply(tensor.Operator, tensor.Attributes, [.. inputs.Select(Copy)]);
    }
}
