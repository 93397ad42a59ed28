using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Pipeline.Contracts.Manifest;

/// <summary>What must hold between the parts of a manifest, whoever made it.</summary>
internal static class ManifestRules
{
    internal const string Major = "1";

    internal static IReadOnlyList<ManifestProblem> Check(PolicyManifest manifest)
    {
        var problems = new List<ManifestProblem>();
        if (manifest.SchemaVersion.Split('.')[0] != Major) problems.Add(VersionProblem(manifest.SchemaVersion));
        if (manifest.Algorithm.Length == 0) problems.Add(new ManifestProblem("algorithm", "nothing", "the algorithm's name, such as ppo"));
        if (manifest.Environment.Length == 0) problems.Add(new ManifestProblem("environment", "nothing", "the environment's name, such as CartPole-v1"));
        if (manifest.Steps < 0) problems.Add(new ManifestProblem("steps", Text(manifest.Steps), "0 or more"));
        if (manifest.Score is double score && (double.IsNaN(score) || double.IsInfinity(score)))
            problems.Add(new ManifestProblem("score", score.ToString(CultureInfo.InvariantCulture), "a finite number or null"));
        if (manifest.Opset < 7 || manifest.Opset > 25) problems.Add(new ManifestProblem("opset", Text(manifest.Opset), "7 to 25"));
        CheckNames(manifest, problems);
        CheckInputs(manifest, problems);
        CheckOutputs(manifest, problems);
        CheckState(manifest, problems);
        return problems;
    }

    internal static ManifestProblem VersionProblem(string found) => new(
        "schema_version",
        $"'{found}'",
        $"{Major}.x",
        "The file was written by another generation of Pipeline: export it again with this one, or use a runtime of that generation.");

    internal static ManifestProblem ProfileProblem(string found) => new(
        PolicyManifest.ProfileField,
        found,
        "none, as files for this runtime have",
        "The file was written for another host. Use the native file that it was made of, or export the run again with --profile native.");

    private static void CheckNames(PolicyManifest manifest, List<ManifestProblem> problems)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string field, TensorSpec spec) in Tensors(manifest))
        {
            if (!seen.Add(spec.Name)) problems.Add(new ManifestProblem(field + ".name", $"'{spec.Name}' a second time", "a name of its own for each input and output"));
            bool isInput = field.StartsWith("inputs", StringComparison.Ordinal);
            if (Names.IsInput(spec.Role) != isInput)
                problems.Add(new ManifestProblem(field + ".role", Names.Of(spec.Role), string.Join(", ", Names.Roles.Where(r => Names.IsInput(r.Value) == isInput).Select(r => r.Name))));
            if (spec.Shape.Count(n => n == TensorSpec.Batch) > 1)
                problems.Add(new ManifestProblem(field + ".shape", Names.Of(spec.Shape), "'batch' once"));
            if ((spec.Role == TensorRole.Noise) != (spec.Noise != NoiseKind.None))
                problems.Add(new ManifestProblem(field + ".noise", Names.Of(spec.Noise), spec.Role == TensorRole.Noise ? "normal, uniform" : "none, as this is not a noise input"));
        }
    }

    private static void CheckInputs(PolicyManifest manifest, List<ManifestProblem> problems)
    {
        IReadOnlyList<TensorSpec> expected = NativeProfile.Observations(manifest.ObservationSpace);
        TensorSpec[] given = manifest.Inputs.Where(i => i.Role == TensorRole.Observation).ToArray();
        if (!given.SequenceEqual(expected))
            problems.Add(new ManifestProblem("inputs (observations)", List(given), List(expected) + $", as the observation space is {Short(manifest.ObservationSpace)}"));
        TensorSpec[] mask = manifest.ActionSpace.MaskSize > 0 ? new[] { NativeProfile.ActionMask(manifest.ActionSpace) } : Array.Empty<TensorSpec>();
        CheckOptional(manifest.Inputs, TensorRole.ActionMask, "inputs (action_mask)", mask, problems);
        CheckOptional(manifest.Inputs, TensorRole.Reward, "inputs (reward)", new[] { NativeProfile.Reward }, problems);
        CheckOptional(manifest.Inputs, TensorRole.Noise, "inputs (noise)", NativeProfile.Noises(manifest.ActionSpace), problems);
    }

    private static void CheckOutputs(PolicyManifest manifest, List<ManifestProblem> problems)
    {
        TensorSpec action = NativeProfile.Action(manifest.ActionSpace);
        if (manifest.Outputs.Count == 0 || !manifest.Outputs[0].Equals(action))
            problems.Add(new ManifestProblem("outputs[0]", manifest.Outputs.Count == 0 ? "no output" : manifest.Outputs[0].ToString(), $"{action}, as the action space is {Short(manifest.ActionSpace)}"));
        if (manifest.Outputs.Skip(1).Any(o => o.Role == TensorRole.Action))
            problems.Add(new ManifestProblem("outputs", "a second output with the role action", "one, and it is the first"));
        CheckOptional(manifest.Outputs, TensorRole.ActionSample, "outputs (action_sample)", new[] { NativeProfile.ActionSample(manifest.ActionSpace) }, problems);
        bool samples = manifest.Outputs.Any(o => o.Role == TensorRole.ActionSample);
        bool noise = manifest.Inputs.Any(i => i.Role == TensorRole.Noise);
        if (samples != noise)
            problems.Add(new ManifestProblem("outputs (action_sample)", samples ? "an action_sample without a noise input" : "a noise input without an action_sample", "both or neither"));
    }

    private static void CheckState(PolicyManifest manifest, List<ManifestProblem> problems)
    {
        for (int i = 0; i < manifest.Recurrent.Count; i++)
        {
            StateSpec state = manifest.Recurrent[i];
            TensorSpec? input = manifest.Inputs.FirstOrDefault(t => t.Name == state.Input && t.Role == TensorRole.StateIn);
            TensorSpec? output = Carrier(manifest, state.Output), drawn = state.SampleOutput is null ? output : Carrier(manifest, state.SampleOutput);
            if (input is null) problems.Add(new ManifestProblem($"recurrent[{i}].input", $"'{state.Input}'", "the name of an input with the role state_in"));
            if (output is null) problems.Add(new ManifestProblem($"recurrent[{i}].output", $"'{state.Output}'", "the name of an output with the role state_out"));
            if (drawn is null && state.SampleOutput is not null)
                problems.Add(new ManifestProblem($"recurrent[{i}].sample_output", $"'{state.SampleOutput}'", "the name of an output with the role state_out, or nothing where it is the output"));
            if (input is null || output is null || drawn is null) continue;
            bool fits = input.Element == TensorElement.Float32 && input.Shape.Count > 0 && input.Shape[0] == TensorSpec.Batch
                && new[] { output, drawn }.All(o => o.Element == TensorElement.Float32 && o.Shape.SequenceEqual(input.Shape));
            if (!fits) problems.Add(new ManifestProblem($"recurrent[{i}]", output == drawn ? $"{input} and {output}" : $"{input}, {output} and {drawn}", "float32 tensors of the same shape [batch, ...]"));
        }

        CheckListed(manifest.Inputs, TensorRole.StateIn, "inputs", manifest.Recurrent.Select(s => s.Input), problems);
        CheckListed(manifest.Outputs, TensorRole.StateOut, "outputs", manifest.Recurrent.SelectMany(s => s.SampleOutput is null ? new[] { s.Output } : new[] { s.Output, s.SampleOutput }), problems);
    }

    private static TensorSpec? Carrier(PolicyManifest manifest, string name) => manifest.Outputs.FirstOrDefault(t => t.Name == name && t.Role == TensorRole.StateOut);

    private static void CheckListed(IReadOnlyList<TensorSpec> tensors, TensorRole role, string field, IEnumerable<string> names, List<ManifestProblem> problems)
    {
        string[] listed = names.ToArray();
        for (int i = 0; i < tensors.Count; i++)
        {
            if (tensors[i].Role == role && listed.Count(n => n == tensors[i].Name) != 1)
                problems.Add(new ManifestProblem($"{field}[{i}]", $"the state '{tensors[i].Name}' {listed.Count(n => n == tensors[i].Name)} times in recurrent", "once"));
        }
    }

    private static void CheckOptional(IReadOnlyList<TensorSpec> tensors, TensorRole role, string field, IReadOnlyList<TensorSpec> expected, List<ManifestProblem> problems)
    {
        TensorSpec[] given = tensors.Where(t => t.Role == role).ToArray();
        if (given.Length == 0 || given.SequenceEqual(expected)) return;
        problems.Add(new ManifestProblem(field, List(given), expected.Count == 0 ? "none for this action space" : $"none, or {List(expected)}"));
    }

    private static IEnumerable<(string Field, TensorSpec Spec)> Tensors(PolicyManifest manifest) =>
        manifest.Inputs.Select((spec, i) => ($"inputs[{i}]", spec)).Concat(manifest.Outputs.Select((spec, i) => ($"outputs[{i}]", spec)));

    private static string List(IEnumerable<TensorSpec> specs)
    {
        string text = string.Join(", ", specs.Select(s => s.ToString()));
        return text.Length == 0 ? "none" : Shorten(text);
    }

    private static string Short(Spaces.Space space) => Shorten(space.ToString() ?? "");

    internal static string Shorten(string text) => text.Length <= 200 ? text : text[..200] + "…";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
