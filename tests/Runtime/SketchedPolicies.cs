using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Contracts.Manifest;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Tests.Runtime;

/// <summary>Policies small enough to work out by hand.</summary>
internal static class SketchedPolicies
{
    private const string Batch = "batch";

    /// <summary>Box [2] to Box [2] in ±4: action = clip(2·o + 1), sample = clip(2·o + 1 + noise / 2); or with another factor than 2.</summary>
    internal static (OnnxSketch Model, PolicyManifest Manifest) Continuous(float factor = 2)
    {
        var observations = new Box(float.NegativeInfinity, float.PositiveInfinity, 2);
        var actions = new Box(-4, 4, 2);
        OnnxSketch model = new OnnxSketch()
            .Input("observation", OnnxSketch.Float32, Batch, 2).Input("noise", OnnxSketch.Float32, Batch, 2)
            .Floats("scale", new[] { 2 }, factor, factor).Floats("shift", new[] { 2 }, 1, 1).Floats("std", new[] { 2 }, 0.5f, 0.5f)
            .Floats("low", Array.Empty<int>(), -4).Floats("high", Array.Empty<int>(), 4)
            .Node("Mul", "observation scale", "scaled").Node("Add", "scaled shift", "mean").Node("Clip", "mean low high", "action")
            .Node("Mul", "noise std", "spread").Node("Add", "mean spread", "drawn").Node("Clip", "drawn low high", "action_sample")
            .Output("action", OnnxSketch.Float32, Batch, 2).Output("action_sample", OnnxSketch.Float32, Batch, 2).Output("mean", OnnxSketch.Float32, Batch, 2);
        TensorSpec[] extra = { new("mean", TensorElement.Float32, new[] { TensorSpec.Batch, 2 }, TensorRole.Mean) };
        return (model, Manifest(observations, actions, sampling: true, masks: false, extra));
    }

    /// <summary>Box [3] to Discrete(3) with masks: logits = o, −1e9 where masked; argmax, and Gumbel-max over the noise.</summary>
    internal static (OnnxSketch Model, PolicyManifest Manifest) Discrete()
    {
        OnnxSketch model = Masked(new OnnxSketch(), 3)
            .Node("ArgMax", "masked", "action", ("axis", 1), ("keepdims", 0)).Node("ArgMax", "perturbed", "action_sample", ("axis", 1), ("keepdims", 0))
            .Output("action", OnnxSketch.Int64, Batch).Output("action_sample", OnnxSketch.Int64, Batch);
        return (model, Manifest(new Box(-9, 9, 3), new Discrete(3), sampling: true, masks: true));
    }

    /// <summary>As <see cref="Discrete"/>, without masks and without a sampled action.</summary>
    internal static (OnnxSketch Model, PolicyManifest Manifest) Unmasked()
    {
        OnnxSketch model = new OnnxSketch().Input("observation", OnnxSketch.Float32, Batch, 3)
            .Node("ArgMax", "observation", "action", ("axis", 1), ("keepdims", 0)).Output("action", OnnxSketch.Int64, Batch);
        return (model, Manifest(new Box(-9, 9, 3), new Discrete(3), sampling: false, masks: false));
    }

    /// <summary>
    /// Dict(position Box [2], cell Discrete(4), picture Box [1, 2]) to MultiDiscrete(2, 3): the first branch is chosen by the position,
    /// the second by (cell, picture).
    /// </summary>
    internal static (OnnxSketch Model, PolicyManifest Manifest) Dictionary()
    {
        var observations = new Dict(("position", new Box(-9, 9, 2)), ("cell", new Discrete(4)), ("picture", new Box(0, 9, 1, 2)));
        OnnxSketch model = new OnnxSketch()
            .Input("position", OnnxSketch.Float32, Batch, 2).Input("cell", OnnxSketch.Float32, Batch, 1).Input("picture", OnnxSketch.Float32, Batch, 1, 2)
            .Longs("rows", -1, 2)
            .Node("Reshape", "picture rows", "flat").Node("Concat", "cell flat", "scores", ("axis", 1))
            .Node("ArgMax", "position", "first", ("axis", 1), ("keepdims", 1)).Node("ArgMax", "scores", "second", ("axis", 1), ("keepdims", 1))
            .Node("Concat", "first second", "action", ("axis", 1))
            .Output("action", OnnxSketch.Int64, Batch, 2);
        return (model, Manifest(observations, new MultiDiscrete(2, 3), sampling: false, masks: false));
    }

    /// <summary>Box [2] to MultiBinary(2): a bit is 1 where o ≥ 0; sampled, where the uniform noise is below o.</summary>
    internal static (OnnxSketch Model, PolicyManifest Manifest) Binary()
    {
        OnnxSketch model = new OnnxSketch()
            .Input("observation", OnnxSketch.Float32, Batch, 2).Input("noise", OnnxSketch.Float32, Batch, 2)
            .Floats("zero", Array.Empty<int>(), 0)
            .Node("GreaterOrEqual", "observation zero", "yes").Node("Cast", "yes", "action", ("to", OnnxSketch.Int64))
            .Node("Less", "noise observation", "drawn").Node("Cast", "drawn", "action_sample", ("to", OnnxSketch.Int64))
            .Output("action", OnnxSketch.Int64, Batch, 2).Output("action_sample", OnnxSketch.Int64, Batch, 2);
        return (model, Manifest(new Box(-1, 1, 2), new MultiBinary(2), sampling: true, masks: false));
    }

    /// <summary>Box [1] to Box [1] with two states: s ← s / 2 + o, t ← t + 1 (two wide); action = s + t₀, after the step.</summary>
    internal static (OnnxSketch Model, PolicyManifest Manifest) Recurrent()
    {
        OnnxSketch model = new OnnxSketch()
            .Input("observation", OnnxSketch.Float32, Batch, 1).Input("s_in", OnnxSketch.Float32, Batch, 1).Input("t_in", OnnxSketch.Float32, Batch, 2)
            .Floats("half", Array.Empty<int>(), 0.5f).Floats("one", Array.Empty<int>(), 1).Longs("column", 0)
            .Node("Mul", "s_in half", "kept").Node("Add", "kept observation", "s_out").Node("Add", "t_in one", "t_out")
            .Node("Gather", "t_out column", "t0", ("axis", 1)).Node("Add", "s_out t0", "action")
            .Output("action", OnnxSketch.Float32, Batch, 1).Output("s_out", OnnxSketch.Float32, Batch, 1).Output("t_out", OnnxSketch.Float32, Batch, 2);
        var box = new Box(float.NegativeInfinity, float.PositiveInfinity, 1);
        TensorSpec State(string name, int size, TensorRole role) => new(name, TensorElement.Float32, new[] { TensorSpec.Batch, size }, role);
        var manifest = new PolicyManifest(
            box,
            box,
            NativeProfile.Observations(box).Append(State("s_in", 1, TensorRole.StateIn)).Append(State("t_in", 2, TensorRole.StateIn)),
            new[] { NativeProfile.Action(box), State("s_out", 1, TensorRole.StateOut), State("t_out", 2, TensorRole.StateOut) })
        {
            Algorithm = "sketch",
            Environment = "Sketch-v0",
            Recurrent = new[] { new StateSpec("s_in", "s_out"), new StateSpec("t_in", "t_out") },
        };
        return (model, manifest);
    }

    /// <summary>
    /// Two choices, remembering the choice before, a, and the reward before: deterministic 1 where a + reward is below 1, drawn 1 where the noise is below it.
    /// </summary>
    internal static (OnnxSketch Model, PolicyManifest Manifest) Reminded()
    {
        OnnxSketch model = new OnnxSketch()
            .Input("observation", OnnxSketch.Float32, Batch, 1).Input("noise", OnnxSketch.Float32, Batch, 2).Input("previous_reward", OnnxSketch.Float32, Batch, 1)
            .Input("a_in", OnnxSketch.Float32, Batch, 1)
            .Floats("one", Array.Empty<int>(), 1).Longs("first", 0).Longs("row", -1)
            .Node("Add", "a_in previous_reward", "sum").Node("Less", "sum one", "acts").Node("Cast", "acts", "a_out", ("to", OnnxSketch.Float32))
            .Node("Gather", "noise first", "u", ("axis", 1)).Node("Less", "u sum", "draws").Node("Cast", "draws", "a_drawn", ("to", OnnxSketch.Float32))
            .Node("Reshape", "a_out row", "acted").Node("Cast", "acted", "action", ("to", OnnxSketch.Int64))
            .Node("Reshape", "a_drawn row", "drawn").Node("Cast", "drawn", "action_sample", ("to", OnnxSketch.Int64))
            .Output("action", OnnxSketch.Int64, Batch).Output("action_sample", OnnxSketch.Int64, Batch)
            .Output("a_out", OnnxSketch.Float32, Batch, 1).Output("a_drawn", OnnxSketch.Float32, Batch, 1);
        var box = new Box(float.NegativeInfinity, float.PositiveInfinity, 1);
        var choices = new Discrete(2);
        TensorSpec State(string name, TensorRole role) => new(name, TensorElement.Float32, new[] { TensorSpec.Batch, 1 }, role);
        var manifest = new PolicyManifest(
            box,
            choices,
            NativeProfile.Observations(box).Concat(NativeProfile.Noises(choices)).Append(NativeProfile.Reward).Append(State("a_in", TensorRole.StateIn)),
            new[] { NativeProfile.Action(choices), NativeProfile.ActionSample(choices), State("a_out", TensorRole.StateOut), State("a_drawn", TensorRole.StateOut) })
        {
            Algorithm = "sketch",
            Environment = "Sketch-v0",
            Recurrent = new[] { new StateSpec("a_in", "a_out") { SampleOutput = "a_drawn" } },
        };
        return (model, manifest);
    }

    /// <summary>
    /// Dict(position Box [2], scores Box [3]) to Dict(aim Box [2] in ±4, tool Discrete(3) with masks, jump MultiBinary(1)): the aim as
    /// <see cref="Continuous"/>, the tool as <see cref="Discrete"/>, the jump as <see cref="Binary"/> by the first position. One that remembers adds the
    /// aim before, and its state is the action it took.
    /// </summary>
    internal static (OnnxSketch Model, PolicyManifest Manifest) Hybrid(bool remembers = false)
    {
        var observations = new Dict(("position", new Box(-9, 9, 2)), ("scores", new Box(-9, 9, 3)));
        var actions = new Dict(("aim", new Box(-4, 4, 2)), ("tool", new Discrete(3)), ("jump", new MultiBinary(1)));
        OnnxSketch drawn = new OnnxSketch().Input("position", OnnxSketch.Float32, Batch, 2).Input("uniform_noise", OnnxSketch.Float32, Batch, 4).Pieces("uniform_noise", ("u_tool", 3), ("u_jump", 1));
        OnnxSketch model = Chosen(drawn, "scores", "u_tool")
            .Input("scores", OnnxSketch.Float32, Batch, 3).Input("action_mask", OnnxSketch.Float32, Batch, 3)
            .Input("noise", OnnxSketch.Float32, Batch, 2)
            .Floats("two", Array.Empty<int>(), 2).Floats("half", Array.Empty<int>(), 0.5f).Floats("zero", Array.Empty<int>(), 0)
            .Floats("low", Array.Empty<int>(), -4).Floats("high", Array.Empty<int>(), 4).Longs("first", 0).Longs("aims", 0, 1)
            .Node("Gather", "position first", "x", ("axis", 1))
            .Node("Mul", "position two", "scaled").Node("Add", "scaled one", remembers ? "now" : "mean");
        if (remembers) model.Input("s_in", OnnxSketch.Float32, Batch, 4).Node("Gather", "s_in aims", "before", ("axis", 1)).Node("Add", "now before", "mean");
        model.Node("Mul", "noise half", "spread").Node("Add", "mean spread", "moved");
        Row("mean", "masked", "GreaterOrEqual", "x zero", "action", "s_out");
        Row("moved", "perturbed", "Less", "u_jump x", "action_sample", "s_drawn");
        PolicyManifest manifest = Manifest(observations, actions, sampling: true, masks: true);
        if (!remembers) return (model, manifest);
        TensorSpec State(string name, TensorRole role) => new(name, TensorElement.Float32, new[] { TensorSpec.Batch, 4 }, role);
        TensorSpec[] outputs = { State("s_out", TensorRole.StateOut), State("s_drawn", TensorRole.StateOut) };
        manifest = new PolicyManifest(observations, actions, manifest.Inputs.Append(State("s_in", TensorRole.StateIn)), manifest.Outputs.Concat(outputs))
        {
            Algorithm = "sketch",
            Environment = "Sketch-v0",
            Recurrent = new[] { new StateSpec("s_in", "s_out") { SampleOutput = "s_drawn" } },
        };
        return (model, manifest);

        void Row(string mean, string scores, string test, string tested, string output, string state)
        {
            model.Node("Clip", $"{mean} low high", $"{output}_aim").Node("ArgMax", scores, $"{output}_index", ("axis", 1), ("keepdims", 1))
                .Node("Cast", $"{output}_index", $"{output}_tool", ("to", OnnxSketch.Float32)).Node(test, tested, $"{output}_yes").Node("Cast", $"{output}_yes", $"{output}_jump", ("to", OnnxSketch.Float32))
                .Node("Concat", $"{output}_aim {output}_tool {output}_jump", output, ("axis", 1)).Output(output, OnnxSketch.Float32, Batch, 4);
            if (remembers) model.Node("Identity", output, state).Output(state, OnnxSketch.Float32, Batch, 4);
        }
    }

    /// <summary>A tanh network of the given widths with weights from a formula; the action is its last layer, unsquashed.</summary>
    internal static (OnnxSketch Model, PolicyManifest Manifest) Mlp(params int[] widths)
    {
        var model = new OnnxSketch().Input("observation", OnnxSketch.Float32, Batch, widths[0]);
        string previous = "observation";
        for (int layer = 1; layer < widths.Length; layer++)
        {
            int rows = widths[layer - 1];
            int columns = widths[layer];
            bool last = layer == widths.Length - 1;
            model.Floats($"w{layer}", new[] { rows, columns }, Enumerable.Range(0, rows * columns).Select(i => MathF.Sin(i + layer) / MathF.Sqrt(rows)).ToArray());
            model.Floats($"b{layer}", new[] { columns }, Enumerable.Range(0, columns).Select(i => MathF.Cos(i) / 10).ToArray());
            model.Node("Gemm", $"{previous} w{layer} b{layer}", last ? "action" : $"z{layer}");
            if (!last) model.Node("Tanh", $"z{layer}", $"h{layer}");
            previous = $"h{layer}";
        }

        model.Output("action", OnnxSketch.Float32, Batch, widths[^1]);
        var observations = new Box(float.NegativeInfinity, float.PositiveInfinity, widths[0]);
        var actions = new Box(float.NegativeInfinity, float.PositiveInfinity, widths[^1]);
        return (model, Manifest(observations, actions, sampling: false, masks: false));
    }

    /// <summary>An LSTM with weights from a formula, and a linear layer behind it that is the action.</summary>
    internal static (OnnxSketch Model, PolicyManifest Manifest) Lstm(int observation, int memory, int action)
    {
        float[] Weights(int rows, int columns) => Enumerable.Range(0, rows * columns).Select(i => MathF.Sin(i) / MathF.Sqrt(rows)).ToArray();
        OnnxSketch model = new OnnxSketch()
            .Input("observation", OnnxSketch.Float32, Batch, observation).Input("h_in", OnnxSketch.Float32, Batch, memory).Input("c_in", OnnxSketch.Float32, Batch, memory)
            .Floats("w", new[] { observation + memory, 4 * memory }, Weights(observation + memory, 4 * memory)).Floats("b", new[] { 4 * memory }, new float[4 * memory])
            .Floats("v", new[] { memory, action }, Weights(memory, action)).Floats("d", new[] { action }, new float[action])
            .Node("Concat", "observation h_in", "x", ("axis", 1)).Node("Gemm", "x w b", "gates").Pieces("gates", ("i", memory), ("f", memory), ("o", memory), ("g", memory))
            .Node("Sigmoid", "i", "in").Node("Sigmoid", "f", "keep").Node("Sigmoid", "o", "out").Node("Tanh", "g", "new")
            .Node("Mul", "keep c_in", "kept").Node("Mul", "in new", "added").Node("Add", "kept added", "c_out")
            .Node("Tanh", "c_out", "shown").Node("Mul", "out shown", "h_out").Node("Gemm", "h_out v d", "action")
            .Output("action", OnnxSketch.Float32, Batch, action).Output("h_out", OnnxSketch.Float32, Batch, memory).Output("c_out", OnnxSketch.Float32, Batch, memory);
        var observations = new Box(float.NegativeInfinity, float.PositiveInfinity, observation);
        var actions = new Box(float.NegativeInfinity, float.PositiveInfinity, action);
        TensorSpec State(string name, TensorRole role) => new(name, TensorElement.Float32, new[] { TensorSpec.Batch, memory }, role);
        var manifest = new PolicyManifest(
            observations,
            actions,
            NativeProfile.Observations(observations).Append(State("h_in", TensorRole.StateIn)).Append(State("c_in", TensorRole.StateIn)),
            new[] { NativeProfile.Action(actions), State("h_out", TensorRole.StateOut), State("c_out", TensorRole.StateOut) })
        {
            Algorithm = "sketch",
            Environment = "Sketch-v0",
            Recurrent = new[] { new StateSpec("h_in", "h_out"), new StateSpec("c_in", "c_out") },
        };
        return (model, manifest);
    }

    /// <summary>The file: model and manifest in one.</summary>
    internal static byte[] File((OnnxSketch Model, PolicyManifest Manifest) policy) =>
        policy.Model.Metadata(PolicyManifest.MetadataKey, policy.Manifest.ToJson()).Build();

    internal static PolicyManifest Manifest(Space observations, Space actions, bool sampling, bool masks, params TensorSpec[] extra)
    {
        var inputs = new List<TensorSpec>(NativeProfile.Observations(observations));
        if (masks) inputs.Add(NativeProfile.ActionMask(actions));
        if (sampling) inputs.AddRange(NativeProfile.Noises(actions));
        var outputs = new List<TensorSpec> { NativeProfile.Action(actions) };
        if (sampling) outputs.Add(NativeProfile.ActionSample(actions));
        outputs.AddRange(extra);
        return new PolicyManifest(observations, actions, inputs, outputs) { Algorithm = "sketch", Environment = "Sketch-v0" };
    }

    private static OnnxSketch Masked(OnnxSketch model, int size) => Chosen(model, "observation", "noise")
        .Input("observation", OnnxSketch.Float32, Batch, size).Input("action_mask", OnnxSketch.Float32, Batch, size).Input("noise", OnnxSketch.Float32, Batch, size);

    private static OnnxSketch Chosen(OnnxSketch model, string logits, string noise) => model
        .Floats("one", Array.Empty<int>(), 1).Floats("far", Array.Empty<int>(), 1e9f)
        .Node("Sub", "action_mask one", "closed").Node("Mul", "closed far", "penalty").Node("Add", $"{logits} penalty", "masked")
        .Node("Log", noise, "log").Node("Neg", "log", "exponential").Node("Log", "exponential", "loglog").Node("Sub", "masked loglog", "perturbed");
}
