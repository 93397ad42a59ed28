using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Google.Protobuf;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime;
using Pipeline.Tests.Training.Algorithms;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Onnx.Messages;
using Pipeline.Training.Environments;
using Pipeline.Training.Evaluation;
using Pipeline.Training.Export;
using Pipeline.Training.Loop;
using Pipeline.Training.Networks;

namespace Pipeline.Tests.Training.Export;

public sealed class ActorExportTests
{
    private static readonly PpoOptions Brief = new() { TotalSteps = 1024, EnvironmentCount = 8, RolloutLength = 32, MinibatchSize = 64, UpdateEpochs = 2, LearningRate = 0.01, HiddenSizes = [8], NormalizeObservations = true };

    private static IEnumerable<object> Tasks() => RandomTask.All();

    [TestCaseSource(nameof(Tasks))]
    public void Every_kind_of_space_is_exported_alike_and_acts_in_the_runtime(object task)
    {
        var random = (RandomTask)task;
        using Trial trial = new Trial(random.Make, Brief).Iterate(2);
        ExportedPolicy exported = trial.Export();
        using Policy policy = Policy.Load(exported.Model, "the exported policy");
        (float[] observations, float[] masks) = random.Draw(100, 3);
        int size = random.Actions.Size;
        float[] actions = new float[100 * size], drawn = new float[100 * size];
        policy.ActBatch(observations, 100, actions, masks);
        policy.SampleBatch(observations, 100, new RandomGenerator(1), drawn, masks);
        Assert.Multiple(() =>
        {
            Assert.That(policy.Manifest.Parity!.MaxAbsError, Is.LessThanOrEqualTo(1e-5));
            Assert.That(policy.Manifest.Parity!.Batches, Is.EqualTo(new[] { 1, 3, 64 }));
            Assert.That((policy.ObservationSpace, policy.ActionSpace, policy.UsesMasks), Is.EqualTo((random.Observations, random.Actions, random.Masked)));
            Assert.That(Rows(actions, size), Has.All.Matches<float[]>(a => random.Actions.Contains(a)));
            Assert.That(Rows(drawn, size), Has.All.Matches<float[]>(a => random.Actions.Contains(a)));
            Assert.That(Rows(drawn, size).Select(a => string.Join(' ', a)).Distinct().Count(), Is.GreaterThan(1), "draws differ");
        });
        for (int i = 0; random.Masked && i < 100; i++)
        {
            float[] mask = masks.AsSpan(i * random.Actions.MaskSize, random.Actions.MaskSize).ToArray();
            Assert.That(Masks.Allow(random.Actions, mask, actions.AsSpan(i * size, size)) && Masks.Allow(random.Actions, mask, drawn.AsSpan(i * size, size)), $"row {i}");
        }
    }

    [TestCaseSource(nameof(Tasks))]
    public void A_policy_that_remembers_is_exported_with_its_state_and_steps_as_it_was_trained(object task)
    {
        var random = (RandomTask)task;
        PpoOptions options = Brief with { Memory = MemoryKind.Lstm, MemorySize = 6, PreviousAction = true, PreviousReward = true };
        using Trial trial = new Trial(random.Make, options).Iterate(2);
        using Policy policy = Policy.Load(trial.Export().Model, "the exported policy");
        int encoded = trial.Trainer.Model.Head.EncodedSize;
        Assert.Multiple(() =>
        {
            Assert.That(policy.Manifest.Parity!.MaxAbsError, Is.LessThanOrEqualTo(1e-5));
            Assert.That(policy.Manifest.Recurrent.Select(s => s.Input), Is.EqualTo(new[] { "memory.h_in", "memory.c_in", "memory.action_in" }), "what the critic remembers stays behind");
            Assert.That((policy.StateSize, policy.UsesRewards), Is.EqualTo((12 + encoded, true)));
        });
        (float[] observations, float[] masks) = random.Draw(4, 3);
        float[] states = new float[4 * policy.StateSize], actions = new float[4 * random.Actions.Size], first = [];
        for (int step = 0; step < 3; step++)
        {
            policy.Run(new PolicyBatch { Count = 4, Observations = observations, Masks = masks, States = states, Rewards = new float[4], Actions = actions, Random = new RandomGenerator(5) });
            Assert.That(Rows(actions, random.Actions.Size), Has.All.Matches<float[]>(a => random.Actions.Contains(a)));
            if (step == 0) first = [.. states];
        }

        Assert.That(states, Is.Not.EqualTo(first));
        Assert.That(first, Has.Some.Not.Zero);
    }

    [TestCase(MemoryKind.Lstm, true, "memory.h_in, memory.c_in")]
    [TestCase(MemoryKind.Gru, false, "memory.h_in")]
    [TestCase(MemoryKind.Gru, true, "memory.h_in")]
    public void Every_memory_is_exported(MemoryKind kind, bool shared, string states)
    {
        PpoOptions options = Brief with { Memory = kind, MemorySize = 6, SharedMemory = shared };
        using Trial trial = new Trial(new RandomTask(new Box(-1, 1, 3), new Box(-1, 1, 2)).Make, options).Iterate(2);
        ExportedPolicy exported = trial.Export();
        Assert.That(string.Join(", ", exported.Manifest.Recurrent.Select(s => s.Input)), Is.EqualTo(states));
        Assert.That(exported.Manifest.Parity!.MaxAbsError, Is.LessThanOrEqualTo(1e-5));
    }

    [Test]
    public void A_recurrent_file_with_other_weights_is_refused_by_its_chained_steps()
    {
        using Trial trial = new Trial(new RandomTask(new Box(-1, 1, 3), new Box(-1, 1, 2)).Make, Brief with { Memory = MemoryKind.Gru, MemorySize = 6 }).Iterate();
        Model model = Model.Parser.ParseFrom(trial.Export().Model);
        TensorData weights = model.Graph.Initializer.First(i => i.Dims.SequenceEqual(new long[] { 18, 6 }));
        byte[] raw = weights.RawData.ToByteArray();
        BitConverter.GetBytes(BitConverter.ToSingle(raw, 0) + 0.05f).CopyTo(raw, 0);
        weights.RawData = ByteString.CopyFrom(raw);
        var check = new ParityTest(ExecutionDevice.Cpu, trial.Trainer.Model, trial.Trainer.Parameters, trial.Trainer.Statistics, trial.Exporter());
        check.Run(trial.Export().Model, 0);
        Assert.That(() => check.RunChained(model.ToByteArray(), 0), Throws.TypeOf<ParityException>().With.Message.Contains("of 16 chained ones"));
    }

    [TestCaseSource(nameof(Tasks))]
    public void The_file_uses_plain_operators_of_an_old_set_with_the_deterministic_action_first(object task)
    {
        using var trial = new Trial(((RandomTask)task).Make, Brief);
        Model model = Model.Parser.ParseFrom(trial.Export().Model);
        Assert.Multiple(() =>
        {
            Assert.That(model.OpsetImport.Select(o => (o.Domain, o.Version <= 15)), Is.EqualTo(new[] { ("", true) }));
            Assert.That(model.Graph.Node.Select(n => n.Domain), Is.All.Empty);
            Assert.That(model.Graph.Output.Select(o => o.Name).Take(2), Is.EqualTo(new[] { "action", "action_sample" }));
            Assert.That(model.Graph.Input.Concat(model.Graph.Output).Select(v => v.Type.TensorType.Shape.Dim[0].DimParam), Is.All.Not.Empty, "the batch is open");
        });
    }

    [Test]
    public void A_file_with_other_weights_is_refused()
    {
        using Trial trial = new Trial(new RandomTask(new Box(-1, 1, 3), new Box(-1, 1, 2)).Make, Brief).Iterate();
        byte[] exported = trial.Export().Model;
        Model model = Model.Parser.ParseFrom(exported);
        TensorData weights = model.Graph.Initializer.First(i => i.Dims.Count == 2 && i.RawData.Length > 16);
        byte[] raw = weights.RawData.ToByteArray();
        BitConverter.GetBytes(BitConverter.ToSingle(raw, 0) + 0.01f).CopyTo(raw, 0);
        weights.RawData = ByteString.CopyFrom(raw);
        var check = new ParityTest(ExecutionDevice.Cpu, trial.Trainer.Model, trial.Trainer.Parameters, trial.Trainer.Statistics, trial.Exporter());
        Assert.Multiple(() =>
        {
            Assert.That(() => check.Run(exported, 0), Throws.Nothing);
            Assert.That(() => check.Run(model.ToByteArray(), 0), Throws.TypeOf<ParityException>().With.Message.Contains("allowed is 1E-05").And.Message.Contains("output '"));
        });
    }

    [Test]
    public void Where_the_check_fails_nothing_is_written()
    {
        using var folder = new TemporaryFolder();
        using Trial trial = new Trial(new RandomTask(new Box(-1, 1, 3), new Box(-1, 1, 2)).Make, Brief).Iterate();
        trial.Trainer.Parameters.Values.Fill(float.NaN);
        Assert.That(() => PolicyFile.Write(folder["policy.onnx"], trial.Trainer.Export(new RunRecord("ppo", "probe", 0, 1, null))), Throws.TypeOf<ParityException>());
        Assert.That(Directory.GetFileSystemEntries(folder.Root), Is.Empty);
    }

    [Test]
    public void The_readable_copy_is_the_manifest_of_the_file()
    {
        using var folder = new TemporaryFolder();
        using Trial trial = new Trial(new RandomTask(new Box(-1, 1, 3), new Box(-1, 1, 2)).Make, Brief).Iterate();
        PolicyFile.Write(folder["policy.onnx"], trial.Trainer.Export(new RunRecord("ppo", "probe", 12, 345, -1.5)));
        using Policy policy = Policy.Load(folder["policy.onnx"]);
        Assert.Multiple(() =>
        {
            Assert.That(File.ReadAllText(folder["policy.json"]), Is.EqualTo(policy.Manifest.ToJson()));
            Assert.That((policy.Manifest.Algorithm, policy.Manifest.Environment, policy.Manifest.Seed, policy.Manifest.Steps, policy.Manifest.Score), Is.EqualTo(("ppo", "probe", 12UL, 345L, (double?)-1.5)));
        });
    }

    [Test]
    public void Choices_are_drawn_with_the_probabilities_that_the_logits_say()
    {
        // Branches of 2 and 3, the second one masked in its middle.
        var task = new RandomTask(new MultiBinary(5), new MultiDiscrete(2, 3), Masked: true);
        using var trial = new Trial(task.Make, Brief);
        Span<float> bias = trial.Trainer.Parameters["actor.1.bias"];
        new[] { 0.3f, -0.4f, 1f, 0.5f, -0.2f }.CopyTo(bias);
        float[] observation = [1, 1, 1, 0, 1];
        double[] l = [.. trial.Evaluate(observation).Outputs.Select(x => Math.Exp(x))];
        double[] expected = [l[1] / (l[0] + l[1]), 0, l[4] / (l[2] + l[4])];
        const int Count = 40_000;
        using Policy policy = trial.Load();
        float[] drawn = new float[Count * 2];
        policy.SampleBatch([.. Repeat(observation, Count)], Count, new RandomGenerator(77), drawn, [.. Repeat(observation, Count)]);
        double Share(int component, float choice) => Enumerable.Range(0, Count).Count(i => drawn[(2 * i) + component] == choice) / (double)Count;

        // Four standard deviations of a share of 40,000 draws are at most 0.01.
        Assert.That(new[] { Share(0, 1), Share(1, 1), Share(1, 2) }, Is.EqualTo(expected).Within(0.01));
    }

    [Test]
    public void Bits_are_drawn_with_the_probabilities_that_the_logits_say()
    {
        using var trial = new Trial(new RandomTask(new Box(-1, 1, 2), new MultiBinary(3)).Make, Brief);
        new[] { 0.5f, -1f, 2f }.CopyTo(trial.Trainer.Parameters["actor.1.bias"]);
        float[] observation = [0.2f, -0.3f];
        double[] expected = [.. trial.Evaluate(observation).Outputs.Select(l => 1 / (1 + Math.Exp(-l)))];
        const int Count = 40_000;
        using Policy policy = trial.Load();
        float[] drawn = new float[Count * 3];
        policy.SampleBatch([.. Repeat(observation, Count)], Count, new RandomGenerator(77), drawn);
        Assert.That(Enumerable.Range(0, 3).Select(c => Rows(drawn, 3).Average(a => a[c])), Is.EqualTo(expected).Within(0.01));
    }

    [Test]
    public void Real_actions_are_drawn_with_the_mean_and_deviation_of_the_policy()
    {
        PpoOptions options = Brief with { InitialLogStd = -0.5 };
        using var trial = new Trial(new RandomTask(new Box(-1, 1, 2), new Box(float.NegativeInfinity, float.PositiveInfinity, 2)).Make, options);
        new[] { 0.5f, -3f }.CopyTo(trial.Trainer.Parameters["actor.1.bias"]);
        float[] observation = [0.2f, -0.3f];
        float[] mean = trial.Evaluate(observation).Outputs;
        const int Count = 40_000;
        using Policy policy = trial.Load();
        float[] drawn = new float[Count * 2];
        policy.SampleBatch([.. Repeat(observation, Count)], Count, new RandomGenerator(77), drawn);
        for (int c = 0; c < 2; c++)
        {
            double[] column = [.. Rows(drawn, 2).Select(a => (double)a[c])];
            Assert.That(column.Average(), Is.EqualTo(mean[c]).Within(0.015));
            Assert.That(Math.Sqrt(column.Average(x => Math.Pow(x - mean[c], 2))), Is.EqualTo(Math.Exp(-0.5)).Within(0.01));
        }
    }

    [Test]
    public void The_normaliser_and_the_action_scaling_are_inside()
    {
        // Without hidden layers: action = centre + half · clip(W · clip((x − mean) · scale, ±10) + b, ±1).
        PpoOptions options = Brief with { HiddenSizes = [] };
        using Trial trial = new Trial(new RandomTask(new Box([-2, 100], [4, 110]), new Box([-2, 0], [4, 10])).Make, options).Iterate(3);
        new[] { 0.8f, -0.3f, -0.7f, 0.2f }.CopyTo(trial.Trainer.Parameters["actor.0.weight"]);
        float[] weight = trial.Trainer.Parameters["actor.0.weight"].ToArray(), bias = trial.Trainer.Parameters["actor.0.bias"].ToArray();
        float[] mean = trial.Trainer.Statistics.Mean.Floats.ToArray(), scale = trial.Trainer.Statistics.Scale.Floats.ToArray();
        using Policy policy = trial.Load();
        Assert.That(mean[1], Is.EqualTo(105).Within(0.5), "the statistics are those of the observations");
        Assert.That(scale[1], Is.EqualTo(Math.Sqrt(12) / 10).Within(0.04), "of a uniform distribution 10 wide");
        double[] centre = [1, 5], half = [3, 5];
        foreach (float[] x in new float[][] { [1, 105], [-2, 110], [4, 100], [0.3f, 104.1f], [1000, 105], [1, -9999] })
        {
            double[] normal = [.. x.Select((v, i) => Math.Clamp((v - mean[i]) * scale[i], -10, 10))];
            double[] expected = [.. Enumerable.Range(0, 2).Select(j => centre[j] + (half[j] * Math.Clamp(normal[0] * weight[j] + normal[1] * weight[2 + j] + bias[j], -1, 1)))];
            Assert.That(Trial.Act(policy, x), Is.EqualTo(expected).Within(1e-4), string.Join(' ', x));
        }
    }

    [TestCase("CartPole-v1", 0)]
    [TestCase("Taxi-v4", 0)]
    [TestCase("Pendulum-v1", 1e-3)]
    public void The_file_earns_in_the_runtime_what_the_training_graph_earns(string environment, double tolerance)
    {
        var registry = new EnvironmentRegistry();
        PpoOptions options = PpoPresets.For(environment) with { EnvironmentCount = 8, RolloutLength = 64, MinibatchSize = 64, HiddenSizes = [16], TotalSteps = 4096 };
        using Trial trial = new Trial(registry.MakeVector(environment, 8), options).Train();
        using Policy policy = trial.Load();
        using IVectorEnvironment deployed = registry.MakeVector(environment, 10), trained = registry.MakeVector(environment, 10);
        EvaluationResult through = Evaluator.Evaluate(deployed, policy, 20, seed: 5, stochastic: false);
        EvaluationResult direct = Evaluator.Evaluate(trained, (step, actions) => Greedy(trial, step, actions), 20, seed: 5);
        Assert.Multiple(() =>
        {
            Assert.That(through.Returns, Is.EqualTo(direct.Returns).Within(tolerance).Percent);
            Assert.That(through.Lengths, Is.EqualTo(direct.Lengths));
        });
    }

    [TestCase("noise")]
    [TestCase("action_mask")]
    [TestCase("action")]
    [TestCase("logits")]
    [TestCase("observation_mean")]
    [TestCase("actor.0.weight")]
    public void A_dictionary_entry_with_a_name_that_the_file_needs_is_refused_before_the_first_step(string name)
    {
        var task = new RandomTask(new Dict(("place", new Discrete(3)), (name, new Box(-1, 1, 2))), new Discrete(2));
        UserErrorException error = Assert.Throws<UserErrorException>(() => Runs.Resolve("ppo", "mine", make: (_, _, count) => new VectorEnvironment(task.Make, count)).Dispose())!;
        Assert.That(error.Problems, Has.One.Contains($"'{name}'").And.One.Contains("another name"));
    }

    // The deterministic action worked out from the policy network's outputs.
    private static void Greedy(Trial trial, VectorStep step, float[] actions)
    {
        float[] outputs = trial.Evaluate(step.Observations).Outputs;
        if (trial.Trainer.Model.ActionSpace is Box box)
        {
            for (int i = 0; i < actions.Length; i++) actions[i] = Math.Clamp(outputs[i], -1, 1) * box.High[0];
            return;
        }

        int choices = ((Discrete)trial.Trainer.Model.ActionSpace).N;
        for (int i = 0; i < actions.Length; i++)
        {
            actions[i] = Enumerable.Range(0, choices)
                .Where(a => step.ActionMasks.Length == 0 || step.ActionMasks[(i * choices) + a] == 1)
                .MaxBy(a => outputs[(i * choices) + a]);
        }
    }

    private static float[][] Rows(float[] numbers, int size) => [.. numbers.Chunk(size)];

    private static IEnumerable<float> Repeat(float[] row, int count) => Enumerable.Repeat(row, count).SelectMany(r => r);
}
