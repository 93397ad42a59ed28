using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Tests.Training.Environments.Probes;
using Pipeline.Training.Environments;
using Pipeline.Training.Environments.Wrappers;

namespace Pipeline.Tests.Training.Environments;

/// <summary>Save, step on, go back, step again with the same actions: the same bits, for every environment that comes with the project.</summary>
public sealed class EnvironmentSnapshotTests
{
    private const int Steps = 40;
    private static readonly EnvironmentRegistry Registry = new();

    private static IEnumerable<string> Names() => Registry.Specs.Select(s => s.Name);

    [TestCaseSource(nameof(Names))]
    public void What_follows_a_return_is_what_followed_before(string name)
    {
        using IVectorEnvironment environments = Registry.MakeVector($"{name}?max_episode_steps=25", 3);
        AssertReturns(environments);
    }

    [Test]
    public void Wrappers_go_back_too()
    {
        using IVectorEnvironment normalized = new RewardNormalization(Registry.MakeVector("Pendulum-v1", 3), 0.9);
        AssertReturns(normalized);
        using IVectorEnvironment stacked = new FrameStack(Registry.MakeVector("Catch-v0", 3), 3);
        AssertReturns(stacked);
    }

    // One environment without the loop around it: its generator is its user's to save.
    [TestCaseSource(nameof(Names))]
    public void A_single_environment_goes_back_with_its_generator(string name)
    {
        IEnvironment environment = Registry.Make(name);
        Assert.That(environment, Is.InstanceOf<IStateful>());
        var random = new RandomGenerator(4);
        float[] observation = new float[environment.ObservationSpace.Size];
        environment.Reset(random, observation);
        float[] action = new float[environment.ActionSpace.Size];
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        using var reader = new BinaryReader(stream);
        ((IStateful)environment).SaveState(writer);
        ulong[] words = new ulong[RandomGenerator.StateSize];
        random.SaveState(words);

        string Follow()
        {
            var actions = new RandomGenerator(9);
            var seen = new List<string>();
            for (int t = 0; t < Steps; t++)
            {
                environment.ActionSpace.Sample(actions, action);
                StepResult result = environment.Step(action, observation);
                seen.Add($"{string.Join(' ', observation.Select(o => o.ToString("R", CultureInfo.InvariantCulture)))} {result}");
                if (result.Terminated || result.Truncated) break;
            }

            return string.Join('\n', seen);
        }

        string first = Follow();
        stream.Position = 0;
        ((IStateful)environment).LoadState(reader);
        random.LoadState(words);
        Assert.That(Follow(), Is.EqualTo(first));
    }

    [TestCase("CartPole-v1")]
    [TestCase("Acrobot-v1")]
    [TestCase("PixelBreakout-v0")]
    [TestCase("PointReach-v0")]
    public void Going_back_allocates_nothing(string name)
    {
        using IVectorEnvironment environments = Registry.MakeVector(name, 4);
        var step = new VectorStep(environments);
        environments.Reset(1, step);
        using var snapshot = new EnvironmentSnapshot(environments);
        snapshot.Save(step);
        snapshot.Restore(step);
        Assert.That(
            AllocatedBytes.Of(() =>
            {
                snapshot.Save(step);
                snapshot.Restore(step);
            }),
            Is.Zero);
    }

    [Test]
    public void An_environment_that_cannot_be_saved_is_refused_with_what_to_do()
    {
        using var environments = new VectorEnvironment(() => new TwoStepDelay(), 2);
        Assert.That(() => new EnvironmentSnapshot(environments), Throws.TypeOf<EnvironmentException>().With.Message.Contains("IStateful"));
    }

    private static void AssertReturns(IVectorEnvironment environments)
    {
        var step = new VectorStep(environments);
        var random = new RandomGenerator(2);
        environments.Reset(7, step);
        Follow(environments, step, random, 10);
        using var snapshot = new EnvironmentSnapshot(environments);
        snapshot.Save(step);
        float[] observations = [.. step.Observations], masks = [.. step.ActionMasks];
        string first = Follow(environments, step, new RandomGenerator(3), Steps);
        for (int i = 0; i < 2; i++)
        {
            snapshot.Restore(step);
            Assert.That((step.Observations, step.ActionMasks), Is.EqualTo((observations, masks)));
            Assert.That(Follow(environments, step, new RandomGenerator(3), Steps), Is.EqualTo(first));
        }
    }

    private static string Follow(IVectorEnvironment environments, VectorStep step, RandomGenerator random, int steps)
    {
        int size = environments.ActionSpace.Size;
        float[] actions = new float[environments.Count * size];
        var seen = new List<string>();
        for (int t = 0; t < steps; t++)
        {
            for (int i = 0; i < environments.Count; i++) environments.ActionSpace.Sample(random, actions.AsSpan(i * size, size));
            environments.Step(actions, step);
            seen.Add(string.Join(' ', step.Observations.Concat(step.Rewards).Select(o => o.ToString("R", CultureInfo.InvariantCulture)).Concat(step.Terminated.Concat(step.Truncated).Select(b => b.ToString()))));
        }

        return string.Join('\n', seen);
    }
}
