using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Onnx.Messages;

namespace Pipeline.Training.Engine.Onnx;

/// <summary>
/// Gives a model of <see cref="OnnxWriter"/> another operator set. Below 13 it is rewritten in the forms of that time: what later sets take as inputs (the
/// bounds of Clip, where a Slice begins, the axes of a sum) are attributes again, and operators that came later are composed of older ones. The values are the same;
/// only comparisons that are composed (=, ≥, ≤) say true where a side is NaN. From 13 to 17 the operators that are written have one form.
/// </summary>
internal sealed class OpsetLowering
{
    // What is not composed of older operators, and the set it came with; then attributes that came later than their operator.
    private static readonly (string Type, int Opset)[] _laterOperators = [("CumSum", 11), ("GatherElements", 11), ("ScatterElements", 11), ("ScatterND", 11)];
    private static readonly (string Attribute, int Opset)[] _laterAttributes = [("allowzero", 14), ("reduction", 16)];

    private readonly Dictionary<string, (int Before, Action<Node> Rewrite)> _rules;
    private readonly GraphDefinition _graph;
    private readonly Dictionary<string, TensorData> _constants;
    private readonly HashSet<string> _names;
    private readonly List<Node> _nodes = [];
    private string? _zero;

    private OpsetLowering(GraphDefinition graph)
    {
        _graph = graph;
        _constants = graph.Initializer.ToDictionary(i => i.Name);
        _names = [.. _constants.Keys, .. graph.Input.Select(i => i.Name), .. graph.Node.SelectMany(n => n.Output)];
        _rules = new()
        {
            ["Slice"] = (10, n => Attributes(n, ("starts", Integers(n, 1)), ("ends", Integers(n, 2)), ("axes", Integers(n, 3)))),
            ["TopK"] = (10, n => Attributes(n, ("k", Integers(n, 1)[0]))),
            ["Pad"] = (11, n => Attributes(n, ("pads", Integers(n, 1)))),
            ["Clip"] = (11, Clip),
            ["Gemm"] = (11, Gemm),
            ["Equal"] = (11, n => Negated(n, "Or", "Less", "Greater")),
            ["GreaterOrEqual"] = (12, n => Negated(n, null, "Less")),
            ["LessOrEqual"] = (12, n => Negated(n, null, "Greater")),
            ["ReduceSum"] = (13, n => Attributes(n, ("axes", Integers(n, 1)))),
            ["Unsqueeze"] = (13, n => Attributes(n, ("axes", Integers(n, 1)))),
            ["Softmax"] = (13, n => Softmax(n, logarithm: false)),
            ["LogSoftmax"] = (13, n => Softmax(n, logarithm: true)),
        };
    }

    /// <summary>Rewrites a model where it stands and sets its operator set, and with it the lowest IR version that holds it.</summary>
    /// <param name="model">A model of operator set 13 to 17, as <see cref="OnnxWriter"/> writes it.</param>
    /// <param name="opset">The operator set it is to have.</param>
    /// <exception cref="ArgumentException">An operator or attribute has no older form.</exception>
    public static void Lower(Model model, int opset)
    {
        RefuseLater(model.Graph, opset);
        if (opset < 13)
        {
            var lowering = new OpsetLowering(model.Graph);
            foreach (Node node in model.Graph.Node) lowering.Rewrite(node, opset);
            lowering.Finish();
        }

        model.OpsetImport.First(o => o.Domain.Length == 0).Version = opset;
        model.IrVersion = opset switch { 9 => 4, 10 => 5, 11 => 6, < 15 => 7, _ => 8 };
    }

    private static void RefuseLater(GraphDefinition graph, int opset)
    {
        foreach (Node node in graph.Node)
        {
            string? attribute = null;
            int needed = _laterOperators.FirstOrDefault(l => l.Type == node.OpType).Opset;
            foreach ((string name, int since) in _laterAttributes)
            {
                if (since <= needed || node.Attribute.All(a => a.Name != name)) continue;
                (attribute, needed) = (name, since);
            }

            if (needed > opset)
                throw new ArgumentException($"The model '{graph.Name}' needs opset {needed} for {node.OpType}{(attribute is null ? "" : $" with '{attribute}'")}, not {opset}. Use that or build the graph without it.");
        }
    }

    private void Rewrite(Node node, int opset)
    {
        if (node.Domain.Length == 0 && _rules.TryGetValue(node.OpType, out (int Before, Action<Node> Rewrite) rule) && opset < rule.Before) rule.Rewrite(node);
        else _nodes.Add(node);
    }

    private void Finish()
    {
        _graph.Node.Clear();
        _graph.Node.AddRange(_nodes);
        HashSet<string> read = [.. _nodes.SelectMany(n => n.Input), .. _graph.Output.Select(o => o.Name)];
        TensorData[] kept = [.. _graph.Initializer.Where(i => read.Contains(i.Name))];
        _graph.Initializer.Clear();
        _graph.Initializer.AddRange(kept);
    }

    // The first input alone stays an input.
    private void Attributes(Node node, params (string Name, object Value)[] attributes)
    {
        Node added = Emitter.Make(node.OpType, [node.Input[0]], [.. node.Output], attributes);
        added.Attribute.AddRange(node.Attribute);
        _nodes.Add(added);
    }

    private void Clip(Node node)
    {
        string[] bounds = [node.Input[1], node.Input[2]];
        if (bounds.All(_constants.ContainsKey))
        {
            float[] values = [.. bounds.Select(b => MemoryMarshal.Cast<byte, float>(_constants[b].RawData.Span)[0])];
            Attributes(node, ("min", values[0]), ("max", values[1]));
            return;
        }

        string raised = Temporary();
        _nodes.Add(Emitter.Make("Max", [node.Input[0], bounds[0]], [raised]));
        _nodes.Add(Emitter.Make("Min", [raised, bounds[1]], [node.Output[0]]));
    }

    // The third input was needed once.
    private void Gemm(Node node)
    {
        if (node.Input.Count == 2) node.Input.Add(Zero());
        _nodes.Add(node);
    }

    private void Negated(Node node, string? joined, params string[] comparisons)
    {
        string[] parts = [.. comparisons.Select(_ => Temporary())];
        foreach ((string comparison, string part) in comparisons.Zip(parts)) _nodes.Add(Emitter.Make(comparison, [.. node.Input], [part]));
        string any = parts[0];
        if (joined is not null) _nodes.Add(Emitter.Make(joined, parts, [any = Temporary()]));
        _nodes.Add(Emitter.Make("Not", [any], [node.Output[0]]));
    }

    // Softmax joined all axes from its own on; its parts always had axes.
    private void Softmax(Node node, bool logarithm)
    {
        string x = node.Input[0], y = node.Output[0], largest = Temporary(), low = Temporary(), powers = Temporary(), sum = Temporary();
        (string, object)[] axis = [("axes", new[] { node.Attribute.First(a => a.Name == "axis").I }), ("keepdims", 1L)];
        _nodes.Add(Emitter.Make("ReduceMax", [x], [largest], axis));
        _nodes.Add(Emitter.Make("Sub", [x, largest], [low]));
        _nodes.Add(Emitter.Make("Exp", [low], [powers]));
        _nodes.Add(Emitter.Make("ReduceSum", [powers], [sum], axis));
        if (!logarithm)
        {
            _nodes.Add(Emitter.Make("Div", [powers, sum], [y]));
            return;
        }

        string total = Temporary();
        _nodes.Add(Emitter.Make("Log", [sum], [total]));
        _nodes.Add(Emitter.Make("Sub", [low, total], [y]));
    }

    private long[] Integers(Node node, int input) => MemoryMarshal.Cast<byte, long>(_constants[node.Input[input]].RawData.Span).ToArray();

    private string Zero()
    {
        if (_zero is not null) return _zero;
        _zero = Free("zero");
        var data = new TensorData { Name = _zero, DataType = (int)ElementType.Float32, RawData = ByteString.CopyFrom(new byte[sizeof(float)]) };
        data.Dims.Add(1);
        _graph.Initializer.Add(data);
        return _zero;
    }

    private string Temporary() => Free("lower");

    private string Free(string stem)
    {
        string name = stem;
        for (int i = 0; !_names.Add(name); i++) name = $"{stem}{i}";
        return name;
    }
}
