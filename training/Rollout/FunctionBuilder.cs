using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Networks;

namespace Pipeline.Training.Rollout;

/// <summary>Collects a graph's inputs and outputs together with the memory they are bound to, then compiles and binds in one go.</summary>
public sealed class FunctionBuilder
{
    private readonly List<Tensor> _inputs = [];
    private readonly List<KeyValuePair<string, Tensor>> _outputs = [];
    private readonly Dictionary<string, Slot> _slots = [];

    /// <summary>Starts a collection.</summary>
    /// <param name="graph">The graph under construction.</param>
    public FunctionBuilder(Graph graph) => Graph = graph;

    /// <summary>The graph under construction.</summary>
    public Graph Graph { get; }

    /// <summary>Names and tensors of the outputs declared so far.</summary>
    internal IReadOnlyList<KeyValuePair<string, Tensor>> Outputs => _outputs;

    /// <summary>Declares an input that reads a buffer.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="buffer">The buffer; its shape is the input's.</param>
    public Tensor Add(string name, TensorBuffer buffer)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        Tensor input = Graph.Input(name, Shape.Of(buffer.Dimensions), buffer.ElementType);
        _inputs.Add(input);
        _slots[name] = buffer;
        return input;
    }

    /// <summary>Declares an input that reads one tensor of a state vector.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="state">The vector.</param>
    /// <param name="entry">The tensor's name in the vector.</param>
    public Tensor Add(string name, StateVector state, string entry)
    {
        ArgumentNullException.ThrowIfNull(state);
        Tensor input = Graph.Input(name, state.Entries.First(e => e.Name == entry).Shape);
        _inputs.Add(input);
        _slots[name] = Slot.Of(state, entry);
        return input;
    }

    /// <summary>Declares the statistics that observations are normalised by, where they are.</summary>
    /// <param name="encoder">The encoder.</param>
    /// <param name="statistics">The statistics.</param>
    public void AddStatistics(ObservationEncoder encoder, ObservationStatistics statistics)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(statistics);
        if (!encoder.Normalizes) return;
        Add(encoder.Mean(Graph).Name!, statistics.Mean);
        Add(encoder.Scale(Graph).Name!, statistics.Scale);
    }

    /// <summary>Declares every parameter that the graph has used so far.</summary>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="parameters">Their values.</param>
    public void AddParameters(ParameterScope scope, StateVector parameters)
    {
        ArgumentNullException.ThrowIfNull(scope);
        foreach (Parameter parameter in scope.Used)
        {
            _inputs.Add(scope[parameter]);
            _slots[scope.NameOf(parameter)] = Slot.Of(parameters, parameter.Name);
        }
    }

    /// <summary>Declares an output.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="tensor">What it is.</param>
    /// <param name="slot">Where it is written.</param>
    public void Output(string name, Tensor tensor, Slot slot)
    {
        _outputs.Add(new(name, tensor));
        _slots[name] = slot;
    }

    /// <summary>What an input reads or an output goes to.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>Null where nothing of that name has been declared.</returns>
    internal Slot? SlotOf(string name) => _slots.GetValueOrDefault(name);

    /// <summary>Compiles the outputs and binds everything.</summary>
    /// <param name="device">Where it runs.</param>
    /// <param name="name">The function's name.</param>
    public (CompiledFunction Function, BoundCall Call) Compile(ExecutionDevice device, string name) => Compile(device, name, _inputs, _outputs);

    /// <summary>
    /// Compiles the outputs and binds everything, as functions that run at once where the device has threads for them and the outputs come in parts with
    /// no work in common. What they compute is the same to the last bit.
    /// </summary>
    /// <param name="device">Where they run.</param>
    /// <param name="name">The function's name.</param>
    public FunctionParts CompileParts(ExecutionDevice device, string name)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (device.Threads == 1 || !device.SharesHostMemory) return new FunctionParts(device, [Compile(device, name)]);
        IReadOnlyList<int[]> parts = GraphParts.Of([.. _outputs.Select(o => o.Value)]);
        return new FunctionParts(device, parts.Count == 1 ? [Compile(device, name)] : parts.Select((part, i) =>
        {
            KeyValuePair<string, Tensor>[] outputs = [.. part.Select(output => _outputs[output])];
            var needed = Engine.Graphs.Graph.Order(outputs.Select(o => o.Value)).ToHashSet();
            return Compile(device, $"{name}_{i}", [.. _inputs.Where(needed.Contains)], outputs);
        }));
    }

    private (CompiledFunction Function, BoundCall Call) Compile(
        ExecutionDevice device, string name, IReadOnlyList<Tensor> inputs, IReadOnlyList<KeyValuePair<string, Tensor>> outputs)
    {
        var function = new CompiledFunction(device, name, inputs, outputs);
        string[] names = [.. inputs.Select(i => i.Name!), .. outputs.Select(o => o.Key)];
        return (function, function.Bind(names.ToDictionary(n => n, n => _slots[n])));
    }
}
