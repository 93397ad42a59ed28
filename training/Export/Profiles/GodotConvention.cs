using System;
using System.Collections.Generic;
using System.Linq;
using Newtonsoft.Json.Linq;
using Pipeline.Contracts.Manifest;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Engine.Graphs;

namespace Pipeline.Training.Export.Profiles;

/// <summary>
/// Files for the Godot RL Agents plugin. The agent's observations are an input <c>obs</c>, or one for each entry of a dictionary under its name, flat; the agent's
/// action space has, in this order, one key for each Box, one for each choice of Discrete and MultiDiscrete and one with two options for each bit. Real numbers
/// come in [−1, 1], for the agent to scale. Where an action has both kinds, each block of real numbers is followed by as many logarithms of deviations, which the host skips.
/// </summary>
internal sealed class GodotConvention : IHostConvention
{
    public const string StateIn = "state_ins", StateOut = "state_outs", Output = "output", Observation = "obs";

    public HostProfile Profile => HostProfile.Godot;

    public IEnumerable<string> Problems(PolicyManifest policy)
    {
        if (policy.Recurrent.Count > 0)
            yield return "The policy remembers, and the host gives state_ins the number 1 every time: nothing is carried from step to step. Train without memory, or use the native profile.";
        if (policy.Inputs.Any(i => i.Role == TensorRole.ActionMask))
            yield return "The policy takes action masks, which the host does not have: it would choose what is forbidden. Use the native or the ml-agents profile, or train in an environment without masks.";
        foreach (ActionPart part in ActionPart.Of(policy.ActionSpace).Where(p => p.IsContinuous && !p.Rescales))
            yield return $"The action {part.Key} is {part.Space}, and the host cuts real numbers to -1 to 1. Give the action finite bounds.";
        if (NativeProfile.Observations(policy.ObservationSpace).Any(s => s.Name is StateIn or Output or StateOut))
            yield return $"An entry of the observation is named {StateIn}, {StateOut} or {Output}, which are names of the host's own. Give the entry another name.";
    }

    public IReadOnlyList<HostInput> Build(NativeActor actor)
    {
        HostGraph graph = actor.Graph;
        bool isDict = actor.Policy.ObservationSpace is Dict;
        var inputs = new List<HostInput>(actor.Observe((_, spec) => isDict ? spec.Name : Observation, spec => [HostGraph.Batch, spec.RowSize]));
        string state = graph.Input(StateIn, HostGraph.Batch);
        inputs.Add(new HostInput(state, HostInputKind.One, [HostGraph.Batch]));
        bool mixed = actor.Discrete.Count > 0;
        var blocks = new List<string>();
        foreach (ActionPart part in actor.Parts)
        {
            blocks.Add(part.IsContinuous ? actor.Numbers(part, sampled: false) : actor.Scores(part));
            if (part.IsContinuous && mixed) blocks.Add(LogDeviation(actor, part, blocks[^1]));
        }

        graph.Output(Output, graph.Concat([.. blocks]), ElementType.Float32, HostGraph.Batch, Size(actor.Parts));
        graph.Output(StateOut, state, ElementType.Float32, HostGraph.Batch);
        return inputs;
    }

    public JObject Mapping(PolicyManifest policy) => new()
    {
        ["keys"] = new JArray(ActionPart.Of(policy.ActionSpace).SelectMany(Keys)),
    };

    public void Act(PolicyManifest policy, IReadOnlyDictionary<string, float[]> outputs, Span<float> action)
    {
        IReadOnlyList<ActionPart> parts = ActionPart.Of(policy.ActionSpace);
        ReadOnlySpan<float> said = outputs[Output];
        int start = 0;
        foreach (ActionPart part in parts)
        {
            Span<float> own = action.Slice(part.Start, part.Space.Size);
            if (part.IsContinuous)
            {
                float[] cut = [.. said.Slice(start, own.Length).ToArray().Select(x => Math.Clamp(x, -1, 1))];
                ContinuousMapping.Scale(part, cut, own);
                start += IsMixed(parts) ? 2 * own.Length : own.Length;
                continue;
            }

            for (int i = 0; i < own.Length; i++)
            {
                ReadOnlySpan<float> logits = said.Slice(start, part.Branches[i]);
                own[i] = System.Numerics.Tensors.TensorPrimitives.IndexOfMax(logits);
                start += logits.Length;
            }
        }
    }

    public IReadOnlyList<string> Check(HostFile file) => GodotRules.Check(file);

    private static bool IsMixed(IReadOnlyList<ActionPart> parts) => parts.Any(p => p.IsContinuous) && parts.Any(p => !p.IsContinuous);

    private static int Size(IReadOnlyList<ActionPart> parts) => parts.Sum(p => p.IsContinuous ? (IsMixed(parts) ? 2 : 1) * p.Space.Size : p.Options);

    // Those that were learned, alike for every observation; the host skips them, so zeros do for a policy without.
    private static string LogDeviation(NativeActor actor, ActionPart part, string numbers)
    {
        int size = part.Space.Size, start = actor.Continuous.TakeWhile(p => p != part).Sum(p => p.Space.Size);
        float[] learned = actor.Graph.NativeConstant("actor.log_std") is float[] all && all.Length >= start + size ? all[start..(start + size)] : new float[size];
        string zeros = actor.Graph.Apply("Mul", [numbers, actor.Graph.Constant(new float[size], size)]);
        return actor.Graph.Apply("Add", [zeros, actor.Graph.Constant(learned, size)]);
    }

    private static IEnumerable<JObject> Keys(ActionPart part)
    {
        if (part.IsContinuous)
        {
            JObject key = ContinuousMapping.Of(part);
            (key["action_type"], key["size"]) = ("continuous", part.Space.Size);
            return [key];
        }

        return part.Branches.Select((n, i) => new JObject { ["entry"] = part.Key, ["choice"] = i, ["action_type"] = "discrete", ["size"] = n });
    }
}
