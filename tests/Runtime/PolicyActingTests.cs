using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Manifest;
using Pipeline.Runtime;

namespace Pipeline.Tests.Runtime;

internal sealed class PolicyActingTests
{
    [Test]
    public void A_continuous_policy_gives_the_numbers_worked_by_hand()
    {
        using Policy policy = Load(SketchedPolicies.Continuous());
        float[] action = new float[2];
        policy.Act([0.25f, -1], action);
        Assert.That(action, Is.EqualTo(new[] { 1.5f, -1f }));
        policy.Act([3, -3], action);
        Assert.That(action, Is.EqualTo(new[] { 4f, -4f }), "2·3 + 1 and 2·−3 + 1 leave the range and are clipped");
    }

    [Test]
    public void A_sampled_continuous_action_is_the_mean_plus_the_generators_normal_numbers()
    {
        using Policy policy = Load(SketchedPolicies.Continuous());
        float[] noise = new float[2];
        new RandomGenerator(7).FillGaussian(noise);
        float[] action = new float[2];
        policy.Sample([0, 0], new RandomGenerator(7), action);
        Assert.That(action[0], Is.EqualTo(1 + (noise[0] / 2)).Within(1e-6));
        Assert.That(action[1], Is.EqualTo(1 + (noise[1] / 2)).Within(1e-6));
        Assert.That(noise[0], Is.Not.EqualTo(noise[1]));
    }

    [Test]
    public void A_discrete_policy_takes_the_largest_allowed_logit()
    {
        using Policy policy = Load(SketchedPolicies.Discrete());
        Assert.That(policy.ActDiscrete([1, 3, 2]), Is.EqualTo(1));
        Assert.That(policy.ActDiscrete([1, 3, 2], [1, 0, 1]), Is.EqualTo(2));
        Assert.That(policy.ActDiscrete([1, 3, 2], [1, 0, 0]), Is.EqualTo(0));
        Assert.That(policy.ActDiscrete([1, 3, 2]), Is.EqualTo(1), "a mask of an earlier call does not stay");
        Assert.That(policy.UsesMasks);
    }

    [Test]
    public void Sampled_choices_follow_the_softmax_and_never_the_mask_forbids()
    {
        using Policy policy = Load(SketchedPolicies.Discrete());
        const int Draws = 20000;
        float[] logits = [0, MathF.Log(2), MathF.Log(5)];
        float[] rows = Enumerable.Range(0, Draws).SelectMany(_ => logits).ToArray();
        float[] masks = Enumerable.Range(0, Draws).SelectMany(_ => new float[] { 1, 0, 1 }).ToArray();
        float[] actions = new float[Draws];
        policy.SampleBatch(rows, Draws, new RandomGenerator(3), actions);
        double[] shares = new double[3];
        foreach (float action in actions) shares[(int)action] += 1.0 / Draws;
        Assert.That(shares[0], Is.EqualTo(1 / 8.0).Within(0.01));
        Assert.That(shares[1], Is.EqualTo(2 / 8.0).Within(0.01));
        Assert.That(shares[2], Is.EqualTo(5 / 8.0).Within(0.01));
        policy.SampleBatch(rows, Draws, new RandomGenerator(3), actions, masks);
        Assert.That(actions, Has.None.EqualTo(1f));
        Assert.That(actions.Count(a => a == 2) / (double)Draws, Is.EqualTo(5 / 6.0).Within(0.01));
    }

    [Test]
    public void A_dictionary_observation_is_taken_apart_in_its_order()
    {
        using Policy policy = Load(SketchedPolicies.Dictionary());
        float[] action = new float[2];
        policy.Act([1, 5, /* cell */ 3, /* picture */ 2, 1], action);
        Assert.That(action, Is.EqualTo(new[] { 1f, 0f }));
        policy.Act([6, 5, 0, 2, 7], action);
        Assert.That(action, Is.EqualTo(new[] { 0f, 2f }));
        float[] actions = new float[4];
        policy.ActBatch([1, 5, 3, 2, 1, 6, 5, 0, 2, 7], 2, actions);
        Assert.That(actions, Is.EqualTo(new[] { 1f, 0f, 0f, 2f }));
    }

    [Test]
    public void A_binary_policy_answers_zeros_and_ones()
    {
        using Policy policy = Load(SketchedPolicies.Binary());
        float[] action = new float[2];
        policy.Act([-0.5f, 0.5f], action);
        Assert.That(action, Is.EqualTo(new[] { 0f, 1f }));
        float[] noise = new float[2];
        new RandomGenerator(11).FillOpenUniform(noise);
        policy.Sample([noise[0] + 1e-3f, noise[1] - 1e-3f], new RandomGenerator(11), action);
        Assert.That(action, Is.EqualTo(new[] { 1f, 0f }));
    }

    [Test]
    public void Recurrent_state_is_the_callers_and_is_carried_from_step_to_step()
    {
        using Policy policy = Load(SketchedPolicies.Recurrent());
        Assert.That(policy.StateSize, Is.EqualTo(3));
        float[] states = [0, 0, 0, /* second row */ 4, 10, 20];
        float[] actions = new float[2];
        policy.Run(new PolicyBatch { Count = 2, Observations = [1, 2], States = states, Actions = actions });
        Assert.That(states, Is.EqualTo(new float[] { 1, 1, 1, 4, 11, 21 }));
        Assert.That(actions, Is.EqualTo(new float[] { 2, 15 }));
        policy.Run(new PolicyBatch { Count = 2, Observations = [1, 0], States = states, Actions = actions });
        Assert.That(states, Is.EqualTo(new float[] { 1.5f, 2, 2, 2, 12, 22 }));
        Assert.That(actions, Is.EqualTo(new float[] { 3.5f, 14 }));
        Assert.That(() => policy.Act([1], new float[1]), Throws.ArgumentException.With.Message.Contains("States has 0 floats; 1 rows of 3 are 3"));
    }

    [Test]
    public void State_goes_back_to_the_start_of_an_episode_row_by_row()
    {
        using Policy policy = Load(SketchedPolicies.Recurrent());
        float[] states = [1, 2, 3, 4, 5, 6];
        policy.ResetState(states.AsSpan(3, 3));
        Assert.That(states, Is.EqualTo(new float[] { 1, 2, 3, 0, 0, 0 }));
        policy.ResetState(states);
        Assert.That(states, Is.All.Zero);
        Assert.That(() => policy.ResetState(states.AsSpan(0, 4)), Throws.ArgumentException.With.Message.Contains("4 floats; rows of this policy have 3"));
        using Policy forgetful = Load(SketchedPolicies.Continuous());
        Assert.That(() => forgetful.ResetState(new float[1]), Throws.ArgumentException);
    }

    [Test]
    public void State_is_that_of_the_action_taken_and_the_reward_before_is_the_hosts_to_give()
    {
        using Policy policy = Load(SketchedPolicies.Reminded());
        Assert.That((policy.UsesRewards, policy.StateSize), Is.EqualTo((true, 1)));
        float[] states = [0, 1], actions = new float[2];
        policy.Run(new PolicyBatch { Count = 2, Observations = [0, 0], States = states, Rewards = [0.5f, 0.5f], Actions = actions });
        Assert.That(actions, Is.EqualTo(new float[] { 1, 0 }));
        Assert.That(states, Is.EqualTo(actions));
        policy.Run(new PolicyBatch { Count = 2, Observations = [0, 0], States = states, Rewards = [-1, 9], Actions = actions, Random = new RandomGenerator(1) });
        Assert.That(actions, Is.EqualTo(new float[] { 0, 1 }), "drawn with certainty; the deterministic ones are 1 and 0");
        Assert.That(states, Is.EqualTo(actions));
        Assert.That(
            () => policy.Run(new PolicyBatch { Count = 2, Observations = [0, 0], States = states, Actions = actions }),
            Throws.ArgumentException.With.Message.Contains("Rewards has 0 floats; 2 rows of 1 are 2"));
        using Policy other = Load(SketchedPolicies.Recurrent());
        Assert.That(
            () => other.Run(new PolicyBatch { Count = 1, Observations = [0], States = new float[3], Rewards = [1], Actions = new float[1] }),
            Throws.ArgumentException.With.Message.Contains("Rewards has 1 floats; 1 rows of 0 are 0"));
    }

    [Test]
    public void Acting_with_state_allocates_nothing()
    {
        using Policy policy = Load(SketchedPolicies.Reminded());
        float[] observations = new float[3], states = new float[3], rewards = new float[3], actions = new float[3];
        var random = new RandomGenerator(0);
        policy.WarmUp(3);
        Assert.That(
            AllocatedBytes.Of(() =>
            {
                policy.Run(new PolicyBatch { Count = 3, Observations = observations, States = states, Rewards = rewards, Actions = actions });
                policy.Run(new PolicyBatch { Count = 3, Observations = observations, States = states, Rewards = rewards, Actions = actions, Random = random });
                policy.ResetState(states);
            }),
            Is.Zero);
    }

    [TestCase(1)]
    [TestCase(3)]
    [TestCase(17)]
    [TestCase(64)]
    [TestCase(100)]
    [TestCase(1000)]
    [TestCase(1024)]
    [TestCase(2500)]
    public void A_batch_gives_what_its_rows_give_one_by_one(int count)
    {
        using Policy policy = Load(SketchedPolicies.Continuous());
        var random = new RandomGenerator(5);
        float[] rows = new float[count * 2];
        random.FillGaussian(rows);
        float[] acted = new float[count * 2];
        float[] sampled = new float[count * 2];
        policy.ActBatch(rows, count, acted);
        policy.SampleBatch(rows, count, new RandomGenerator(9), sampled);
        var single = new RandomGenerator(9);
        float[] action = new float[2];
        for (int i = 0; i < count; i++)
        {
            policy.Act(rows.AsSpan(i * 2, 2), action);
            Assert.That(action, Is.EqualTo(acted[(i * 2)..((i * 2) + 2)]));
            policy.Sample(rows.AsSpan(i * 2, 2), single, action);
            Assert.That(action, Is.EqualTo(sampled[(i * 2)..((i * 2) + 2)]));
        }
    }

    [Test]
    public void A_batch_of_no_rows_does_nothing()
    {
        using Policy policy = Load(SketchedPolicies.Continuous());
        Assert.That(() => policy.ActBatch([], 0, []), Throws.Nothing);
    }

    [Test]
    public void Wrong_lengths_are_refused_with_both_numbers()
    {
        using Policy continuous = Load(SketchedPolicies.Continuous());
        using Policy discrete = Load(SketchedPolicies.Discrete());
        Assert.That(() => continuous.Act([1], new float[2]), Throws.ArgumentException.With.Message.Contains("Observations has 1 floats; 1 rows of 2 are 2"));
        Assert.That(() => continuous.Act([1, 2], new float[3]), Throws.ArgumentException.With.Message.Contains("Actions has 3 floats; 1 rows of 2 are 2"));
        Assert.That(() => continuous.ActBatch([1, 2], -1, new float[2]), Throws.ArgumentException.With.Message.Contains("Count is -1"));
        Assert.That(() => continuous.Act([1, 2], new float[2], [1, 1]), Throws.ArgumentException.With.Message.Contains("without an action_mask"));
        Assert.That(() => discrete.ActDiscrete([1, 2, 3], [1, 1]), Throws.ArgumentException.With.Message.Contains("Masks has 2 floats; 1 rows of 3 are 3"));
        Assert.That(() => continuous.ActDiscrete([1, 2]), Throws.InvalidOperationException.With.Message.Contains("not Discrete"));
        Assert.That(() => continuous.WarmUp(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Drawing_from_a_policy_that_cannot_draw_says_why()
    {
        using Policy without = Load(SketchedPolicies.Dictionary());
        byte[] file = SketchedPolicies.File(SketchedPolicies.Continuous());
        using Policy left = Policy.Load(file, "left", new PolicyOptions { Sampling = false });
        Assert.That(without.CanSample, Is.False);
        Assert.That(() => without.Sample(new float[5], new RandomGenerator(0), new float[2]), Throws.InvalidOperationException.With.Message.Contains("no sampled action"));
        Assert.That(() => left.Sample([1, 2], new RandomGenerator(0), new float[2]), Throws.InvalidOperationException.With.Message.Contains("Sampling = true"));
    }

    [Test]
    public void A_policy_tells_its_spaces_and_manifest()
    {
        (OnnxSketch Model, PolicyManifest Manifest) sketch = SketchedPolicies.Continuous();
        using Policy policy = Load(sketch);
        Assert.That(policy.Manifest, Is.EqualTo(sketch.Manifest));
        Assert.That(policy.ObservationSpace, Is.EqualTo(sketch.Manifest.ObservationSpace));
        Assert.That(policy.ActionSpace, Is.EqualTo(sketch.Manifest.ActionSpace));
        Assert.That(policy.Device, Is.EqualTo(PolicyDevice.Cpu));
        Assert.That(policy.StateSize, Is.Zero);
        Assert.That(policy.UsesMasks, Is.False);
    }

    private static Policy Load((OnnxSketch Model, PolicyManifest Manifest) policy) => Policy.Load(SketchedPolicies.File(policy), "sketch");
}
