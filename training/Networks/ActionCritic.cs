using System;
using System.Collections.Generic;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Networks;

/// <summary>Q(s, a) of real-valued actions: dense layers over the encoded observation and the action side by side.</summary>
public sealed class ActionCritic
{
    private readonly Mlp _layers;

    /// <summary>Declares the network's parameters; they start uniform in ±1/√inputs, PyTorch's default.</summary>
    /// <param name="parameters">Where they are declared.</param>
    /// <param name="name">The network's name.</param>
    /// <param name="inputs">Number of encoded floats.</param>
    /// <param name="actionSize">A, numbers of an action.</param>
    /// <param name="hiddenSizes">Width of each hidden layer.</param>
    /// <param name="activation">The nonlinearity.</param>
    public ActionCritic(ParameterSet parameters, string name, int inputs, int actionSize, IReadOnlyList<int> hiddenSizes, Activation activation) =>
        _layers = Mlp.WithFanIn(parameters, name, inputs + actionSize, hiddenSizes, 1, activation);

    /// <summary>Applies the network.</summary>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="encoded">[B, encoded size]</param>
    /// <param name="action">[B, A], in [−1, 1]</param>
    /// <returns>[B, 1]</returns>
    public Tensor Apply(ParameterScope scope, Tensor encoded, Tensor action)
    {
        ArgumentNullException.ThrowIfNull(encoded);
        ArgumentNullException.ThrowIfNull(action);
        return _layers.Apply(scope, Op.Concat([encoded, action], 1));
    }
}
