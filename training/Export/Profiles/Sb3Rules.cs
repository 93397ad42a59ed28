using System.Collections.Generic;
using System.Linq;
using Convention = Pipeline.Training.Export.Profiles.Sb3Convention;

namespace Pipeline.Training.Export.Profiles;

/// <summary>
/// What stands for programs that run the exports of Stable-Baselines3's documentation: they feed <c>input</c> (or the entries of a dictionary) and take the first output as the action.
/// </summary>
internal static class Sb3Rules
{
    private const int HighestOpset = 18, Bytes = 2;

    /// <summary>Everything that keeps such a program from using a file.</summary>
    /// <param name="file">The file.</param>
    public static IReadOnlyList<string> Check(HostFile file)
    {
        var problems = new List<string>();
        if (file.Opset > HighestOpset) problems.Add($"Its operator set is {file.Opset}; the documented exports have up to {HighestOpset}.");
        if (file.HasExternalData) problems.Add("Tensors have their data in other files; the documented exports are one file.");
        string[] foreign = [.. file.Operators.Where(o => o.Domain.Length > 0).Select(o => $"{o.Domain}:{o.Type}")];
        if (foreign.Length > 0) problems.Add($"It has operators beyond the ONNX standard: {string.Join(", ", foreign)}.");
        if (file.Inputs.Count == 0) problems.Add("It has no input.");
        if (file.Inputs.Count == 1 && file.Inputs[0].Name != Convention.Input && !IsEntry(file))
            problems.Add($"Its input is '{file.Inputs[0].Name}'; programs feed '{Convention.Input}'.");
        foreach (HostValue input in file.Inputs)
        {
            if (input.Type is not (HostValue.Float or Bytes) || input.Shape is not { Length: >= 2 }) problems.Add($"The input {input} should be float32 (images may be uint8), [batch, …].");
        }

        Action(file, problems);
        if (problems.Count == 0 && file.Inputs.All(i => i.Type == HostValue.Float)) problems.AddRange(file.Zeros.Problems());
        return problems;
    }

    // A file of ours with a dictionary of one entry.
    private static bool IsEntry(HostFile file) => file.Outputs.Count > 0 && file.Outputs[0].Name == Convention.Action;

    private static void Action(HostFile file, List<string> problems)
    {
        // What a policy of the library never has: its exports are of one step without memory, masks or noise.
        string[] others = [.. file.Inputs.Select(i => i.Name).Where(n => n is "state_ins" or "recurrent_in" or "action_masks" or "action_mask" or "noise" or "epsilon" || n.StartsWith("memory.", System.StringComparison.Ordinal))];
        if (others.Length > 0) problems.Add($"It needs {string.Join(", ", others)}, which such programs do not feed.");
        if (file.Outputs.Count == 0)
        {
            problems.Add("It has no output.");
            return;
        }

        HostValue action = file.Outputs[0];
        bool isAction = action.Type == HostValue.Float ? action.Shape is null or { Length: >= 2 } : action.Type == HostValue.Int64 && action.Shape is null or { Length: 1 or 2 };
        if (!isAction) problems.Add($"The first output {action} should be the action: float32 [batch, n] or int64 [batch] or [batch, n].");
    }
}
