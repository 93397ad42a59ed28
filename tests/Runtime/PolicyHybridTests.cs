using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Manifest;
using Pipeline.Runtime;

namespace Pipeline.Tests.Runtime;

internal sealed class PolicyHybridTests
{
    [Test]
    public void A_hybrid_action_is_the_row_of_its_entries()
    {
        using Policy policy = Load();
        float[] action = new float[4];
        policy.Act([0.5f, -1, /* scores */ 1, 3, 2], action);
        Assert.That(action, Is.EqualTo(new float[] { 2, -1, /* tool */ 1, /* jump */ 1 }));
        policy.Act([-3, 3, 1, 3, 2], action, [1, 0, 1]);
        Assert.That(action, Is.EqualTo(new float[] { -4, 4, 2, 0 }), "±4 is as far as the aim goes, and the mask is the tool's");
        Assert.That(policy.UsesMasks && policy.CanSample);
        Assert.That(EmbeddingExample.Part(policy, action), Is.EqualTo((2, -4f)));
    }

    [Test]
    public void Of_a_row_the_normal_numbers_are_drawn_before_the_uniform_ones()
    {
        using Policy policy = Load();
        float[] normal = new float[2], uniform = new float[4], action = new float[4];
        var random = new RandomGenerator(7);
        random.FillGaussian(normal);
        random.FillOpenUniform(uniform);
        double[] scores = [.. new[] { 0.1, 0.2, 0.3 }.Zip(uniform, (score, u) => score - Math.Log(-Math.Log(u)))];
        policy.Sample([uniform[3] + 1e-3f, 0, 0.1f, 0.2f, 0.3f], new RandomGenerator(7), action);
        Assert.That(action[0], Is.EqualTo((2 * (uniform[3] + 1e-3f)) + 1 + (normal[0] / 2)).Within(1e-5));
        Assert.That(action[1], Is.EqualTo(1 + (normal[1] / 2)).Within(1e-5));
        Assert.That(action[2], Is.EqualTo(Array.IndexOf(scores, scores.Max())));
        Assert.That(action[3], Is.EqualTo(1));
        policy.Sample([uniform[3] - 1e-3f, 0, 0.1f, 0.2f, 0.3f], new RandomGenerator(7), action);
        Assert.That(action[3], Is.EqualTo(0));
    }

    [TestCase(1, false)]
    [TestCase(3, true)]
    [TestCase(64, false)]
    [TestCase(2500, true)]
    public void A_hybrid_batch_gives_what_its_rows_give_one_by_one(int count, bool remembers)
    {
        using Policy policy = Load(remembers);
        var random = new RandomGenerator(5);
        float[] rows = new float[count * 5], masks = new float[count * 3], states = new float[count * policy.StateSize];
        random.FillGaussian(rows);
        random.FillGaussian(states);
        for (int i = 0; i < masks.Length; i++) masks[i] = i % 3 == 0 ? 1 : random.NextInt32(2);
        float[] before = [.. states], drawn = new float[count * 4], action = new float[4];
        policy.Run(new PolicyBatch { Count = count, Observations = rows, Masks = masks, States = states, Actions = drawn, Random = new RandomGenerator(9) });
        var single = new RandomGenerator(9);
        int size = policy.StateSize;
        for (int i = 0; i < count; i++)
        {
            policy.Run(new PolicyBatch
            {
                Count = 1,
                Observations = rows.AsSpan(i * 5, 5),
                Masks = masks.AsSpan(i * 3, 3),
                States = before.AsSpan(i * size, size),
                Actions = action,
                Random = single,
            });
            Assert.That(action, Is.EqualTo(drawn[(i * 4)..((i * 4) + 4)]));
            Assert.That(masks[(i * 3) + (int)action[2]], Is.EqualTo(1));
        }

        Assert.That(before, Is.EqualTo(states));
    }

    [Test]
    public void A_hybrid_policy_that_remembers_carries_the_action_it_took()
    {
        using Policy policy = Load(remembers: true);
        float[] state = new float[4], action = new float[4];
        policy.Run(new PolicyBatch { Count = 1, Observations = [0, 0.25f, 0, 1, 0], States = state, Actions = action });
        Assert.That(action, Is.EqualTo(new float[] { 1, 1.5f, 1, 1 }));
        Assert.That(state, Is.EqualTo(action));
        policy.Run(new PolicyBatch { Count = 1, Observations = [-0.5f, 0, 1, 0, 0], States = state, Actions = action });
        Assert.That(action, Is.EqualTo(new float[] { 1, 2.5f, 0, 0 }), "2·o + 1 + the aim before");
        policy.Run(new PolicyBatch { Count = 1, Observations = [-0.5f, 0, 1, 0, 0], States = state, Actions = action, Random = new RandomGenerator(3) });
        Assert.That(state, Is.EqualTo(action));
        Assert.That(action[0], Is.Not.EqualTo(1), "drawn");
    }

    [Test]
    public void Acting_and_drawing_hybrid_actions_allocates_nothing()
    {
        using Policy policy = Load(remembers: true);
        float[] rows = new float[15], masks = [1, 0, 1, 1, 1, 1, 0, 1, 0], states = new float[12], actions = new float[12];
        var random = new RandomGenerator(0);
        policy.WarmUp(3);
        Assert.That(
            AllocatedBytes.Of(() =>
            {
                policy.Run(new PolicyBatch { Count = 3, Observations = rows, Masks = masks, States = states, Actions = actions });
                policy.Run(new PolicyBatch { Count = 3, Observations = rows, Masks = masks, States = states, Actions = actions, Random = random });
            }),
            Is.Zero);
    }

    [Test]
    public void A_manifest_whose_noise_is_not_that_of_its_hybrid_action_is_refused()
    {
        (OnnxSketch model, PolicyManifest manifest) = SketchedPolicies.Hybrid();
        TensorSpec[] inputs = [.. manifest.Inputs.Where(i => i.Name != NativeProfile.UniformNoiseName)];
        var half = new PolicyManifest(manifest.ObservationSpace, manifest.ActionSpace, inputs, manifest.Outputs) { Algorithm = "a", Environment = "e" };
        Assert.That(half.Validate().Single().ToString(), Is.EqualTo(
            "inputs (noise): found noise float32 [batch, 2] (noise); allowed: none, or noise float32 [batch, 2] (noise), uniform_noise float32 [batch, 4] (noise)."));
        string json = manifest.ToJson().Replace("\"uniform\"", "\"normal\"", StringComparison.Ordinal);
        byte[] file = model.Metadata(PolicyManifest.MetadataKey, json).Build();
        Assert.That(() => Policy.Load(file, "hybrid.onnx"), Throws.InstanceOf<PolicyLoadException>().With.Message.Contains("inputs (noise)"));
    }

    [Test]
    public void One_choice_alone_is_not_asked_of_a_hybrid_policy()
    {
        using Policy policy = Load();
        Assert.That(() => policy.ActDiscrete(new float[5]), Throws.InvalidOperationException.With.Message.Contains("Dict(aim").And.Message.Contains("Use Act or Sample"));
        Assert.That(() => policy.Act(new float[5], new float[3]), Throws.ArgumentException.With.Message.Contains("Actions has 3 floats; 1 rows of 4 are 4"));
        Assert.That(() => policy.Act(new float[5], new float[4], new float[4]), Throws.ArgumentException.With.Message.Contains("Masks has 4 floats; 1 rows of 3 are 3"));
    }

    private static Policy Load(bool remembers = false) => Policy.Load(SketchedPolicies.File(SketchedPolicies.Hybrid(remembers)), "hybrid.onnx");
}
