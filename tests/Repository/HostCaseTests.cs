using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Manifest;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime;
using Pipeline.Tests.Cli;
using Pipeline.Tests.Training.Algorithms;

namespace Pipeline.Tests.Repository;

/// <summary>
/// Writes policies of every kind, with what our runtime answers, to the folder <c>hosts</c> beside the tests. <c>.ci/run</c> then gives them to
/// another host (tests/Hosts).
/// </summary>
internal sealed class HostCaseTests
{
    private static readonly int[] _batches = [1, 3, 64];

    private static readonly object[] _fresh =
    [
        new object[] { "discrete", "CartPole-v1", Array.Empty<string>() },
        new object[] { "normalized", "Acrobot-v1", Array.Empty<string>() },
        new object[] { "continuous", "Pendulum-v1", new[] { "normalize_observations=true" } },
        new object[] { "masked", "Taxi-v4", Array.Empty<string>() },
        new object[] { "hybrid", "Docking-v0", Array.Empty<string>() },
    ];

    [TestCaseSource(nameof(_fresh))]
    public void A_fresh_export_is_written_with_the_answers_of_the_runtime(string name, string environment, string[] settings)
    {
        string run = Path.Combine(Folder, $"{name}-run");
        if (Directory.Exists(run)) Directory.Delete(run, recursive: true);
        string[] set = [.. settings.SelectMany(s => new[] { "--set", s })];
        PipelineCommand train = PipelineCommand.Run(["train", "ppo", "--env", environment, "--seed", "3", "--steps", "4096", "--out", run, .. set]);
        Assert.That(train.ExitCode, Is.Zero, train.Error);
        Write(name, Path.Combine(run, "policy.onnx"));
    }

    [Test]
    public void The_shipped_policies_are_written_with_the_answers_of_the_runtime()
    {
        string[] models = Directory.GetFiles(RepositoryFiles.At("models"), "policy.onnx", SearchOption.AllDirectories);
        Assert.That(models, Has.Length.GreaterThanOrEqualTo(3));
        foreach (string file in models) Write(Path.GetFileName(Path.GetDirectoryName(file))!, file);
    }

    internal static string Folder => Directory.CreateDirectory(Path.Combine(TestContext.CurrentContext.TestDirectory, "hosts")).FullName;

    private static void Write(string name, string file)
    {
        using Policy policy = Policy.Load(file);
        var random = new RandomGenerator(7);
        File.Copy(file, Path.Combine(Folder, $"{name}.onnx"), overwrite: true);
        object cases = _batches.Select(batch => Case(policy, batch, random)).ToArray();
        File.WriteAllText(Path.Combine(Folder, $"{name}.json"), JsonSerializer.Serialize(cases));
    }

    private static object Case(Policy policy, int batch, RandomGenerator random)
    {
        int width = policy.ObservationSpace.Size;
        float[] observations = new float[batch * width];
        for (int i = 0; i < batch; i++) policy.ObservationSpace.Sample(random, observations.AsSpan(i * width, width));
        float[] masks = policy.UsesMasks ? RandomMasks(policy.ActionSpace, batch, random) : [];
        float[] actions = new float[batch * policy.ActionSpace.Size];
        policy.ActBatch(observations, batch, actions, masks);
        CheckAllowed(policy.ActionSpace, actions, masks);
        var inputs = policy.Manifest.Inputs.Select(spec => new
        {
            name = spec.Name,
            dims = spec.Shape.Select(length => length == TensorSpec.Batch ? batch : length).ToArray(),
            data = spec.Role switch
            {
                TensorRole.Observation => Entry(policy.ObservationSpace, spec.Name, observations),
                TensorRole.ActionMask => masks,
                _ => Enumerable.Range(0, batch * spec.RowSize).Select(_ => random.NextSingle()).ToArray(),
            },
        });
        return new { batch, inputs = inputs.ToArray(), outputs = new[] { new { name = NativeProfile.ActionName, data = actions } } };
    }

    // Of whole rows the columns of one input.
    private static float[] Entry(Space space, string name, float[] rows)
    {
        if (space is not Dict dict) return rows;
        int start = dict.OffsetOf(name), size = dict.Entries.First(e => e.Key == name).Value.Size;
        return [.. rows.Where((_, i) => i % dict.Size >= start && i % dict.Size < start + size)];
    }

    private static float[] RandomMasks(Space actions, int batch, RandomGenerator random)
    {
        float[] masks = new float[batch * actions.MaskSize];
        for (int i = 0; i < masks.Length; i++) masks[i] = random.NextInt32(2);
        for (int row = 0; row < batch; row++) masks[(row * actions.MaskSize) + random.NextInt32(actions.MaskSize)] = 1;
        return masks;
    }

    private static void CheckAllowed(Space space, float[] actions, float[] masks)
    {
        for (int row = 0; row < actions.Length / space.Size; row++)
        {
            ReadOnlySpan<float> action = actions.AsSpan(row * space.Size, space.Size);
            Assert.That(space.Contains(action), $"row {row}");
            if (masks.Length > 0) Assert.That(Masks.Allow(space, masks.AsSpan(row * space.MaskSize, space.MaskSize), action), $"row {row} takes an action that its mask forbids");
        }
    }
}
