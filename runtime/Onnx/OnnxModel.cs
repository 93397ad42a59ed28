using System;
using System.Collections.Generic;
using Pipeline.Contracts.Manifest;

namespace Pipeline.Runtime.Onnx;

/// <summary>An input or output as the graph declares it; a symbolic axis is -1, an undeclared shape null.</summary>
internal sealed record OnnxTensor(string Name, int ElementType, int[]? Shape, WireField Raw);

/// <summary>A node's inputs and outputs, and where it stands in the file.</summary>
internal sealed record OnnxNode(string Operator, List<string> Inputs, List<string> Outputs, WireField Raw);

/// <summary>
/// What the runtime needs to know of a model before ONNX Runtime sees it: the manifest, the opset, inputs, outputs, and nodes by the
/// names they connect. Refuses what a policy has no use for and a hostile file might: external data, custom operators, functions and
/// subgraphs. Only what was looked at is handed on, see <see cref="GraphPruner"/>.
/// </summary>
internal sealed class OnnxModel
{
    private const int MaximumManifestBytes = 1 << 24;
    private const int MaximumAxes = 64;
    private readonly List<ManifestProblem> _problems = new();
    private bool _hasGraph;

    private OnnxModel(byte[] file) => File = file;

    internal byte[] File { get; }

    internal List<WireField> Header { get; } = new();

    internal List<OnnxNode> Nodes { get; } = new();

    internal List<OnnxTensor> Inputs { get; } = new();

    internal List<OnnxTensor> Outputs { get; } = new();

    internal Dictionary<string, WireField> Initializers { get; } = new(StringComparer.Ordinal);

    internal string? Manifest { get; private set; }

    internal long Opset { get; private set; }

    /// <summary>Reads a model.</summary>
    /// <param name="bytes">The file's bytes.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <exception cref="PolicyLoadException">The bytes are no ONNX model, or hold something that is refused: all of it at once.</exception>
    internal static OnnxModel Read(byte[] bytes, string name)
    {
        var model = new OnnxModel(bytes);
        try
        {
            model.ReadModel();
        }
        catch (FormatException exception)
        {
            throw new PolicyLoadException(
                name,
                new[] { new ManifestProblem("the file", $"{bytes.Length} bytes that are not an ONNX model: {exception.Message}", "an ONNX model, whole", "Export the policy again, or copy it again if it was cut short.") },
                exception);
        }

        if (model._problems.Count > 0) throw new PolicyLoadException(name, model._problems);
        return model;
    }

    private void ReadModel()
    {
        var reader = new WireReader(File);
        while (reader.Next(out WireField field))
        {
            switch (field.Number)
            {
                case 1 or 2 or 3:
                    Header.Add(field);
                    break;
                case 7:
                    // Two graphs would be merged by a protobuf reader into one that was never looked at.
                    if (_hasGraph) throw new FormatException($"a second graph begins at byte {field.RawStart}");
                    _hasGraph = true;
                    ReadGraph(field);
                    break;
                case 8:
                    Header.Add(field);
                    ReadOpset(field);
                    break;
                case 14:
                    ReadMetadata(field);
                    break;
                case 25:
                    Refuse("functions", "a model function", "none", "Inline functions before the export.");
                    break;
            }
        }

        if (!_hasGraph) throw new FormatException("it has no graph");
    }

    private void ReadGraph(WireField graph)
    {
        var reader = new WireReader(File, graph);
        while (reader.Next(out WireField field))
        {
            switch (field.Number)
            {
                case 1:
                    Nodes.Add(ReadNode(field));
                    break;
                case 5:
                    string name = CheckTensor(field, "graph.initializer");
                    if (name.Length == 0 || !Initializers.TryAdd(name, field)) throw new FormatException($"the initializer at byte {field.RawStart} has no name of its own");
                    break;
                case 11:
                    Inputs.Add(ReadValueInfo(field));
                    break;
                case 12:
                    Outputs.Add(ReadValueInfo(field));
                    break;
                case 15:
                    Refuse("graph.sparse_initializer", "a sparse tensor", "dense tensors", "Export the policy with dense weights.");
                    break;
            }
        }

        Inputs.RemoveAll(input => Initializers.ContainsKey(input.Name));
    }

    private OnnxNode ReadNode(WireField raw)
    {
        var node = new OnnxNode("", new List<string>(), new List<string>(), raw);
        string domain = "";
        var reader = new WireReader(File, raw);
        while (reader.Next(out WireField field))
        {
            switch (field.Number)
            {
                case 1:
                    node.Inputs.Add(WireReader.Text(File, field));
                    break;
                case 2:
                    node.Outputs.Add(WireReader.Text(File, field));
                    break;
                case 4:
                    node = node with { Operator = WireReader.Text(File, field) };
                    break;
                case 5:
                    ReadAttribute(field);
                    break;
                case 7:
                    domain = WireReader.Text(File, field);
                    break;
            }
        }

        if (domain is not ("" or "ai.onnx"))
            Refuse("graph.node.domain", $"the operator {node.Operator} of the domain '{domain}'", "operators of the ONNX standard", "Export the policy without custom operators.");
        return node;
    }

    private void ReadAttribute(WireField attribute)
    {
        var reader = new WireReader(File, attribute);
        while (reader.Next(out WireField field))
        {
            switch (field.Number)
            {
                case 5 or 10:
                    CheckTensor(field, "graph.node.attribute");
                    break;
                case 6 or 11:
                    Refuse("graph.node.attribute", "a subgraph (If, Loop or Scan)", "a graph without control flow", "Unroll it before the export.");
                    break;
                case 22 or 23:
                    Refuse("graph.node.attribute", "a sparse tensor", "dense tensors", "Export the policy with dense weights.");
                    break;
            }
        }
    }

    /// <summary>Refuses external data wherever a tensor may stand, and gives back the tensor's name.</summary>
    private string CheckTensor(WireField tensor, string where)
    {
        string name = "";
        bool external = false;
        var reader = new WireReader(File, tensor);
        while (reader.Next(out WireField field))
        {
            if (field.Number == 8) name = WireReader.Text(File, field);
            external |= field.Number == 13 || (field.Number == 14 && (field.WireType != WireReader.Varint || field.Value != 0));
        }

        if (external)
            Refuse(where, $"the tensor '{name}' with its data in another file", "tensors whose data is inside the model", "Save the model as one file, without external data.");
        return name;
    }

    private OnnxTensor ReadValueInfo(WireField raw)
    {
        string name = "";
        int element = 0;
        int[]? shape = null;
        var reader = new WireReader(File, raw);
        while (reader.Next(out WireField field))
        {
            if (field.Number == 1) name = WireReader.Text(File, field);
            if (field.Number != 2) continue;
            var type = new WireReader(File, field);
            while (type.Next(out WireField kind))
            {
                if (kind.Number != 1) continue;
                var tensor = new WireReader(File, kind);
                while (tensor.Next(out WireField part))
                {
                    if (part.Number == 1) element = (int)Math.Min(part.Value, int.MaxValue);
                    if (part.Number == 2) shape = ReadShape(part);
                }
            }
        }

        return new OnnxTensor(name, element, shape, raw);
    }

    private int[] ReadShape(WireField raw)
    {
        var axes = new List<int>();
        var reader = new WireReader(File, raw);
        while (reader.Next(out WireField field))
        {
            if (field.Number != 1) continue;
            int length = -1;
            var axis = new WireReader(File, field);
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
        var reader = new WireReader(File, raw);
        while (reader.Next(out WireField field))
        {
            if (field.Number == 1) domain = WireReader.Text(File, field);
            if (field.Number == 2) version = (long)field.Value;
        }

        if (domain is "" or "ai.onnx") Opset = version;
    }

    private void ReadMetadata(WireField raw)
    {
        string key = "";
        WireField value = default;
        var reader = new WireReader(File, raw);
        while (reader.Next(out WireField field))
        {
            if (field.Number == 1) key = WireReader.Text(File, field);
            if (field.Number == 2) value = field;
        }

        if (key != PolicyManifest.MetadataKey) return;
        if (Manifest is not null) throw new FormatException($"the metadata holds {PolicyManifest.MetadataKey} a second time, at byte {raw.RawStart}");
        Manifest = value.Number == 0 ? "" : WireReader.Text(File, value, MaximumManifestBytes);
    }

    private void Refuse(string field, string found, string allowed, string remedy)
    {
        var problem = new ManifestProblem(field, found, allowed, remedy);
        if (_problems.Count < 100 && !_problems.Contains(problem)) _problems.Add(problem);
    }
}
