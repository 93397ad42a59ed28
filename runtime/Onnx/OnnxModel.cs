using System;
using System.Collections.Generic;
using Pipeline.Contracts.Manifest;

namespace Pipeline.Runtime.Onnx;

/// <summary>An input or output as the graph declares it; a symbolic axis is -1, an undeclared shape null.</summary>
internal sealed record OnnxValue(string Name, int Element, int[]? Shape);

/// <summary>A tensor in the file, and where its elements stand there.</summary>
internal sealed record OnnxTensor(string Name, int Element, long[] Shape, int DataStart, int DataLength);

/// <summary>The kinds of attributes that a policy's operators have, by their ONNX code.</summary>
internal enum AttributeKind
{
    Real = 1,
    Integer = 2,
    Integers = 7,
}

/// <summary>An attribute of a node; what its kind does not use is 0 or empty.</summary>
internal sealed record OnnxAttribute(string Name, AttributeKind Kind, long Integer, uint RealBits, long[] Integers);

/// <summary>A node: its place in the file's list, its operator, and the names it connects.</summary>
internal sealed record OnnxNode(int Index, string Operator, List<string> Inputs, List<string> Outputs, List<OnnxAttribute> Attributes);

/// <summary>
/// All that the runtime takes from a model's bytes. ONNX Runtime never sees those bytes: it gets a model written anew from what stands here
/// (<see cref="ModelWriter"/>), so nothing reaches it that was not read, and checked by <see cref="GraphStructure"/> and <see cref="ShapeCheck"/>.
/// </summary>
internal sealed class OnnxModel
{
    internal OnnxModel(byte[] file) => File = file;

    internal byte[] File { get; }

    internal List<OnnxNode> Nodes { get; } = new();

    internal List<OnnxValue> Inputs { get; } = new();

    internal List<OnnxValue> Outputs { get; } = new();

    internal Dictionary<string, OnnxTensor> Initializers { get; } = new(StringComparer.Ordinal);

    internal string? Manifest { get; set; }

    internal long Opset { get; set; }

    /// <summary>What is refused in it, all at once. Nothing but the manifest may be used where there is any.</summary>
    internal IReadOnlyList<ManifestProblem> Problems { get; private set; } = Array.Empty<ManifestProblem>();

    /// <summary>Reads a model.</summary>
    /// <param name="bytes">The file's bytes.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <param name="options">The limits.</param>
    /// <exception cref="PolicyLoadException">The bytes are no ONNX model.</exception>
    internal static OnnxModel Read(byte[] bytes, string name, PolicyOptions options)
    {
        var problems = new ProblemList();
        var model = new OnnxModel(bytes);
        try
        {
            new ModelReader(model, options, problems).Read();
        }
        catch (FormatException exception)
        {
            throw new PolicyLoadException(
                name,
                new[] { new ManifestProblem("the file", $"{bytes.Length} bytes that are not an ONNX model: {exception.Message}", "an ONNX model, whole", "Export the policy again, or copy it again if it was cut short.") },
                exception);
        }

        if (problems.Items.Count == 0) GraphStructure.Check(model, options, problems);
        model.Problems = problems.Items;
        return model;
    }
}
