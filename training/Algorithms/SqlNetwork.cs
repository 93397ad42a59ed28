using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// A function of a state and of several vectors for each state, actions or noise: dense layers over both side by side, of which the first takes the
/// state's part once for all of its vectors. Weights and biases start uniform in ±1/√inputs.
/// </summary>
internal sealed class SqlNetwork
{
    private readonly Linear _state;
    private readonly Parameter _weight;
    private readonly Mlp _rest;
    private readonly Activation _activation;
    private readonly long _outputs;

    /// <summary>Declares the network's parameters.</summary>
    /// <param name="parameters">Where they are declared.</param>
    /// <param name="name">The network's name.</param>
    /// <param name="inputs">Number of encoded floats.</param>
    /// <param name="size">A, numbers of a vector.</param>
    /// <param name="outputs">O, numbers for each vector.</param>
    /// <param name="hiddenSizes">Width of each hidden layer, at least one.</param>
    /// <param name="activation">The nonlinearity.</param>
    public SqlNetwork(ParameterSet parameters, string name, int inputs, int size, int outputs, IReadOnlyList<int> hiddenSizes, Activation activation)
    {
        Initializer uniform = Initializers.FanIn(inputs + size);
        _state = new Linear(parameters, $"{name}.state", inputs, hiddenSizes[0], uniform, uniform);
        _weight = parameters.Add($"{name}.vector.weight", [size, hiddenSizes[0]], uniform);
        _rest = Mlp.WithFanIn(parameters, name, hiddenSizes[0], [.. hiddenSizes.Skip(1)], outputs, activation);
        _activation = activation;
        _outputs = outputs;
    }

    /// <summary>Applies the network.</summary>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="encoded">[B, encoded size]</param>
    /// <param name="vectors">[B, M, A], or [1, M, A] where they are the same for every state.</param>
    /// <returns>[B, M, O]</returns>
    public Tensor Apply(ParameterScope scope, Tensor encoded, Tensor vectors)
    {
        Dimension rows = encoded.Shape[0];
        long count = vectors.Shape[1].Value;
        Tensor state = _state.Apply(scope, encoded);
        Tensor joined = Op.Reshape(state, state.Shape.Insert(1, 1)) + Op.MatMul(vectors, scope[_weight]);
        Tensor flat = Op.Reshape(joined, [new Dimension(rows.Factor * count, rows.Symbol), state.Shape[1]]);
        return Op.Reshape(_rest.Apply(scope, Mlp.Activate(flat, _activation)), [rows, count, _outputs]);
    }
}
