using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Contracts;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;

namespace Pipeline.Training.Networks;

/// <summary>A trainable tensor: its name, its shape and how it starts.</summary>
/// <param name="Name">Its name, unique in the model.</param>
/// <param name="Shape">Its shape; all lengths known.</param>
/// <param name="Initializer">How it starts.</param>
public sealed record Parameter(string Name, Shape Shape, Initializer Initializer);

/// <summary>The trainable tensors of a model, in the order in which its networks declared them.</summary>
public sealed class ParameterSet
{
    private readonly List<Parameter> _parameters = [];

    /// <summary>All parameters, in order.</summary>
    public IReadOnlyList<Parameter> All => _parameters;

    /// <summary>Declares a parameter.</summary>
    /// <param name="name">Its name, unique in the set.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="initializer">How it starts.</param>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public Parameter Add(string name, Shape shape, Initializer initializer)
    {
        if (_parameters.Any(p => p.Name == name))
            throw new ArgumentException($"There is a parameter named '{name}' already. Give each network a name of its own.", nameof(name));
        var parameter = new Parameter(name, shape, initializer);
        _parameters.Add(parameter);
        return parameter;
    }

    /// <summary>The parameters of some networks: those whose names begin with one of their names. They are the same ones, in the same order.</summary>
    /// <param name="networks">The networks' names, such as <c>critic</c>.</param>
    /// <exception cref="ArgumentException">No parameter is called so.</exception>
    public ParameterSet Of(params string[] networks)
    {
        var part = new ParameterSet();
        part._parameters.AddRange(_parameters.Where(p => networks.Any(n => p.Name.StartsWith($"{n}.", StringComparison.Ordinal))));
        return part.All.Count > 0
            ? part
            : throw new ArgumentException($"No parameter belongs to '{string.Join("' or '", networks)}'. There are {string.Join(", ", _parameters.Select(p => p.Name))}.", nameof(networks));
    }

    /// <summary>Makes a vector that holds something for each parameter, such as the parameters themselves or their gradients.</summary>
    /// <param name="name">The vector's name.</param>
    /// <param name="doubleBuffered">Whether updates read one copy and write another.</param>
    public StateVector MakeVector(string name, bool doubleBuffered = true) =>
        new(name, _parameters.Select(p => (p.Name, p.Shape)), doubleBuffered);

    /// <summary>Makes the vector of the parameters themselves, with their starting values.</summary>
    /// <param name="name">The vector's name.</param>
    /// <param name="random">Where the randomness comes from.</param>
    public StateVector Start(string name, RandomGenerator random)
    {
        StateVector vector = MakeVector(name);
        Initialize(vector, random);
        return vector;
    }

    /// <summary>Gives every parameter its starting values, in order.</summary>
    /// <param name="vector">A vector made by <see cref="MakeVector"/>.</param>
    /// <param name="random">Where the randomness comes from.</param>
    public void Initialize(StateVector vector, RandomGenerator random)
    {
        ArgumentNullException.ThrowIfNull(vector);
        foreach (Parameter parameter in _parameters)
            parameter.Initializer(random, parameter.Shape, vector[parameter.Name]);
    }
}

/// <summary>
/// The parameters as they appear in one graph: as inputs under their names, or as other tensors put in their place
/// (the parameters after an inner update, say).
/// </summary>
public sealed class ParameterScope
{
    private readonly Graph _graph;
    private readonly string _prefix;
    private readonly Dictionary<Parameter, Tensor> _tensors = [];

    /// <summary>Makes a scope in which every parameter is an input.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="prefix">What the inputs' names begin with: tells networks of the same parameters apart, such as a target network.</param>
    public ParameterScope(Graph graph, string prefix = "") => (_graph, _prefix) = (graph, prefix);

    /// <summary>The graph.</summary>
    public Graph Graph => _graph;

    /// <summary>The parameters used so far, in order of first use.</summary>
    public IEnumerable<Parameter> Used => _tensors.Keys;

    /// <summary>The name of a parameter's input.</summary>
    /// <param name="parameter">The parameter.</param>
    public string NameOf(Parameter parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        return _prefix + parameter.Name;
    }

    /// <summary>A parameter's tensor.</summary>
    /// <param name="parameter">The parameter.</param>
    public Tensor this[Parameter parameter]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(parameter);
            if (!_tensors.TryGetValue(parameter, out Tensor? tensor))
                _tensors.Add(parameter, tensor = _graph.Input(NameOf(parameter), parameter.Shape));
            return tensor;
        }

        set => _tensors[parameter] = value;
    }
}
