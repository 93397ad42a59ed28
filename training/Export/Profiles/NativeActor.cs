using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Contracts.Manifest;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Engine.Graphs;

namespace Pipeline.Training.Export.Profiles;

/// <summary>What a native policy says, as tensors of the graph that a host's file is made in.</summary>
internal sealed class NativeActor
{
    /// <summary>Reads what the policy's manifest says of its graph.</summary>
    /// <param name="graph">The graph that holds the native one.</param>
    /// <param name="policy">The native file's manifest.</param>
    public NativeActor(HostGraph graph, PolicyManifest policy)
    {
        Graph = graph;
        Policy = policy;
        Parts = ActionPart.Of(policy.ActionSpace);
    }

    /// <summary>The graph.</summary>
    public HostGraph Graph { get; }

    /// <summary>The native file's manifest.</summary>
    public PolicyManifest Policy { get; }

    /// <summary>The entries of the action.</summary>
    public IReadOnlyList<ActionPart> Parts { get; }

    /// <summary>The entries that are real numbers.</summary>
    public IReadOnlyList<ActionPart> Continuous => [.. Parts.Where(p => p.IsContinuous)];

    /// <summary>The entries that are choices.</summary>
    public IReadOnlyList<ActionPart> Discrete => [.. Parts.Where(p => !p.IsContinuous)];

    /// <summary>Whether the policy takes masks.</summary>
    public bool Masked => Policy.Inputs.Any(i => i.Role == TensorRole.ActionMask);

    /// <summary>Whether choices are drawn by what <see cref="Scores"/> are the unnormalised log-probabilities of.</summary>
    public bool DrawsByScores => Policy.Outputs.Any(o => o.Role == TensorRole.Logits);

    /// <summary>Declares inputs for the observations, in the shapes of the native file, and lets the policy read them.</summary>
    /// <param name="name">The host's name for an entry, of its place and its own name.</param>
    /// <param name="shape">The shape of an entry in the host; null where it is that of the native file.</param>
    public IReadOnlyList<HostInput> Observe(Func<int, TensorSpec, string> name, Func<TensorSpec, long[]?> shape)
    {
        var inputs = new List<HostInput>();
        foreach (TensorSpec spec in NativeProfile.Observations(Policy.ObservationSpace))
        {
            long[] native = [.. spec.Shape.Select(n => n == TensorSpec.Batch ? HostGraph.Batch : n)];
            long[] taken = shape(spec) ?? native;
            string input = Graph.Input(name(inputs.Count, spec), taken);
            Graph.Feed(spec.Name, taken.SequenceEqual(native) ? input : Graph.Reshape(input, native));
            inputs.Add(new HostInput(input, HostInputKind.Observation, taken));
        }

        return inputs;
    }

    /// <summary>The real numbers of a part, [batch, size]: in [−1, 1] where the policy scales them to finite bounds, else as they are.</summary>
    /// <param name="part">The part.</param>
    /// <param name="sampled">The drawn ones, else the deterministic ones.</param>
    public string Numbers(ActionPart part, bool sampled)
    {
        string numbers = Row(part, sampled);
        if (!part.Rescales) return numbers;
        (float[] centre, float[] half) = part.Scale();
        string unit = Graph.Apply("Mul", [Graph.Apply("Sub", [numbers, Graph.Constant(centre, centre.Length)]), Graph.Constant([.. half.Select(h => h == 0 ? 0 : 1 / h)], half.Length)]);

        // Where the middle is far from 0 the way back rounds.
        return Graph.Apply("Min", [Graph.Apply("Max", [unit, Graph.Constant([-1f], 1)]), Graph.Constant([1f], 1)]);
    }

    /// <summary>A part of the action as the environment takes it, [batch, size] floats.</summary>
    /// <param name="part">The part.</param>
    /// <param name="sampled">The drawn one, else the deterministic one.</param>
    public string Row(ActionPart part, bool sampled)
    {
        string action = HostGraph.Native(sampled ? NativeProfile.ActionSampleName : NativeProfile.ActionName);
        Space space = Policy.ActionSpace;
        if (NativeProfile.Action(space).Element != TensorElement.Float32) action = Graph.Cast(action, ElementType.Float32);
        action = Graph.Reshape(action, HostGraph.Batch, space.Size);
        return part.Space.Size == space.Size ? action : Graph.Columns(action, part.Start, part.Space.Size);
    }

    /// <summary>What a part's choices are made by, [batch, options]: of each choice the option with the largest.</summary>
    /// <param name="part">A part that is choices.</param>
    public string Scores(ActionPart part)
    {
        string scores = HostGraph.Native(SaidOf(part).Name);
        if (part.Space is not MultiBinary bits) return scores;

        // No against yes: 0 and the bit's logit.
        float[] pattern = new float[bits.N * 2 * bits.N];
        for (int i = 0; i < bits.N; i++) pattern[(i * 2 * bits.N) + (2 * i) + 1] = 1;
        return Graph.Apply("MatMul", [scores, Graph.Constant(pattern, bits.N, 2 * bits.N)]);
    }

    /// <summary>Lets the native graph draw its own normal numbers, as many in a row as a tensor has columns.</summary>
    /// <param name="like">[batch, numbers of all real-valued parts]</param>
    public void DrawNormal(string like)
    {
        Graph.Feed(NativeProfile.NoiseName, Graph.Apply("RandomNormalLike", [like]));

        // The drawn numbers stand in one row with choices that are drawn with them, though nobody reads those.
        if (Discrete.Count > 0) DrawUniform(NativeProfile.UniformNoiseName, Graph.Concat([.. Discrete.Select(p => HostGraph.Native(SaidOf(p).Name))]));
    }

    /// <summary>Lets the native graph draw its own uniform numbers, never 0 nor 1.</summary>
    /// <param name="input">The native input.</param>
    /// <param name="like">A tensor with as many columns.</param>
    public void DrawUniform(string input, string like) => Graph.Feed(input, Graph.Apply("RandomUniformLike", [like], ("low", 1e-6f), ("high", 1f - 1e-6f)));

    // What a part's choices are made from: its logits, or the value of each option.
    private TensorSpec SaidOf(ActionPart part) => Policy.ActionSpace is Dict
        ? Policy.Outputs.First(o => o.Role == TensorRole.Logits && o.Name == $"logits.{part.Key}")
        : Policy.Outputs.First(o => o.Role == TensorRole.Logits || o.Name == "q_values");
}

/// <summary>What a host puts into an input.</summary>
internal enum HostInputKind
{
    /// <summary>An entry of the observation.</summary>
    Observation,

    /// <summary>Which options are allowed, those of bits included.</summary>
    Mask,

    /// <summary>What the policy remembers.</summary>
    Memory,

    /// <summary>The number 1.</summary>
    One,
}

/// <summary>An input of a host's file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What the host puts there.</param>
/// <param name="Shape">The lengths of its axes, <see cref="HostGraph.Batch"/> for the rows.</param>
internal sealed record HostInput(string Name, HostInputKind Kind, long[] Shape)
{
    /// <summary>Numbers in a row.</summary>
    public int RowSize => (int)Shape.Where(n => n != HostGraph.Batch).Aggregate(1L, (a, b) => a * b);
}
