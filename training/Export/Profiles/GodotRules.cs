using System.Collections.Generic;
using System.Linq;
using Convention = Pipeline.Training.Export.Profiles.GodotConvention;

namespace Pipeline.Training.Export.Profiles;

/// <summary>What stands for the inference node of Godot RL Agents here: what it feeds, what it asks for, and what its ONNX Runtime reads.</summary>
internal static class GodotRules
{
    // Those of ONNX Runtime 1.15, which the plugin refers to.
    private const int HighestOpset = 19, HighestIr = 9;
    private static readonly string[] _domains = ["", "ai.onnx.ml", "com.microsoft"];

    /// <summary>Everything that keeps the host from loading a file.</summary>
    /// <param name="file">The file.</param>
    public static IReadOnlyList<string> Check(HostFile file)
    {
        var problems = new List<string>();
        if (file.Opset > HighestOpset || file.IrVersion > HighestIr) problems.Add($"Its operator set is {file.Opset} and its format {file.IrVersion}; ONNX Runtime 1.15 reads up to {HighestOpset} and {HighestIr}.");
        if (file.HasExternalData) problems.Add("Tensors have their data in other files; the host loads from memory.");
        string[] foreign = [.. file.Operators.Where(o => !_domains.Contains(o.Domain)).Select(o => $"{o.Domain}:{o.Type}")];
        if (foreign.Length > 0) problems.Add($"It has operators that ONNX Runtime does not bring: {string.Join(", ", foreign)}.");
        Inputs(file, problems);
        Outputs(file, problems);
        if (problems.Count == 0) problems.AddRange(file.Zeros.Problems());
        return problems;
    }

    private static void Inputs(HostFile file, List<string> problems)
    {
        HostValue? state = file.Input(Convention.StateIn);
        if (state is null) problems.Add($"It has no input '{Convention.StateIn}', which the host always gives.");
        else if (state.Type != HostValue.Float || state.Shape is not { Length: 1 }) problems.Add($"The input {state} should be float32 [batch].");
        foreach (HostValue input in file.Inputs.Where(i => i.Name != Convention.StateIn))
        {
            if (input.Type != HostValue.Float || input.Shape is not { Length: 2 } shape || shape[1] < 1)
                problems.Add($"The input {input} should be float32 [batch, size]: the host gives each entry of the observation as one row.");
            else if (shape[0] > 1) problems.Add($"The input {input} has {shape[0]} rows; the host gives one.");
        }

        if (file.Inputs.All(i => i.Name == Convention.StateIn)) problems.Add($"It has no observation among its inputs, such as '{Convention.Observation}'.");
    }

    private static void Outputs(HostFile file, List<string> problems)
    {
        foreach (string name in new[] { Convention.Output, Convention.StateOut })
        {
            HostValue? output = file.Output(name);
            if (output is null) problems.Add($"It has no output '{name}', which the host asks for.");
            else if (output.Type != HostValue.Float) problems.Add($"The output {output} should be float32.");
        }

        if (file.Output(Convention.Output) is HostValue said && (said.Shape is not { Length: 2 } shape || shape[1] < 1))
            problems.Add($"The output {said} should be [batch, K] with a number K: the host reads it from the file.");
    }
}
