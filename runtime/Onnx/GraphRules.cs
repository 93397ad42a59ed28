using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Pipeline.Contracts.Manifest;

namespace Pipeline.Runtime.Onnx;

/// <summary>Whether a graph is what its manifest says: names, element types, shapes, the first output, the opset.</summary>
internal static class GraphRules
{
    private const string Remedy = "The manifest and the graph disagree: export the policy again, and do not edit the file afterwards.";

    internal static IReadOnlyList<ManifestProblem> Check(OnnxModel model, PolicyManifest manifest)
    {
        var problems = new List<ManifestProblem>();
        if (model.Opset != manifest.Opset)
            problems.Add(new ManifestProblem("opset_import", Text(model.Opset), $"{manifest.Opset}, as the manifest says", Remedy));
        CheckTensors("graph.input", model.Inputs, manifest.Inputs, problems);
        CheckTensors("graph.output", model.Outputs, manifest.Outputs, problems);
        if (model.Outputs.Count > 0 && model.Outputs[0].Name != manifest.Outputs[0].Name)
            problems.Add(new ManifestProblem("graph.output[0]", $"'{model.Outputs[0].Name}'", $"'{manifest.Outputs[0].Name}', the deterministic action", Remedy));
        return problems;
    }

    private static void CheckTensors(string field, List<OnnxTensor> found, IReadOnlyList<TensorSpec> said, List<ManifestProblem> problems)
    {
        foreach (TensorSpec spec in said)
        {
            OnnxTensor[] matches = found.Where(tensor => tensor.Name == spec.Name).ToArray();
            if (matches.Length != 1)
                problems.Add(new ManifestProblem(field, matches.Length == 0 ? $"no '{spec.Name}' among {List(found)}" : $"'{spec.Name}' {matches.Length} times", spec.ToString(), Remedy));
            else if (matches[0].ElementType != ElementCode(spec.Element) || !Fits(matches[0].Shape, spec.Shape))
                problems.Add(new ManifestProblem($"{field} '{spec.Name}'", Describe(matches[0]), spec.ToString(), Remedy));
        }

        foreach (OnnxTensor tensor in found)
        {
            if (said.All(spec => spec.Name != tensor.Name))
                problems.Add(new ManifestProblem(field, $"'{tensor.Name}', which the manifest does not list", List(said.Select(spec => spec.Name)), Remedy));
        }
    }

    private static bool Fits(int[]? found, IReadOnlyList<int> said) => found is not null && found.SequenceEqual(said);

    private static int ElementCode(TensorElement element) => element switch
    {
        TensorElement.Float32 => 1,
        TensorElement.Int64 => 7,
        _ => 9,
    };

    private static string Describe(OnnxTensor tensor)
    {
        string element = tensor.ElementType switch { 1 => "float32", 7 => "int64", 9 => "bool", int code => "element type " + Text(code) };
        string shape = tensor.Shape is null ? "without a shape" : "[" + string.Join(", ", tensor.Shape.Select(n => n < 0 ? "symbolic" : Text(n))) + "]";
        return $"{element} {shape}";
    }

    private static string List(List<OnnxTensor> tensors) => List(tensors.Select(tensor => tensor.Name));

    private static string List(IEnumerable<string> names)
    {
        string text = string.Join(", ", names.Take(20).Select(name => $"'{name}'"));
        return text.Length == 0 ? "none" : text;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
