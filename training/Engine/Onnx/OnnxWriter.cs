using System;
using System.Collections.Generic;
using System.Linq;
using Google.Protobuf;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Onnx.Messages;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Engine.Onnx;

/// <summary>What a model file is made from.</summary>
/// <param name="Name">The graph's name in the file.</param>
/// <param name="Inputs">The inputs, in order; each is an input of the graph.</param>
/// <param name="Outputs">Names and tensors of the outputs, in order.</param>
public sealed record ModelDefinition(string Name, IReadOnlyList<Tensor> Inputs, IReadOnlyList<KeyValuePair<string, Tensor>> Outputs)
{
    /// <summary>ONNX operator set; 9 to 17. Below 13 the model is rewritten in the forms of its time, see <see cref="OpsetLowering"/>.</summary>
    public int Opset { get; init; } = 17;

    /// <summary>Whether ONNX Runtime's own operators may be used; such a model runs in ONNX Runtime alone.</summary>
    public bool AllowContributed { get; init; }

    /// <summary>Values for inputs that are written into the file as constants (trained parameters).</summary>
    public IReadOnlyDictionary<Tensor, float[]> Values { get; init; } = new Dictionary<Tensor, float[]>();

    /// <summary>Key and value pairs for the file's metadata.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Metadata { get; init; } = [];
}

/// <summary>Writes a graph as an ONNX model.</summary>
public static class OnnxWriter
{
    /// <summary>The oldest operator set that can be written.</summary>
    public const int LowestOpset = 9;

    /// <summary>The newest operator set that can be written.</summary>
    public const int HighestOpset = 17;

    // The operators write the forms of this set and later ones.
    private const int OwnOpset = 13;

    /// <summary>The model's bytes.</summary>
    /// <param name="definition">What to write.</param>
    /// <exception cref="ArgumentException">An input that is needed is neither declared nor given a value, two inputs or outputs have one name, or the operator set is out of range.</exception>
    public static byte[] Write(ModelDefinition definition)
    {
        ArgumentNullException.ThrowIfNull(definition);
        if (definition.Opset is < LowestOpset or > HighestOpset)
            throw new ArgumentException($"Opset {definition.Opset} cannot be written. Allowed are {LowestOpset} to {HighestOpset}.", nameof(definition));
        IReadOnlyList<Tensor> order = Graph.Order(definition.Outputs.Select(o => o.Value));
        GraphText.Verify(order);
        var graph = new GraphDefinition { Name = definition.Name };
        string[] names = [.. definition.Inputs.Concat(order).Where(t => t.Name is not null).Distinct().Select(t => t.Name!), .. definition.Outputs.Select(o => o.Key)];
        if (names.GroupBy(n => n).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new ArgumentException($"The model '{definition.Name}' has two inputs or outputs named '{twice.Key}'. Give each a name of its own.", nameof(definition));
        var emitter = new Emitter(graph, order, [.. definition.Outputs.Select(o => o.Value)], names, definition);
        foreach (Tensor tensor in order)
        {
            if (tensor.Operator == Sources.Input) WriteInput(definition, emitter, tensor);
            else if (!emitter.IsFused(tensor)) tensor.Operator.Emit(emitter, tensor);
        }

        foreach (Tensor input in definition.Inputs)
            graph.Input.Add(Describe(input.Name!, input));
        foreach ((string name, Tensor tensor) in definition.Outputs)
        {
            emitter.Node("Identity", [emitter.Name(tensor)], name);
            graph.Output.Add(Describe(name, tensor));
        }

        RenameOutputs(graph);
        return Assemble(definition, graph, emitter.UsesContributed).ToByteArray();
    }

    private static void WriteInput(ModelDefinition definition, Emitter emitter, Tensor input)
    {
        if (definition.Values.TryGetValue(input, out float[]? values)) emitter.Initializer(input.Name!, values, input.Shape);
        else if (!definition.Inputs.Contains(input))
            throw new ArgumentException($"The model '{definition.Name}' needs '{input.Name}' {input.Shape}, which is neither among its inputs nor given a value.");
    }

    // An output is its tensor under another name. Where the tensor comes from a node and is an output once, the node can write
    // it under that name and the Identity is not needed.
    private static void RenameOutputs(GraphDefinition graph)
    {
        int first = graph.Node.Count - graph.Output.Count;
        Node[] identities = [.. graph.Node.Skip(first)];
        var producers = graph.Node.Take(first).SelectMany(n => n.Output.Select(o => (o, n))).ToDictionary(p => p.o, p => p.n);
        foreach (Node identity in identities)
        {
            string source = identity.Input[0], target = identity.Output[0];
            if (!producers.TryGetValue(source, out Node? producer) || identities.Count(i => i.Input[0] == source) > 1) continue;
            producer.Output[producer.Output.IndexOf(source)] = target;
            foreach (Node node in graph.Node)
            {
                for (int i = 0; i < node.Input.Count; i++)
                {
                    if (node.Input[i] == source) node.Input[i] = target;
                }
            }

            graph.Node.Remove(identity);
        }
    }

    private static Model Assemble(ModelDefinition definition, GraphDefinition graph, bool usesContributed)
    {
        var model = new Model { ProducerName = "Pipeline", ProducerVersion = typeof(OnnxWriter).Assembly.GetName().Version?.ToString(3) ?? string.Empty, Graph = graph };
        model.OpsetImport.Add(new OperatorSet { Domain = string.Empty, Version = Math.Max(definition.Opset, OwnOpset) });
        if (usesContributed) model.OpsetImport.Add(new OperatorSet { Domain = "com.microsoft", Version = 1 });
        foreach ((string key, string value) in definition.Metadata)
            model.MetadataProps.Add(new Entry { Key = key, Value = value });
        OpsetLowering.Lower(model, definition.Opset);
        return model;
    }

    private static ValueInfo Describe(string name, Tensor tensor)
    {
        var shape = new TensorShape();
        foreach (Dimension d in tensor.Shape)
            shape.Dim.Add(d.IsKnown ? new ShapeDimension { DimValue = d.Value } : new ShapeDimension { DimParam = d.ToString() });
        return new ValueInfo { Name = name, Type = new Messages.ValueType { TensorType = new TensorValueType { ElemType = (int)tensor.ElementType, Shape = shape } } };
    }
}
