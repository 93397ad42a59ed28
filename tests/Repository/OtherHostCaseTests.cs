using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Manifest;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime;
using Pipeline.Tests.Training.Algorithms;
using Pipeline.Tests.Training.Export;
using Pipeline.Training.Export.Profiles;
using Pipeline.Training.Networks;

namespace Pipeline.Tests.Repository;

/// <summary>
/// Writes policies for other hosts to the folder of <see cref="HostCaseTests"/>, with what the native file answers in our runtime put as those hosts would have it:
/// choices as they are or as the largest of their scores, numbers with finite bounds in [−1, 1].
/// </summary>
internal sealed class OtherHostCaseTests
{
    private static readonly int[] _batches = [1, 3, 64];

    private static readonly object[] _policies =
    [
        new object[] { "choices", new RandomTask(new Box(-1, 1, 3), new MultiDiscrete(2, 3)), MemoryKind.None },
        new object[] { "masked", new RandomTask(new MultiBinary(5), new MultiDiscrete(2, 3), true), MemoryKind.None },
        new object[] { "bits", new RandomTask(new Discrete(4), new MultiBinary(3)), MemoryKind.None },
        new object[] { "numbers", new RandomTask(new Dict(("image", new Box(0, 1, 2, 3, 3)), ("place", new Discrete(3))), new Box([-2, 0], [4, 10])), MemoryKind.None },
        new object[] { "hybrid", new RandomTask(new Box(-1, 1, 3), new Dict(("aim", new Box([-2, 0], [4, 10])), ("tool", new Discrete(3)), ("flags", new MultiBinary(2)), ("speed", new Box(0, 1, 1)))), MemoryKind.None },
        new object[] { "masked-hybrid", new RandomTask(new MultiBinary(9), new Dict(("tool", new Discrete(3)), ("flags", new MultiBinary(2)), ("aim", new Box(-1, 1, 2)), ("where", new MultiDiscrete(2, 4))), true), MemoryKind.Gru },
        new object[] { "remembering", new RandomTask(new Box(-1, 1, 3), new Box(-1, 1, 2)), MemoryKind.Lstm },
        new object[] { "remembering-choices", new RandomTask(new Box(-1, 1, 3), new Discrete(3)), MemoryKind.Gru },
    ];

    [TestCaseSource(nameof(_policies))]
    public void A_policy_is_written_for_every_host_that_can_take_it(string name, object task, MemoryKind memory)
    {
        var random = (RandomTask)task;
        using Trial trial = new Trial(random.Make, MlAgentsExportTests.Brief with { Memory = memory, MemorySize = 6 }).Iterate(2);
        byte[] native = trial.Export().Model;
        bool plain = !random.Masked && memory == MemoryKind.None;
        HostProfile[] takers = [.. HostProfile.All.Skip(1).Where(p => p == HostProfile.MlAgents || (plain && (p == HostProfile.Godot || random.Actions is not Dict)))];
        foreach (HostProfile profile in takers)
        {
            using Policy policy = Policy.Load(native, name);
            File.WriteAllBytes(Path.Combine(HostCaseTests.Folder, $"{profile}-{name}.onnx"), HostExport.Make(native, name, profile).Model);
            var generator = new RandomGenerator(7);
            object[] cases = [.. _batches.Select(batch => Case(policy, random, profile, batch, generator))];
            File.WriteAllText(Path.Combine(HostCaseTests.Folder, $"{profile}-{name}.json"), JsonSerializer.Serialize(cases));
        }

        foreach (HostProfile other in HostProfile.All.Skip(1).Except(takers)) Assert.That(() => HostExport.Make(native, name, other), Throws.TypeOf<HostProfileException>());
    }

    private static object Case(Policy policy, RandomTask task, HostProfile profile, int batch, RandomGenerator random)
    {
        float[] rows = new float[batch * task.Observations.Size], actions = new float[batch * task.Actions.Size], states = new float[batch * policy.StateSize];
        for (int i = 0; i < batch; i++) task.Observations.Sample(random, rows.AsSpan(i * task.Observations.Size, task.Observations.Size));
        IReadOnlyList<ActionPart> parts = ActionPart.Of(task.Actions);
        float[][] masks = [.. Enumerable.Range(0, batch).SelectMany(_ => parts).Select(p => p.Branches.SelectMany(n => Enumerable.Range(0, n).Select(i => i == 0 || !task.Masked || p.Space is MultiBinary ? 1f : random.NextInt32(2))).ToArray())];
        float[] all = [.. masks.SelectMany(m => m)], native = [.. masks.Where((_, i) => parts[i % parts.Count].Space is not MultiBinary).SelectMany(m => m)];
        for (int i = 0; i < states.Length; i++) states[i] = (float)random.NextDouble(-1, 1);
        float[] before = [.. states];
        policy.Run(new PolicyBatch { Count = batch, Observations = rows, Masks = task.Masked ? native : default, States = states, Actions = actions });
        object[] outputs = profile.Name switch
        {
            "ml-agents" => [.. MlAgents(task, actions, states, policy.StateSize)],
            "godot" => [.. Godot(task, actions, batch)],
            _ => [new { name = "actions", data = actions }],
        };
        return new { batch, inputs = Inputs(task, profile, rows, all, before, batch), outputs };
    }

    private static object[] Inputs(RandomTask task, HostProfile profile, float[] rows, float[] masks, float[] states, int batch)
    {
        var inputs = new List<object>();
        int start = 0, width = task.Observations.Size;
        foreach (TensorSpec spec in NativeProfile.Observations(task.Observations))
        {
            string name = profile == HostProfile.MlAgents ? $"obs_{inputs.Count}" : task.Observations is Dict ? spec.Name : profile == HostProfile.Godot ? "obs" : "input";
            int[] dims = profile == HostProfile.Godot ? [batch, spec.RowSize] : [batch, .. spec.Shape.Skip(1)];
            inputs.Add(new { name, dims, data = Enumerable.Range(0, batch).SelectMany(i => rows[((i * width) + start)..((i * width) + start + spec.RowSize)]).ToArray() });
            start += spec.RowSize;
        }

        if (profile == HostProfile.Godot) inputs.Add(new { name = "state_ins", dims = new[] { batch }, data = Enumerable.Repeat(1f, batch).ToArray() });
        if (profile == HostProfile.MlAgents && masks.Length > 0) inputs.Add(new { name = "action_masks", dims = new[] { batch, masks.Length / batch }, data = masks });
        if (profile == HostProfile.MlAgents && states.Length > 0) inputs.Add(new { name = "recurrent_in", dims = new[] { batch, 1, states.Length / batch }, data = states });
        return [.. inputs];
    }

    private static IEnumerable<object> MlAgents(RandomTask task, float[] actions, float[] states, int memory)
    {
        yield return new { name = "version_number", data = new[] { 3f } };
        yield return new { name = "memory_size", data = new[] { (float)memory } };
        IReadOnlyList<ActionPart> parts = ActionPart.Of(task.Actions);
        if (parts.Any(p => p.IsContinuous))
        {
            yield return new { name = "continuous_action_output_shape", data = new[] { (float)parts.Where(p => p.IsContinuous).Sum(p => p.Space.Size) } };
            yield return new { name = "deterministic_continuous_actions", data = Read(task, actions, p => p.IsContinuous) };
        }

        if (parts.Any(p => !p.IsContinuous))
        {
            float[] branches = [.. parts.SelectMany(p => p.Branches).Select(n => (float)n)];
            yield return new { name = "discrete_actions", limits = branches };
            yield return new { name = "discrete_action_output_shape", data = branches };
            yield return new { name = "deterministic_discrete_actions", data = Read(task, actions, p => !p.IsContinuous) };
        }

        if (memory > 0) yield return new { name = "recurrent_out", data = states };
    }

    private static IEnumerable<object> Godot(RandomTask task, float[] actions, int batch)
    {
        IReadOnlyList<ActionPart> parts = ActionPart.Of(task.Actions);
        bool mixed = parts.Any(p => !p.IsContinuous);
        object[][] blocks = [.. parts.SelectMany(p => p.IsContinuous
            ? mixed ? new object[][] { ["numbers", p.Space.Size], ["skipped", p.Space.Size] } : [["numbers", p.Space.Size]]
            : [.. p.Branches.Select(n => new object[] { "scores", n })])];
        yield return new { name = "output", data = Read(task, actions, _ => true), blocks };
        yield return new { name = "state_outs", data = Enumerable.Repeat(1f, batch).ToArray() };
    }

    // Some parts of each row, real numbers in [-1, 1].
    private static float[] Read(RandomTask task, float[] actions, Predicate<ActionPart> which)
    {
        static float Unit(Box box, int i, float action) => (2 * (action - box.Low[i]) / (box.High[i] - box.Low[i])) - 1;
        return [.. actions.Chunk(task.Actions.Size).SelectMany(row => ActionPart.Of(task.Actions).Where(p => which(p))
            .SelectMany(p => Enumerable.Range(0, p.Space.Size).Select(i => p.Space is Box box ? Unit(box, i, row[p.Start + i]) : row[p.Start + i])))];
    }
}
