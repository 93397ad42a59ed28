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
        new object[] { "remembering", new RandomTask(new Box(-1, 1, 3), new Box(-1, 1, 2)), MemoryKind.Lstm },
        new object[] { "remembering-choices", new RandomTask(new Box(-1, 1, 3), new Discrete(3)), MemoryKind.Gru },
    ];

    [TestCaseSource(nameof(_policies))]
    public void A_policy_is_written_for_every_host_that_can_take_it(string name, object task, MemoryKind memory)
    {
        var random = (RandomTask)task;
        using Trial trial = new Trial(random.Make, MlAgentsExportTests.Brief with { Memory = memory, MemorySize = 6 }).Iterate(2);
        byte[] native = trial.Export().Model;
        HostProfile[] takers = [.. HostProfile.All.Skip(1).Where(p => p == HostProfile.MlAgents || (!random.Masked && memory == MemoryKind.None))];
        foreach (HostProfile profile in takers)
        {
            using Policy policy = Policy.Load(native, name);
            File.WriteAllBytes(Path.Combine(HostCaseTests.Folder, $"{profile}-{name}.onnx"), HostExport.Make(native, name, profile).Model);
            var generator = new RandomGenerator(7);
            object[] cases = [.. _batches.Select(batch => Case(policy, random, profile, batch, generator))];
            File.WriteAllText(Path.Combine(HostCaseTests.Folder, $"{profile}-{name}.json"), JsonSerializer.Serialize(cases));
        }

        Assert.That(takers, Has.Length.EqualTo(random.Masked || memory != MemoryKind.None ? 1 : 3));
    }

    private static object Case(Policy policy, RandomTask task, HostProfile profile, int batch, RandomGenerator random)
    {
        float[] rows = new float[batch * task.Observations.Size], actions = new float[batch * task.Actions.Size], states = new float[batch * policy.StateSize];
        for (int i = 0; i < batch; i++) task.Observations.Sample(random, rows.AsSpan(i * task.Observations.Size, task.Observations.Size));
        float[] masks = [.. Enumerable.Range(0, batch).SelectMany(_ => ActionPart.Of(task.Actions).SelectMany(p => p.Branches).SelectMany(n => Enumerable.Range(0, n).Select(i => i == 0 || !task.Masked ? 1f : random.NextInt32(2))))];
        for (int i = 0; i < states.Length; i++) states[i] = (float)random.NextDouble(-1, 1);
        float[] before = [.. states];
        policy.Run(new PolicyBatch { Count = batch, Observations = rows, Masks = task.Masked ? masks : default, States = states, Actions = actions });
        object[] outputs = profile.Name switch
        {
            "ml-agents" => [.. MlAgents(task, actions, states, policy.StateSize)],
            "godot" => [.. Godot(task, actions, batch)],
            _ => [new { name = "actions", data = actions }],
        };
        return new { batch, inputs = Inputs(task, profile, rows, masks, before, batch), outputs };
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
        if (task.Actions is Box)
        {
            yield return new { name = "continuous_action_output_shape", data = new[] { (float)task.Actions.Size } };
            yield return new { name = "deterministic_continuous_actions", data = Unit(task, actions) };
        }
        else
        {
            float[] branches = [.. ActionPart.Of(task.Actions).SelectMany(p => p.Branches).Select(n => (float)n)];
            yield return new { name = "discrete_actions", limits = branches };
            yield return new { name = "discrete_action_output_shape", data = branches };
            yield return new { name = "deterministic_discrete_actions", data = actions };
        }

        if (memory > 0) yield return new { name = "recurrent_out", data = states };
    }

    private static IEnumerable<object> Godot(RandomTask task, float[] actions, int batch)
    {
        if (task.Actions is Box) yield return new { name = "output", data = Unit(task, actions) };
        else yield return new { name = "output", data = actions, branches = ActionPart.Of(task.Actions).SelectMany(p => p.Branches).ToArray() };
        yield return new { name = "state_outs", data = Enumerable.Repeat(1f, batch).ToArray() };
    }

    private static float[] Unit(RandomTask task, float[] actions)
    {
        var box = (Box)task.Actions;
        return [.. actions.Select((a, i) => (2 * (a - box.Low[i % box.Size]) / (box.High[i % box.Size] - box.Low[i % box.Size])) - 1)];
    }
}
