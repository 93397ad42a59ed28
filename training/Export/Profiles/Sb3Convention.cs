using System;
using System.Collections.Generic;
using System.Linq;
using Newtonsoft.Json.Linq;
using Pipeline.Contracts.Manifest;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Engine.Graphs;

namespace Pipeline.Training.Export.Profiles;

/// <summary>
/// Files as the documentation of Stable-Baselines3 exports them: an input <c>input</c> (of a dictionary one for each entry, under its name), the
/// deterministic action as the first output, and what the library does after its network left to the program. For the algorithms that squash (SAC and its like) that
/// is the way from [−1, 1] to the bounds; for the others it is cutting to the bounds, which changes nothing here.
/// </summary>
internal sealed class Sb3Convention : IHostConvention
{
    public const string Input = "input", Action = "actions";

    // Those whose actions come in [−1, 1] from the library's own policies of that name, and their like here.
    private static readonly string[] _squashing = ["ddpg", "td3", "sac", "sac-v1", "sql"];

    public HostProfile Profile => HostProfile.Sb3;

    public IEnumerable<string> Problems(PolicyManifest policy)
    {
        if (policy.Recurrent.Count > 0) yield return "The policy remembers, and the documented export has no state. Use the native or the ml-agents profile.";
        if (policy.Inputs.Any(i => i.Role == TensorRole.ActionMask)) yield return "The policy takes action masks, which the documented export has no input for. Use the native or the ml-agents profile.";
        if (policy.ActionSpace is Dict) yield return "The action is a dictionary, which the library has no policies for. Use the native, ml-agents or godot profile.";
        if (NativeProfile.Observations(policy.ObservationSpace).Any(s => s.Name == Action))
            yield return $"An entry of the observation is named {Action}, as the first output is. Give the entry another name.";
    }

    public IReadOnlyList<HostInput> Build(NativeActor actor)
    {
        HostGraph graph = actor.Graph;
        bool isDict = actor.Policy.ObservationSpace is Dict;
        IReadOnlyList<HostInput> inputs = actor.Observe((_, spec) => isDict ? spec.Name : Input, _ => null);
        ActionPart part = actor.Parts[0];
        TensorSpec native = NativeProfile.Action(part.Space);
        long[] shape = [.. native.Shape.Select(n => n == TensorSpec.Batch ? HostGraph.Batch : n)];
        if (!Squashes(actor.Policy)) graph.Output(Action, HostGraph.Native(NativeProfile.ActionName), (ElementType)(native.Element == TensorElement.Int64 ? 7 : 1), shape);
        else graph.Output(Action, graph.Reshape(actor.Numbers(part, sampled: false), shape), ElementType.Float32, shape);
        return inputs;
    }

    public JObject Mapping(PolicyManifest policy) => new()
    {
        ["post_processing"] = Squashes(policy) ? "low + 0.5 * (action + 1) * (high - low)" : policy.ActionSpace is Box ? "clip to low and high" : "none",
    };

    public void Act(PolicyManifest policy, IReadOnlyDictionary<string, float[]> outputs, Span<float> action)
    {
        if (Squashes(policy)) ContinuousMapping.Scale(ActionPart.Of(policy.ActionSpace)[0], outputs[Action], action);
        else outputs[Action].CopyTo(action);
    }

    public IReadOnlyList<string> Check(HostFile file) => Sb3Rules.Check(file);

    private static bool Squashes(PolicyManifest policy) => policy.ActionSpace is Box { IsBounded: true } && _squashing.Contains(policy.Algorithm);
}
