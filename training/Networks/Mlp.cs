using System;
using System.Collections.Generic;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Networks;

/// <summary>The nonlinearity between layers.</summary>
public enum Activation
{
    /// <summary>tanh x</summary>
    Tanh,

    /// <summary>max(x, 0)</summary>
    Relu,

    /// <summary>x where x &gt; 0, otherwise eˣ − 1</summary>
    Elu,

    /// <summary>x · sigmoid(x)</summary>
    Silu,

    /// <summary>x · Φ(x)</summary>
    Gelu,
}

/// <summary>A dense layer: y = x · W + b with W [inputs, outputs] and b [1, outputs].</summary>
public sealed class Linear
{
    /// <summary>Declares the layer's parameters, <c>name.weight</c> and <c>name.bias</c>.</summary>
    /// <param name="parameters">Where they are declared.</param>
    /// <param name="name">The layer's name.</param>
    /// <param name="inputs">Number of inputs.</param>
    /// <param name="outputs">Number of outputs.</param>
    /// <param name="weight">How the weights start.</param>
    /// <param name="bias">How the biases start; zero where none is given.</param>
    public Linear(ParameterSet parameters, string name, int inputs, int outputs, Initializer weight, Initializer? bias = null)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        Weight = parameters.Add($"{name}.weight", [inputs, outputs], weight);
        Bias = parameters.Add($"{name}.bias", [1, outputs], bias ?? Initializers.Constant(0));
    }

    /// <summary>W, [inputs, outputs].</summary>
    public Parameter Weight { get; }

    /// <summary>b, [1, outputs]: a row, as its gradient comes out of a product with ones.</summary>
    public Parameter Bias { get; }

    /// <summary>Applies the layer.</summary>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="x">[.., inputs]</param>
    /// <returns>[.., outputs]</returns>
    public Tensor Apply(ParameterScope scope, Tensor x)
    {
        ArgumentNullException.ThrowIfNull(scope);
        return Op.MatMul(x, scope[Weight]) + scope[Bias];
    }
}

/// <summary>A dense layer at work in a graph, for what has to know the curvature of each layer.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Input">[B, inputs]</param>
/// <param name="Output">[B, outputs], before the nonlinearity.</param>
public sealed record LinearTrace(Linear Layer, Tensor Input, Tensor Output);

/// <summary>Dense layers with a nonlinearity after each but the last.</summary>
public sealed class Mlp
{
    private readonly List<Linear> _layers = [];
    private readonly Activation _activation;

    /// <summary>Declares the layers <c>name.0</c>, <c>name.1</c>, …; weights start orthogonal, biases at zero.</summary>
    /// <param name="parameters">Where they are declared.</param>
    /// <param name="name">The network's name.</param>
    /// <param name="inputs">Number of inputs.</param>
    /// <param name="hiddenSizes">Width of each hidden layer; may be none.</param>
    /// <param name="outputs">Number of outputs.</param>
    /// <param name="activation">The nonlinearity.</param>
    /// <param name="outputGain">Gain of the last layer's weights.</param>
    /// <param name="hiddenGain">Gain of the hidden layers' weights.</param>
    public Mlp(ParameterSet parameters, string name, int inputs, IReadOnlyList<int> hiddenSizes, int outputs, Activation activation, double outputGain, double hiddenGain = 1.4142135623730951)
        : this(parameters, name, inputs, hiddenSizes, outputs, activation, (_, isLast) => (Initializers.Orthogonal(isLast ? outputGain : hiddenGain), null))
    {
    }

    private Mlp(
        ParameterSet parameters, string name, int inputs, IReadOnlyList<int> hiddenSizes, int outputs, Activation activation,
        Func<int, bool, (Initializer Weight, Initializer? Bias)> start)
    {
        ArgumentNullException.ThrowIfNull(hiddenSizes);
        _activation = activation;
        int width = inputs;
        foreach (int size in (int[])[.. hiddenSizes, outputs])
        {
            (Initializer weight, Initializer? bias) = start(width, _layers.Count == hiddenSizes.Count);
            _layers.Add(new Linear(parameters, $"{name}.{_layers.Count}", width, size, weight, bias));
            width = size;
        }
    }

    /// <summary>
    /// Declares the same layers with weights and biases uniform in ±1/√inputs, PyTorch's default, as value networks and the actors of
    /// Q-value methods usually start.
    /// </summary>
    /// <param name="parameters">Where they are declared.</param>
    /// <param name="name">The network's name.</param>
    /// <param name="inputs">Number of inputs.</param>
    /// <param name="hiddenSizes">Width of each hidden layer; may be none.</param>
    /// <param name="outputs">Number of outputs.</param>
    /// <param name="activation">The nonlinearity.</param>
    /// <param name="outputBound">Bound of the last layer's weights and biases (3e-3 in arXiv:1509.02971); null for the same as the others.</param>
    public static Mlp WithFanIn(
        ParameterSet parameters, string name, int inputs, IReadOnlyList<int> hiddenSizes, int outputs, Activation activation, double? outputBound = null) => new(
        parameters, name, inputs, hiddenSizes, outputs, activation, (width, isLast) =>
        {
            Initializer uniform = isLast && outputBound is double bound ? Initializers.Uniform(bound) : Initializers.FanIn(width);
            return (uniform, uniform);
        });

    /// <summary>Applies the network.</summary>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="x">[.., inputs]</param>
    /// <returns>[.., outputs]</returns>
    public Tensor Apply(ParameterScope scope, Tensor x) => Trace(scope, x)[^1].Output;

    /// <summary>Applies the network and tells of its layers, in order; the last one's output is the network's.</summary>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="x">[B, inputs]</param>
    public IReadOnlyList<LinearTrace> Trace(ParameterScope scope, Tensor x)
    {
        var traces = new List<LinearTrace>();
        foreach (Linear layer in _layers)
        {
            if (traces.Count > 0) x = Activate(traces[^1].Output, _activation);
            traces.Add(new LinearTrace(layer, x, layer.Apply(scope, x)));
        }

        return traces;
    }

    /// <summary>Applies a nonlinearity.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="activation">Which one.</param>
    public static Tensor Activate(Tensor x, Activation activation) => activation switch
    {
        Activation.Tanh => Op.Tanh(x),
        Activation.Relu => Op.Relu(x),
        Activation.Elu => Op.Elu(x),
        Activation.Silu => Op.Silu(x),
        _ => Op.Gelu(x),
    };
}
