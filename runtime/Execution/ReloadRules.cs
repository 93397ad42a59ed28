using System.Collections.Generic;
using System.Linq;
using Pipeline.Contracts.Manifest;

namespace Pipeline.Runtime.Execution;

/// <summary>
/// Whether one policy can take another's place under callers whose spans and habits stay. Spaces give the rows' lengths and meaning.
/// Masks must be used by both or neither: a caller that gives them would fail, one that does not would let a policy that needs them
/// choose what is forbidden. Rewards and state are spans of the caller's, and the shapes of the state's pieces tell more than its size.
/// </summary>
internal static class ReloadRules
{
    private const string Remedy = "The policy in use stays. Load the file as a policy of its own, or export one for the same host.";

    internal static IReadOnlyList<ManifestProblem> Check(PolicyModel old, PolicyModel next)
    {
        var problems = new List<ManifestProblem>();
        PolicyManifest before = old.Manifest;
        PolicyManifest after = next.Manifest;
        Compare("observation_space", before.ObservationSpace, after.ObservationSpace, problems);
        Compare("action_space", before.ActionSpace, after.ActionSpace, problems);
        Compare("action_mask input", YesNo(Uses(before, TensorRole.ActionMask)), YesNo(Uses(after, TensorRole.ActionMask)), problems);
        Compare("previous_reward input", YesNo(Uses(before, TensorRole.Reward)), YesNo(Uses(after, TensorRole.Reward)), problems);
        Compare("recurrent state", State(before), State(after), problems);
        if (old.CanSample && !next.CanSample)
            problems.Add(new ManifestProblem("outputs", "no sampled action", "one, as the policy in use has", Remedy));
        return problems;
    }

    /// <summary>Whether an input of a kind is there.</summary>
    internal static bool Uses(PolicyManifest manifest, TensorRole role) => manifest.Inputs.Any(input => input.Role == role);

    /// <summary>Whether an output of a kind is there.</summary>
    internal static bool Gives(PolicyManifest manifest, TensorRole role) => manifest.Outputs.Any(output => output.Role == role);

    private static void Compare(string field, object before, object after, List<ManifestProblem> problems)
    {
        if (!before.Equals(after)) problems.Add(new ManifestProblem(field, after.ToString()!, $"{before}, as the policy in use has", Remedy));
    }

    private static string YesNo(bool there) => there ? "one" : "none";

    private static string State(PolicyManifest manifest)
    {
        string[] shapes = manifest.Recurrent.Select(state => manifest.Inputs.First(input => input.Name == state.Input))
            .Select(input => "[" + string.Join(", ", input.Shape.Select(length => length == TensorSpec.Batch ? "batch" : $"{length}")) + "]").ToArray();
        return shapes.Length == 0 ? "none" : string.Join(" and ", shapes);
    }
}
