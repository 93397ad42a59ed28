using System;
using System.Collections.Generic;
using System.Linq;
using Newtonsoft.Json.Linq;
using Pipeline.Contracts.Manifest;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Engine.Graphs;

namespace Pipeline.Training.Export.Profiles;

/// <summary>
/// Files for Unity ML-Agents, API version 3. Observations are obs_0, obs_1, … in the order of the dictionary's entries: name the sensors so that their ordinal
/// order is that one. Real numbers come in [−1, 1] where the action has finite bounds, for the agent to scale, and are drawn by RandomNormalLike; choices
/// are drawn by Multinomial. Those are what ML-Agents' own trainers write, so whatever version loads their files has them; the host's optional input
/// <c>epsilon</c>, which no trainer has written for years, is not used.
/// </summary>
internal sealed class MlAgentsConvention : IHostConvention
{
    public const string Mask = "action_masks", MemoryIn = "recurrent_in", MemoryOut = "recurrent_out", Version = "version_number", MemorySize = "memory_size";
    public const string Numbers = "continuous_actions", NumbersShape = "continuous_action_output_shape", BestNumbers = "deterministic_continuous_actions";
    public const string Choices = "discrete_actions", ChoicesShape = "discrete_action_output_shape", BestChoices = "deterministic_discrete_actions";
    private const float Forbidden = 1e8f;

    public HostProfile Profile => HostProfile.MlAgents;

    public static string Observation(int index) => $"obs_{index}";

    public IEnumerable<string> Problems(PolicyManifest policy)
    {
        if (policy.Recurrent.Any(s => s.SampleOutput is not null))
            yield return "The policy reads its own action of the step before, and the host does not tell the file which of the two actions it took. Train with --set previous_action=false.";
        if (policy.Inputs.Any(i => i.Role == TensorRole.Reward))
            yield return "The policy reads the reward of the step before, which the host does not give. Train with --set previous_reward=false.";
        if (policy.Outputs.All(o => o.Role != TensorRole.ActionSample))
            yield return "The policy has no sampled action, and the host asks for one unless its agent is set to be deterministic. Export it again with this version.";
    }

    public IReadOnlyList<HostInput> Build(NativeActor actor)
    {
        HostGraph graph = actor.Graph;
        var inputs = new List<HostInput>(actor.Observe((i, _) => Observation(i), spec => spec.Shape.Count <= 4 ? null : [HostGraph.Batch, spec.RowSize]));
        IReadOnlyList<ActionPart> choices = actor.Discrete, numbers = actor.Continuous;
        int options = choices.Sum(p => p.Options);
        if (options > 0) inputs.Add(new HostInput(graph.Input(Mask, HostGraph.Batch, options), HostInputKind.Mask, [HostGraph.Batch, options]));
        if (actor.Masked) graph.Feed(NativeProfile.ActionMaskName, NativeMask(graph, choices));
        int memory = Remember(actor, inputs);

        graph.ConstantOutput(Version, [3], 1);
        graph.ConstantOutput(MemorySize, [memory], 1);
        if (numbers.Count > 0) Continuous(actor, numbers);
        if (choices.Count > 0) Discrete(actor, choices);
        if (memory == 0) return inputs;
        string said = graph.Concat([.. actor.Policy.Recurrent.Select(s => HostGraph.Native(s.Output))]);
        graph.Output(MemoryOut, graph.Reshape(said, HostGraph.Batch, 1, memory), ElementType.Float32, HostGraph.Batch, 1, memory);
        return inputs;
    }

    public JObject Mapping(PolicyManifest policy)
    {
        IReadOnlyList<ActionPart> parts = ActionPart.Of(policy.ActionSpace);
        return new JObject
        {
            ["observations"] = new JArray(NativeProfile.Observations(policy.ObservationSpace).Select((spec, i) => new JObject { ["input"] = Observation(i), ["entry"] = spec.Name })),
            ["continuous"] = new JArray(parts.Where(p => p.IsContinuous).Select(ContinuousMapping.Of)),
            ["discrete_branches"] = new JArray(parts.SelectMany(p => p.Branches)),
        };
    }

    public void Act(PolicyManifest policy, IReadOnlyDictionary<string, float[]> outputs, Span<float> action)
    {
        int number = 0, choice = 0;
        foreach (ActionPart part in ActionPart.Of(policy.ActionSpace))
        {
            Span<float> own = action.Slice(part.Start, part.Space.Size);
            if (part.IsContinuous) ContinuousMapping.Scale(part, outputs[BestNumbers].AsSpan(number, own.Length), own);
            else outputs[BestChoices].AsSpan(choice, own.Length).CopyTo(own);
            if (part.IsContinuous) number += own.Length;
            else choice += own.Length;
        }
    }

    public IReadOnlyList<string> Check(HostFile file) => MlAgentsRules.Check(file);

    // Bits have no masks of their own.
    private static string NativeMask(HostGraph graph, IReadOnlyList<ActionPart> choices)
    {
        if (choices.All(p => p.Space is not MultiBinary)) return Mask;
        var columns = new List<string>();
        int start = 0;
        foreach (ActionPart part in choices)
        {
            if (part.Space.MaskSize > 0) columns.Add(graph.Columns(Mask, start, part.Options));
            start += part.Options;
        }

        return graph.Concat([.. columns]);
    }

    private static int Remember(NativeActor actor, List<HostInput> inputs)
    {
        HostGraph graph = actor.Graph;
        int[] sizes = [.. actor.Policy.Recurrent.Select(s => actor.Policy.Inputs.First(i => i.Name == s.Input).RowSize)];
        int memory = sizes.Sum();
        if (memory == 0) return 0;
        string row = graph.Reshape(graph.Input(MemoryIn, HostGraph.Batch, 1, memory), HostGraph.Batch, memory);
        inputs.Add(new HostInput(MemoryIn, HostInputKind.Memory, [HostGraph.Batch, 1, memory]));
        int start = 0;
        foreach ((StateSpec state, int size) in actor.Policy.Recurrent.Zip(sizes))
        {
            graph.Feed(state.Input, graph.Columns(row, start, size));
            start += size;
        }

        return memory;
    }

    private static void Continuous(NativeActor actor, IReadOnlyList<ActionPart> parts)
    {
        HostGraph graph = actor.Graph;
        int size = parts.Sum(p => p.Space.Size);
        string[] best = [.. parts.Select(p => actor.Numbers(p, sampled: false))];
        string all = graph.Concat(best);
        actor.DrawNormal(all);
        graph.Output(Numbers, graph.Concat([.. parts.Select(p => actor.Numbers(p, sampled: true))]), ElementType.Float32, HostGraph.Batch, size);
        graph.ConstantOutput(NumbersShape, [size], 1);
        graph.Output(BestNumbers, all, ElementType.Float32, HostGraph.Batch, size);
    }

    private static void Discrete(NativeActor actor, IReadOnlyList<ActionPart> parts)
    {
        HostGraph graph = actor.Graph;
        List<string> drawn = [], best = [];
        int start = 0;
        foreach (ActionPart part in parts)
        {
            string mask = graph.Columns(Mask, start, part.Options), scores = Allowed(graph, actor.Scores(part), mask);
            start += part.Options;
            int column = 0;
            foreach (int n in part.Branches)
            {
                string own = part.Options == n ? scores : graph.Columns(scores, column, n);
                best.Add(graph.Apply("ArgMax", [own], ("axis", 1L), ("keepdims", 1L)));
                if (actor.DrawsByScores) drawn.Add(graph.Apply("Multinomial", [graph.Apply("LogSoftmax", [own], ("axis", 1L))], ("dtype", (long)ElementType.Int64), ("sample_size", 1L)));
                column += n;
            }

            if (!actor.DrawsByScores) drawn.Add(Tried(actor, part, mask, scores, best[^1]));
        }

        int branches = best.Count;
        graph.Output(Choices, graph.Concat([.. drawn]), ElementType.Int64, HostGraph.Batch, branches);
        graph.ConstantOutput(ChoicesShape, [.. parts.SelectMany(p => p.Branches).Select(n => (float)n)], 1, branches);
        graph.Output(BestChoices, graph.Concat([.. best]), ElementType.Int64, HostGraph.Batch, branches);
    }

    private static string Allowed(HostGraph graph, string scores, string mask) => graph.Apply("Add", [
        graph.Apply("Mul", [scores, mask]),
        graph.Apply("Mul", [graph.Apply("Sub", [mask, graph.Constant([1f], 1)]), graph.Constant([Forbidden], 1)])]);

    // A policy that chooses by values tries others as it did at the end of its training; what the mask forbids gives way to the best choice.
    private static string Tried(NativeActor actor, ActionPart part, string mask, string scores, string best)
    {
        HostGraph graph = actor.Graph;
        actor.DrawUniform(NativeProfile.NoiseName, scores);
        string tried = actor.Row(part, sampled: true);
        string options = graph.Constant([.. Enumerable.Range(0, part.Options).Select(i => (float)i)], 1, part.Options);
        string chosen = graph.Cast(graph.Apply("Less", [graph.Apply("Abs", [graph.Apply("Sub", [options, tried])]), graph.Constant([0.5f], 1)]), ElementType.Float32);
        string allowed = graph.Apply("MatMul", [graph.Apply("Mul", [chosen, mask]), graph.Constant([.. Enumerable.Repeat(1f, part.Options)], part.Options, 1)]);
        string bestNumber = graph.Cast(best, ElementType.Float32);
        string change = graph.Apply("Mul", [allowed, graph.Apply("Sub", [tried, bestNumber])]);
        return graph.Cast(graph.Apply("Add", [bestNumber, change]), ElementType.Int64);
    }
}
