using System;
using System.Collections.Generic;
using Pipeline.Training.Engine.Graphs;

namespace Pipeline.Training.Engine.Operators;

/// <content>Gradients that are stated instead of derived.</content>
public static partial class Op
{
    /// <summary>
    /// A tensor as it is, whose derivatives are stated: no gradient goes through the operators that it was made by. A loop over many steps is
    /// differentiated in fewer and larger products that way. What the gradient is made of are tensors of the graph, so it can be differentiated again.
    /// </summary>
    /// <param name="name">What printed graphs call it.</param>
    /// <param name="result">The tensor.</param>
    /// <param name="inputs">What it is a function of.</param>
    /// <param name="gradient">The derivative for each input, null where it is zero, from the derivative with respect to the result, of its shape.</param>
    public static Tensor WithGradient(string name, Tensor result, IReadOnlyList<Tensor> inputs, Func<Tensor, Tensor?[]> gradient)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(gradient);
        var stated = new Operator(
            name,
            (given, _) => (given[0].ElementType, given[0].Shape),
            (y, g) => [null, .. gradient(Broadcasting.Full(g, y))],
            (e, t) => e.Alias(t, t.InputArray[0]));
        return result.Graph.Apply(stated, Attributes.None, [result, .. inputs]);
    }
}
