using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime;
using Pipeline.Tests.Training.Algorithms;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Engine.Onnx.Messages;
using Pipeline.Training.Export;
using Pipeline.Training.Export.Profiles;
using Pipeline.Training.Networks;

namespace Pipeline.Tests.Training.Export;

public sealed class MlAgentsExportTests
{
    internal static readonly PpoOptions Brief = new() { TotalSteps = 1024, EnvironmentCount = 8, RolloutLength = 32, MinibatchSize = 64, UpdateEpochs = 2, LearningRate = 0.01, HiddenSizes = [8], NormalizeObservations = true };

    private static IEnumerable<object> Tasks() => RandomTask.All();

    [TestCaseSource(nameof(Tasks))]
    public void Every_kind_of_space_has_the_names_shapes_and_order_that_the_host_knows(object task)
    {
        var random = (RandomTask)task;
        using Trial trial = new Trial(random.Make, Brief).Iterate(2);
        ExportedHostPolicy exported = HostExport.Make(trial.Export().Model, "native", HostProfile.MlAgents);
        using var host = new HostSession(exported.Model);
        IReadOnlyList<ActionPart> parts = ActionPart.Of(random.Actions);
        int entries = random.Observations is Dict dict ? dict.Entries.Count : 1, options = parts.Sum(p => p.Options), numbers = parts.Where(p => p.IsContinuous).Sum(p => p.Space.Size);
        string[] continuous = ["continuous_actions", "continuous_action_output_shape", "deterministic_continuous_actions"], discrete = ["discrete_actions", "discrete_action_output_shape", "deterministic_discrete_actions"];
        string[] outputs = ["version_number", "memory_size", .. numbers > 0 ? continuous : [], .. options > 0 ? discrete : []];
        Model model = Model.Parser.ParseFrom(exported.Model);
        Assert.Multiple(() =>
        {
            Assert.That(host.Inputs, Is.EqualTo(Enumerable.Range(0, entries).Select(i => $"obs_{i}").Concat(options > 0 ? ["action_masks"] : [])));
            Assert.That(host.Outputs, Is.EqualTo(outputs));
            Assert.That(model.OpsetImport.Select(o => (o.Domain, o.Version)), Is.EqualTo(new[] { ("", 9L) }));
            Assert.That(outputs.Where(n => n.EndsWith("shape", StringComparison.Ordinal)).Concat(["version_number", "memory_size"]), Is.SubsetOf(model.Graph.Initializer.Select(i => i.Name)), "constants under their own names");
            Assert.That(host.Inputs.Concat(outputs.Where(o => o.EndsWith("actions", StringComparison.Ordinal))).Select(n => host.Shape(n)[0]), Is.All.EqualTo(-1), "the batch is open");
            Assert.That(exported.MaxDifference, Is.LessThanOrEqualTo(1e-5));
            if (numbers > 0) Assert.That(host.Shape("continuous_actions"), Is.EqualTo(new[] { -1, numbers }));
            if (options == 0) return;
            Assert.That(host.Shape("action_masks"), Is.EqualTo(new[] { -1, options }));
            Assert.That(host.Element("discrete_actions"), Is.EqualTo(typeof(long)));
            Assert.That(host.Shape("discrete_action_output_shape"), Is.EqualTo(new[] { 1, parts.Sum(p => p.Branches.Length) }));
        });
    }

    [Test]
    public void Images_and_lists_of_vectors_keep_their_axes_and_longer_ones_are_flat()
    {
        int[] Shape(params int[] axes)
        {
            using var trial = new Trial(new RandomTask(new Box(0, 1, axes), new Discrete(2)).Make, Brief);
            using var host = new HostSession(HostExport.Make(trial.Export().Model, "native", HostProfile.MlAgents).Model);
            return host.Shape("obs_0");
        }

        Assert.Multiple(() =>
        {
            Assert.That(Shape(3, 4, 5), Is.EqualTo(new[] { -1, 3, 4, 5 }), "channels, height, width");
            Assert.That(Shape(4, 5), Is.EqualTo(new[] { -1, 4, 5 }));
            Assert.That(Shape(2, 3, 2, 2), Is.EqualTo(new[] { -1, 24 }));
        });
    }

    [TestCase(9)]
    [TestCase(10)]
    [TestCase(11)]
    [TestCase(12)]
    [TestCase(13)]
    [TestCase(14)]
    [TestCase(15)]
    public void Every_operator_set_that_the_host_takes_gives_the_same_file(int opset)
    {
        using Trial trial = new Trial(new RandomTask(new Dict(("place", new Discrete(3)), ("seen", new Box(-1, 1, 2))), new MultiDiscrete(2, 3)).Make, Brief).Iterate();
        byte[] native = trial.Export().Model;
        Model model = Model.Parser.ParseFrom(HostExport.Make(native, "native", HostProfile.MlAgents, opset).Model);
        Assert.That(model.OpsetImport.Single().Version, Is.EqualTo(opset));
    }

    [TestCase(8)]
    [TestCase(16)]
    public void Other_operator_sets_are_refused(int opset)
    {
        using var trial = new Trial(new RandomTask(new Box(-1, 1, 2), new Discrete(2)).Make, Brief);
        byte[] native = trial.Export().Model;
        Assert.That(() => HostExport.Make(native, "native", HostProfile.MlAgents, opset), Throws.TypeOf<HostProfileException>().With.Message.Contains("9 to 15").And.Message.Contains($"{opset}"));
    }

    [TestCase(MemoryKind.Lstm, 12)]
    [TestCase(MemoryKind.Gru, 6)]
    public void What_is_remembered_goes_through_one_tensor_of_three_axes(MemoryKind kind, int size)
    {
        using Trial trial = new Trial(new RandomTask(new Box(-1, 1, 3), new Discrete(3)).Make, Brief with { Memory = kind, MemorySize = 6 }).Iterate(2);
        ExportedHostPolicy exported = HostExport.Make(trial.Export().Model, "native", HostProfile.MlAgents);
        using var host = new HostSession(exported.Model);
        float[] observation = [0.5f, -0.5f, 1], mask = [1, 1, 1];
        Dictionary<string, float[]> first = host.Run(1, ("obs_0", observation), ("action_masks", mask), ("recurrent_in", new float[size]));
        Dictionary<string, float[]> second = host.Run(1, ("obs_0", observation), ("action_masks", mask), ("recurrent_in", first["recurrent_out"]));
        Assert.Multiple(() =>
        {
            Assert.That(host.Shape("recurrent_in"), Is.EqualTo(new[] { -1, 1, size }));
            Assert.That(host.Shape("recurrent_out"), Is.EqualTo(new[] { -1, 1, size }));
            Assert.That(host.Outputs[^1], Is.EqualTo("recurrent_out"));
            Assert.That(first["memory_size"], Is.EqualTo(new float[] { size }));
            Assert.That(first["recurrent_out"], Has.Some.Not.Zero);
            Assert.That(second["recurrent_out"], Is.Not.EqualTo(first["recurrent_out"]));
        });
    }

    [Test]
    public void A_policy_that_reads_its_own_action_or_reward_is_refused_with_the_reason()
    {
        using Trial trial = new Trial(new RandomTask(new Box(-1, 1, 3), new Discrete(3)).Make, Brief with { Memory = MemoryKind.Gru, MemorySize = 6, PreviousAction = true, PreviousReward = true }).Iterate();
        byte[] native = trial.Export().Model;
        HostProfileException refusal = Assert.Throws<HostProfileException>(() => HostExport.Make(native, "native", HostProfile.MlAgents))!;
        Assert.That(refusal.Problems, Has.Count.EqualTo(2).And.One.Contains("previous_action=false").And.One.Contains("previous_reward=false"));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Drawn_choices_have_the_probabilities_of_the_policy_and_never_one_that_is_masked(bool trainedWithMasks)
    {
        var task = new RandomTask(new MultiBinary(5), new MultiDiscrete(2, 3), trainedWithMasks);
        using var trial = new Trial(task.Make, Brief);
        new[] { 0.3f, -0.4f, 1f, 0.5f, -0.2f }.CopyTo(trial.Trainer.Parameters["actor.1.bias"]);
        float[] observation = [1, 0, 1, 0, 1], mask = [1, 1, 1, 0, 1];
        double[] l = [.. trial.Evaluate(observation).Outputs.Select(x => Math.Exp(x))];
        const int Count = 40_000;
        using HostSession host = HostSession.Seeded(HostExport.Make(trial.Export().Model, "native", HostProfile.MlAgents).Model);
        Dictionary<string, float[]> said = host.Run(Count, ("obs_0", Repeat(observation, Count)), ("action_masks", Repeat(mask, Count)));
        double Share(int branch, float choice) => Enumerable.Range(0, Count).Count(i => said["discrete_actions"][(2 * i) + branch] == choice) / (double)Count;

        // Four standard deviations of a share of 40,000 draws are at most 0.01.
        Assert.That(new[] { Share(0, 1), Share(1, 2) }, Is.EqualTo(new[] { l[1] / (l[0] + l[1]), l[4] / (l[2] + l[4]) }).Within(0.01));
        Assert.That(Share(1, 1), Is.Zero, "masked");
        Assert.That(said["deterministic_discrete_actions"].Take(2), Is.EqualTo(new[] { l[1] > l[0] ? 1f : 0, l[4] > l[2] ? 2f : 0 }));
    }

    [Test]
    public void Bits_are_branches_of_two_with_the_probability_of_their_logit()
    {
        using var trial = new Trial(new RandomTask(new Box(-1, 1, 2), new MultiBinary(3)).Make, Brief);
        new[] { 0.5f, -1f, 2f }.CopyTo(trial.Trainer.Parameters["actor.1.bias"]);
        float[] observation = [0.2f, -0.3f];
        double[] expected = [.. trial.Evaluate(observation).Outputs.Select(l => 1 / (1 + Math.Exp(-l)))];
        const int Count = 40_000;
        using HostSession host = HostSession.Seeded(HostExport.Make(trial.Export().Model, "native", HostProfile.MlAgents).Model);
        Dictionary<string, float[]> said = host.Run(Count, ("obs_0", Repeat(observation, Count)), ("action_masks", Repeat([1, 1, 1, 1, 1, 1], Count)));
        Assert.That(Enumerable.Range(0, 3).Select(c => said["discrete_actions"].Chunk(3).Average(a => a[c])), Is.EqualTo(expected).Within(0.01));
        Assert.That(said["discrete_action_output_shape"], Is.EqualTo(new[] { 2f, 2, 2 }));
    }

    [Test]
    public void Drawn_numbers_have_the_mean_and_deviation_of_the_policy_in_the_range_of_minus_one_to_one()
    {
        // Of a box from 0 to 10 the mean 0.1 in [-1, 1] is 5.5.
        using var trial = new Trial(new RandomTask(new Box(-1, 1, 2), new Box(0, 10, 2)).Make, Brief with { InitialLogStd = -2 });
        new[] { 0.1f, -0.2f }.CopyTo(trial.Trainer.Parameters["actor.1.bias"]);
        float[] observation = [0.2f, -0.3f], mean = trial.Evaluate(observation).Outputs;
        ExportedPolicy native = trial.Export();
        using Policy policy = Policy.Load(native.Model, "native");
        float[] action = Trial.Act(policy, observation);
        const int Count = 40_000;
        using HostSession host = HostSession.Seeded(HostExport.Make(native.Model, "native", HostProfile.MlAgents).Model);
        Dictionary<string, float[]> said = host.Run(Count, ("obs_0", Repeat(observation, Count)));
        Assert.That(said["deterministic_continuous_actions"].Take(2), Is.EqualTo(mean).Within(1e-5));
        Assert.That(said["deterministic_continuous_actions"].Take(2).Select(x => 5 + (5 * x)), Is.EqualTo(action).Within(1e-5), "the native action after the agent's scaling");
        for (int c = 0; c < 2; c++)
        {
            double[] column = [.. said["continuous_actions"].Chunk(2).Select(a => (double)a[c])];
            Assert.That(column.Average(), Is.EqualTo(mean[c]).Within(0.004));
            Assert.That(Math.Sqrt(column.Average(x => Math.Pow(x - mean[c], 2))), Is.EqualTo(Math.Exp(-2)).Within(0.003));
            Assert.That(column, Has.All.InRange(-1, 1));
        }
    }

    [Test]
    public void The_parts_of_a_hybrid_action_are_drawn_each_by_its_own_distribution()
    {
        using var trial = new Trial(new RandomTask(new Box(-1, 1, 2), new Dict(("tool", new Discrete(3)), ("aim", new Box(0, 10, 2)))).Make, Brief with { InitialLogStd = -2 });
        new[] { 0.3f, -0.4f, 1, 0.1f, -0.2f }.CopyTo(trial.Trainer.Parameters["actor.1.bias"]);
        float[] observation = [0.2f, -0.3f], said = trial.Evaluate(observation).Outputs;
        double[] l = [.. said.Take(3).Select(x => Math.Exp(x))];
        const int Count = 40_000;
        using HostSession host = HostSession.Seeded(HostExport.Make(trial.Export().Model, "native", HostProfile.MlAgents).Model);
        Dictionary<string, float[]> drawn = host.Run(Count, ("obs_0", Repeat(observation, Count)), ("action_masks", Repeat([1, 1, 0], Count)));
        Assert.Multiple(() =>
        {
            Assert.That(drawn["discrete_actions"].Average(), Is.EqualTo(l[1] / (l[0] + l[1])).Within(0.01), "the third is masked");
            Assert.That(drawn["continuous_actions"].Chunk(2).Average(a => a[0]), Is.EqualTo(said[3]).Within(0.004));
            Assert.That(Math.Sqrt(drawn["continuous_actions"].Chunk(2).Average(a => Math.Pow(a[1] - said[4], 2))), Is.EqualTo(Math.Exp(-2)).Within(0.003));
        });
    }

    private static float[] Repeat(float[] row, int count) => [.. Enumerable.Repeat(row, count).SelectMany(r => r)];
}
