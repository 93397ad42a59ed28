using System;
using System.Collections.Generic;
using Pipeline.Contracts.Manifest;

namespace Pipeline.Runtime.Onnx;

/// <summary>
/// Takes a model apart field by field. Refuses what a policy has no use for and a hostile file might: external data, sparse tensors,
/// functions, subgraphs, operators of other domains. Fields it does not name are passed over, and left behind.
/// </summary>
internal sealed class ModelReader
{
    private const int MaximumAxes = 16;
    private const int MaximumAttributeIntegers = 64;
    private const int MaximumNodeNames = 1024;
    private const int MaximumValues = 4096;
    private readonly OnnxModel _model;
    private readonly byte[] _file;
    private readonly PolicyOptions _options;
    private readonly ProblemList _problems;
    private bool _hasGraph;

    internal ModelReader(OnnxModel model, PolicyOptions options, ProblemList problems)
    {
        _model = model;
        _file = model.File;
        _options = options;
        _problems = problems;
    }

    /// <summary>Reads the file into the model.</summary>
    /// <exception cref="FormatException">The bytes are no ONNX model.</exception>
    internal void Read()
    {
        var reader = new WireReader(_file);
        while (reader.Next(out WireField field))
        {
            switch (field.Number)
            {
                case 7:
                    // Two graphs would be merged by a protobuf reader into one that was never looked at.
                    if (_hasGraph) throw new FormatException($"a second graph begins at byte {field.RawStart}");
                    _hasGraph = true;
                    ReadGraph(field);
                    break;
                case 8:
                    ReadOpset(field);
                    break;
                case 14:
                    ReadMetadata(field);
                    break;
                case 25:
                    _problems.Add("functions", "a model function", "none", "Inline functions before the export.");
                    break;
            }
        }

        if (!_hasGraph) throw new FormatException("it has no graph");
    }

    private void ReadGraph(WireField graph)
    {
        var reader = new WireReader(_file, graph);
        while (reader.Next(out WireField field))
        {
            switch (field.Number)
            {
                case 1:
                    if (_model.Nodes.Count < _options.MaximumNodes) ReadNode(field);
                    else _problems.AboveLimit("graph.node", $"more than {_options.MaximumNodes} nodes", $"at most {_options.MaximumNodes}", nameof(PolicyOptions.MaximumNodes));
                    break;
                case 5:
                    OnnxTensor tensor = ReadTensor(field);
                    if (tensor.Name.Length == 0 || !_model.Initializers.TryAdd(tensor.Name, tensor)) throw new FormatException($"the initializer at byte {field.RawStart} has no name of its own");
                    break;
                case 11:
                    _model.Inputs.Add(ReadValueInfo(field, _model.Inputs));
                    break;
                case 12:
                    _model.Outputs.Add(ReadValueInfo(field, _model.Outputs));
                    break;
                case 15:
                    _problems.Add("graph.sparse_initializer", "a sparse tensor", "dense tensors", "Export the policy with dense weights.");
                    break;
            }
        }

        _model.Inputs.RemoveAll(input => _model.Initializers.ContainsKey(input.Name));
    }

    private void ReadNode(WireField raw)
    {
        var node = new OnnxNode(_model.Nodes.Count, "", new List<string>(), new List<string>(), new List<OnnxAttribute>());
        string domain = "";
        bool fits = true;
        var reader = new WireReader(_file, raw);
        while (reader.Next(out WireField field))
        {
            switch (field.Number)
            {
                case 1 or 2:
                    List<string> names = field.Number == 1 ? node.Inputs : node.Outputs;
                    if (names.Count == MaximumNodeNames) throw new FormatException($"the node at byte {raw.RawStart} has more than {MaximumNodeNames} inputs or outputs");
                    names.Add(WireReader.Text(_file, field));
                    break;
                case 4:
                    node = node with { Operator = WireReader.Text(_file, field) };
                    break;
                case 5:
                    fits &= ReadAttribute(field, node);
                    break;
                case 7:
                    domain = WireReader.Text(_file, field);
                    break;
            }
        }

        if (domain is not ("" or "ai.onnx"))
            _problems.Add("graph.node.domain", $"the operator {Shorten(node.Operator)} of the domain '{Shorten(domain)}'", "operators of the ONNX standard", "Export the policy without custom operators.");
        else if (fits && !OperatorRules.Knows(node.Operator))
            _problems.Add("graph.node.op_type", $"the operator {Shorten(node.Operator)}", "the operators of exported policies: " + OperatorRules.Names, "Export the policy again; a graph from elsewhere has to be written with these.");
        _model.Nodes.Add(node);
    }

    private bool ReadAttribute(WireField raw, OnnxNode node)
    {
        string name = "";
        long type = 0;
        long integer = 0;
        uint real = 0;
        var integers = new List<long>();
        bool fits = true;
        var reader = new WireReader(_file, raw);
        while (reader.Next(out WireField field))
        {
            switch (field.Number)
            {
                case 1:
                    name = WireReader.Text(_file, field);
                    break;
                case 2:
                    real = WireReader.Single(_file, field);
                    break;
                case 3:
                    integer = WireReader.Integer(field);
                    break;
                case 6 or 11:
                    _problems.Add("graph.node.attribute", "a subgraph (If, Loop or Scan)", "a graph without control flow", "Unroll it before the export.");
                    fits = false;
                    break;
                case 8:
                    WireReader.Integers(_file, field, integers, MaximumAttributeIntegers);
                    break;
                case 20:
                    type = WireReader.Integer(field);
                    break;
                case 4 or 5 or 7 or 9 or 10 or 14 or 15 or 21 or 22 or 23:
                    _problems.Add($"graph.node[{node.Index}].attribute", "text, a tensor, a type or a list of reals", "a number or a list of whole numbers", "Export the policy again: its operators have no such attribute.");
                    fits = false;
                    break;
            }
        }

        if (fits && type is not (1 or 2 or 7)) throw new FormatException($"the attribute at byte {raw.RawStart} has the type {type}, where 1 (real), 2 (whole) or 7 (whole numbers) belongs");
        node.Attributes.Add(new OnnxAttribute(name, (AttributeKind)type, integer, real, integers.ToArray()));
        if (node.Attributes.Count > MaximumAxes) throw new FormatException($"the node {node.Index} has more than {MaximumAxes} attributes");
        return fits;
    }

    private OnnxTensor ReadTensor(WireField raw)
    {
        string name = "";
        long element = 0;
        WireField data = default;
        bool external = false;
        bool elsewhere = false;
        var axes = new List<long>();
        var reader = new WireReader(_file, raw);
        while (reader.Next(out WireField field))
        {
            switch (field.Number)
            {
                case 1:
                    WireReader.Integers(_file, field, axes, MaximumAxes);
                    break;
                case 2:
                    element = WireReader.Integer(field);
                    break;
                case 8:
                    name = WireReader.Text(_file, field);
                    break;
                case 9:
                    if (data.Number != 0 || field.WireType != WireReader.Bytes) throw new FormatException($"the tensor at byte {raw.RawStart} has no data of its own");
                    data = field;
                    break;
                case 13:
                    external = true;
                    break;
                case 14:
                    external |= field.WireType != WireReader.Varint || field.Value != 0;
                    break;
                case 3 or 4 or 5 or 6 or 7 or 10 or 11:
                    elsewhere = true;
                    break;
            }
        }

        string at = $"graph.initializer '{Shorten(name)}'";
        if (external)
            _problems.Add("graph.initializer", $"the tensor '{Shorten(name)}' with its data in another file", "tensors whose data is inside the model", "Save the model as one file, without external data.");
        else if (elsewhere)
            _problems.Add(at, "a segment, or data in a typed list", "data in raw_data", "Export the policy again.");
        else
            CheckTensor(at, element, axes, data);
        return new OnnxTensor(name, (int)Math.Min((ulong)element, int.MaxValue), axes.ToArray(), data.PayloadStart, data.PayloadLength);
    }

    private void CheckTensor(string at, long element, List<long> axes, WireField data)
    {
        int size = ElementTypes.Size(element);
        if (size == 0)
        {
            _problems.Add(at + ".data_type", $"{element}", "1 (float32), 7 (int64) or 9 (bool)", "Export the policy again.");
            return;
        }

        // An empty list is what reshapes to a scalar; nothing else has use for a tensor without elements.
        bool emptyList = element == ElementTypes.Int64 && axes.Count == 1 && axes[0] == 0;
        bool fits = true;
        double bytes = size;
        foreach (long length in axes)
        {
            fits &= length is >= 1 and <= int.MaxValue;
            bytes *= length;
        }

        if (!emptyList && !fits)
        {
            _problems.Add(at + ".dims", $"[{string.Join(", ", axes)}]", $"lengths from 1 to {int.MaxValue}", "Export the policy again.");
            return;
        }

        if (bytes != data.PayloadLength)
            _problems.Add(at + ".raw_data", $"{data.PayloadLength} bytes", $"{bytes} for the shape [{string.Join(", ", axes)}]", "Export the policy again, or copy it again.");
    }

    private OnnxValue ReadValueInfo(WireField raw, List<OnnxValue> others)
    {
        if (others.Count == MaximumValues) throw new FormatException($"it has more than {MaximumValues} inputs or outputs");
        string name = "";
        int element = 0;
        int[]? shape = null;
        var reader = new WireReader(_file, raw);
        while (reader.Next(out WireField field))
        {
            if (field.Number == 1) name = WireReader.Text(_file, field);
            if (field.Number != 2) continue;
            var type = new WireReader(_file, field);
            while (type.Next(out WireField kind))
            {
                if (kind.Number != 1) continue;
                var tensor = new WireReader(_file, kind);
                while (tensor.Next(out WireField part))
                {
                    if (part.Number == 1) element = (int)Math.Min(part.Value, int.MaxValue);
                    if (part.Number == 2) shape = ReadShape(part);
                }
            }
        }

        return new OnnxValue(name, element, shape);
    }

    private int[] ReadShape(WireField raw)
    {
        var axes = new List<int>();
        var reader = new WireReader(_file, raw);
        while (reader.Next(out WireField field))
        {
            if (field.Number != 1) continue;
            int length = -1;
            var axis = new WireReader(_file, field);
            while (axis.Next(out WireField part))
            {
                if (part.Number == 1) length = (int)Math.Min(part.Value, int.MaxValue);
            }

            if (axes.Count == MaximumAxes) throw new FormatException($"the shape at byte {raw.RawStart} has more than {MaximumAxes} axes");
            axes.Add(length);
        }

        return axes.ToArray();
    }

    private void ReadOpset(WireField raw)
    {
        string domain = "";
        long version = 0;
        var reader = new WireReader(_file, raw);
        while (reader.Next(out WireField field))
        {
            if (field.Number == 1) domain = WireReader.Text(_file, field);
            if (field.Number == 2) version = WireReader.Integer(field);
        }

        if (domain is not ("" or "ai.onnx")) return;
        if (_model.Opset != 0) throw new FormatException($"the opset is said a second time, at byte {raw.RawStart}");
        _model.Opset = version;
    }

    private void ReadMetadata(WireField raw)
    {
        string key = "";
        WireField value = default;
        var reader = new WireReader(_file, raw);
        while (reader.Next(out WireField field))
        {
            if (field.Number == 1) key = WireReader.Text(_file, field);
            if (field.Number == 2) value = field;
        }

        if (key != PolicyManifest.MetadataKey) return;
        if (_model.Manifest is not null) throw new FormatException($"the metadata holds {PolicyManifest.MetadataKey} a second time, at byte {raw.RawStart}");
        _model.Manifest = "";
        if (value.PayloadLength > _options.MaximumManifestBytes)
            _problems.AboveLimit("metadata_props", $"a manifest of {value.PayloadLength} bytes", $"at most {_options.MaximumManifestBytes}", nameof(PolicyOptions.MaximumManifestBytes));
        else if (value.Number != 0)
            _model.Manifest = WireReader.Text(_file, value, int.MaxValue);
    }

    private static string Shorten(string text) => OperatorFault.Shorten(text);
}
