using System;
using System.Collections.Generic;

namespace Pipeline.Runtime.Onnx;

/// <summary>
/// Whether a graph hangs together: the opset, a name of its own for everything, every node after those it reads (so there is no circle),
/// and of each operator as many inputs and such attributes as it has.
/// </summary>
internal static class GraphStructure
{
    private const int MinimumOpset = 13;
    private const int MaximumOpset = 17;
    private const string Remedy = "Export the policy again, and do not edit the file afterwards.";

    internal static void Check(OnnxModel model, PolicyOptions options, ProblemList problems)
    {
        if (model.Opset is < MinimumOpset or > MaximumOpset)
            problems.Add("opset_import", $"{model.Opset}", $"{MinimumOpset} to {MaximumOpset}", "Export the policy again with one of these.");
        var known = new HashSet<string>(model.Initializers.Keys, StringComparer.Ordinal);
        foreach (OnnxValue input in model.Inputs)
        {
            if (input.Name.Length == 0 || !known.Add(input.Name)) Twice("graph.input", input.Name, problems);
        }

        var made = new HashSet<string>(StringComparer.Ordinal);
        foreach (OnnxNode node in model.Nodes) CheckNode(node, known, made, problems);
        var outputs = new HashSet<string>(StringComparer.Ordinal);
        foreach (OnnxValue output in model.Outputs)
        {
            if (!outputs.Add(output.Name)) Twice("graph.output", output.Name, problems);
            else if (!made.Contains(output.Name)) problems.Add("graph.output", $"'{OperatorFault.Shorten(output.Name)}', which no node makes", "outputs of nodes", Remedy);
        }
    }

    private static void CheckNode(OnnxNode node, HashSet<string> known, HashSet<string> made, ProblemList problems)
    {
        string field = OperatorFault.Field(node);
        OperatorRule rule = OperatorRules.Of(node.Operator);
        if (node.Inputs.Count < rule.MinimumInputs || node.Inputs.Count > rule.MaximumInputs)
            problems.Add(field + ".input", $"{node.Inputs.Count} inputs", rule.MinimumInputs == rule.MaximumInputs ? $"{rule.MinimumInputs}" : $"{rule.MinimumInputs} to {rule.MaximumInputs}", Remedy);
        foreach (string input in node.Inputs)
        {
            if (!known.Contains(input)) problems.Add(field + ".input", $"'{OperatorFault.Shorten(input)}', which is neither an input, nor an initializer, nor made by a node before", "a name that is there", Remedy);
        }

        if (node.Outputs.Count != 1)
            problems.Add(field + ".output", $"{node.Outputs.Count} outputs", "1", Remedy);
        foreach (string output in node.Outputs)
        {
            made.Add(output);
            if (output.Length == 0 || !known.Add(output)) Twice(field + ".output", output, problems);
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (OnnxAttribute attribute in node.Attributes)
        {
            if (!seen.Add(attribute.Name)) Twice(field + ".attribute", attribute.Name, problems);
            else if (!rule.Has(attribute)) problems.Add(field + ".attribute", $"'{OperatorFault.Shorten(attribute.Name)}' ({attribute.Kind})", rule.AttributeNames, Remedy);
        }
    }

    private static void Twice(string field, string name, ProblemList problems) =>
        problems.Add(field, name.Length == 0 ? "no name" : $"'{OperatorFault.Shorten(name)}' a second time", "a name of its own", Remedy);
}
