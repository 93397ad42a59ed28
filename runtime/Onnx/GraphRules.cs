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
        var problems = new ProblemList();
        if (model.Opset != manifest.Opset)
            problems.Add("opset_import", Text(model.Opset), $"{manifest.Opset}, as the manifest says", Remedy);
        CheckTensors("graph.input", model.Inputs, manifest.Inputs, problems);
        CheckTensors("graph.output", model.Outputs, manifest.Outputs, problems);
        if (model.Outputs.Count > 0 && model.Outputs[0].Name != manifest.Outputs[0].Name)
            problems.Add("graph.output[0]", $"'{model.Outputs[0].Name}'", $"'{manifest.Outputs[0].Name}', the deterministic action", Remedy);
        return problems.Items;
    }

    private static void CheckTensors(string field, List<OnnxValue> found, IReadOnlyList<TensorSpec> said, ProblemList problems)
    {
        Dictionary<string, OnnxValue> values = found.ToDictionary(value => value.Name, StringComparer.Ordinal);
        foreach (TensorSpec spec in said)
        {
            if (!values.Remove(spec.Name, out OnnxValue? value))
                problems.Add(field, $"no '{Short(spec.Name)}' among {List(found)}", Short(spec), Remedy);
            else if (value.Element != ElementTypes.Code(spec.Element) || !Fits(value.Shape, spec.Shape))
                problems.Add($"{field} '{Short(spec.Name)}'", Describe(value), Short(spec), Remedy);
        }

        foreach (OnnxValue tensor in found)
        {
            if (values.ContainsKey(tensor.Name))
                problems.Add(field, $"'{Short(tensor.Name)}', which the manifest does not list", List(said.Select(spec => spec.Name)), Remedy);
        }
    }

    private static bool Fits(int[]? found, IReadOnlyList<int> said)
    {
        if (found is null || found.Length != said.Count) return false;
        for (int i = 0; i < found.Length; i++)
        {
            if (found[i] != said[i]) return false;
        }

        return true;
    }

    private static string Describe(OnnxValue tensor)
    {
        string element = ElementTypes.Name(tensor.Element);
        string shape = tensor.Shape is null ? "without a shape" : "[" + string.Join(", ", tensor.Shape.Select(n => n < 0 ? "symbolic" : Text(n))) + "]";
        return $"{element} {shape}";
    }

    private static string List(List<OnnxValue> tensors) => List(tensors.Select(tensor => tensor.Name));

    private static string List(IEnumerable<string> names)
    {
        string text = string.Join(", ", names.Take(20).Select(name => $"'{Short(name)}'"));
        return text.Length == 0 ? "none" : text;
    }

    private static string Short(TensorSpec spec) => spec.ToString().Replace(spec.Name, Short(spec.Name), StringComparison.Ordinal);

    private static string Short(string text) => OperatorFault.Shorten(text);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
