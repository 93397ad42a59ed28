using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Manifest;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime;
using Pipeline.Tests.Training.Algorithms;
using Pipeline.Tests.Training.Export;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Networks;

namespace Pipeline.Tests.Runtime;

/// <summary>Slots that keep what is an agent's own, whoever joins, leaves or resets beside it.</summary>
internal sealed class PolicyAgentsTests
{
    [Test]
    public void Agents_that_come_and_go_act_as_each_would_alone()
    {
        using Policy policy = Load(SketchedPolicies.Recurrent());
        var agents = new PolicyAgents(policy, capacity: 4);
        var alone = new Dictionary<AgentSlot, float[]>();
        var random = new RandomGenerator(3);
        int largest = 0;
        for (int frame = 0; frame < 400; frame++)
        {
            AgentSlot[] here = [.. alone.Keys];
            if (here.Length < 40 && random.NextInt32(2) == 0) alone.Add(agents.Join(), new float[3]);
            if (here.Length > 0 && random.NextInt32(3) == 0) Leave(here[random.NextInt32(here.Length)]);
            if (here.Length > 1 && agents.Contains(here[^1]) && random.NextInt32(4) == 0) Reset(here[^1]);
            foreach (AgentSlot slot in alone.Keys) random.FillGaussian(agents.Observation(slot));
            agents.Act();
            foreach ((AgentSlot slot, float[] state) in alone)
            {
                float[] action = new float[1];
                policy.Run(new PolicyBatch { Count = 1, Observations = agents.Observation(slot), States = state, Actions = action });
                Assert.That(agents.Action(slot).ToArray(), Is.EqualTo(action));
                Assert.That(agents.State(slot).ToArray(), Is.EqualTo(state));
            }

            Assert.That(agents.Count, Is.EqualTo(alone.Count));
            largest = Math.Max(largest, agents.Count);
        }

        Assert.That(largest, Is.GreaterThan(20), "the capacity has grown several times, with state kept");
        Assert.That(agents.Capacity, Is.GreaterThanOrEqualTo(largest));

        void Leave(AgentSlot slot)
        {
            agents.Leave(slot);
            alone.Remove(slot);
        }

        void Reset(AgentSlot slot)
        {
            agents.Reset(slot);
            alone[slot] = new float[3];
        }
    }

    [TestCase(MemoryKind.Lstm)]
    [TestCase(MemoryKind.Gru)]
    public void An_exported_policy_with_memory_draws_for_its_agents_what_it_draws_for_each_alone(MemoryKind kind)
    {
        var options = new PpoOptions
        {
            TotalSteps = 256, EnvironmentCount = 8, RolloutLength = 32, MinibatchSize = 64, UpdateEpochs = 1, HiddenSizes = [8],
            Memory = kind, MemorySize = 6, PreviousAction = true, PreviousReward = true,
        };
        var task = new RandomTask(new MultiBinary(4), new Discrete(4), Masked: true);
        using Trial trial = new Trial(task.Make, options).Iterate();
        using Policy policy = trial.Load();
        var agents = new PolicyAgents(policy, capacity: 2, seed: 9);
        AgentSlot[] slots = [.. Enumerable.Range(0, 7).Select(_ => agents.Join())];
        RandomGenerator[] generators = [.. Enumerable.Range(0, 7).Select(i => new RandomGenerator(9, (ulong)i))];
        float[][] states = [.. slots.Select(_ => new float[policy.StateSize])];
        float[] action = new float[1];
        agents.Leave(slots[2]);
        for (int frame = 0; frame < 20; frame++)
        {
            (float[] observations, float[] masks) = task.Draw(7, (ulong)frame);
            for (int i = 0; i < 7; i++)
            {
                if (i == 2) continue;
                observations.AsSpan(i * 4, 4).CopyTo(agents.Observation(slots[i]));
                masks.AsSpan(i * 4, 4).CopyTo(agents.Mask(slots[i]));
                agents.Reward(slots[i]) = i - frame;
            }

            agents.Sample();
            for (int i = 0; i < 7; i++)
            {
                if (i == 2) continue;
                policy.Run(new PolicyBatch
                {
                    Count = 1, Observations = observations.AsSpan(i * 4, 4), Masks = masks.AsSpan(i * 4, 4), Rewards = [i - frame], States = states[i], Actions = action, Random = generators[i],
                });
                Assert.That(agents.DiscreteAction(slots[i]), Is.EqualTo((int)action[0]), $"agent {i}, frame {frame}");
                Assert.That(agents.State(slots[i]).ToArray(), Is.EqualTo(states[i]).Within(1e-5));
            }
        }
    }

    [Test]
    public void The_lowest_free_place_is_given_and_starts_clean()
    {
        using Policy policy = Load(SketchedPolicies.Recurrent());
        var agents = new PolicyAgents(policy, capacity: 4);
        AgentSlot[] slots = [agents.Join(), agents.Join(), agents.Join()];
        foreach (AgentSlot slot in slots) agents.Observation(slot)[0] = 5;
        agents.Act();
        agents.Leave(slots[1]);
        agents.Leave(slots[0]);
        AgentSlot next = agents.Join();
        Assert.That((next.Index, agents.Join().Index, agents.Join().Index), Is.EqualTo((0, 1, 3)));
        Assert.That(agents.Observation(next)[0] + agents.Action(next)[0] + agents.State(next).ToArray().Sum(), Is.Zero);
        Assert.That(next, Is.Not.EqualTo(slots[0]), "the same place, another agent");
    }

    [Test]
    public void A_draw_depends_on_the_agent_and_on_nobody_else()
    {
        using Policy policy = Load(SketchedPolicies.Continuous());
        var generator = new RandomGenerator(11, 700);
        var agents = new PolicyAgents(policy, capacity: 2, seed: 11);
        var random = new RandomGenerator(5);
        var others = new List<AgentSlot>();
        AgentSlot first = agents.Join();
        AgentSlot watched = agents.Join(stream: 700);
        agents.Leave(first);
        float[] expected = new float[2];
        for (int frame = 0; frame < 100; frame++)
        {
            if (random.NextInt32(2) == 0) others.Add(agents.Join());
            else if (others.Count > 0) LeaveOne();
            agents.Observation(watched)[0] = frame / 100f;
            agents.Sample();
            policy.Sample(agents.Observation(watched), generator, expected);
            Assert.That(agents.Action(watched).ToArray(), Is.EqualTo(expected), $"frame {frame}, {agents.Count} agents");
            if (frame == 50) agents.Reset(watched);
        }

        void LeaveOne()
        {
            int index = random.NextInt32(others.Count);
            agents.Leave(others[index]);
            others.RemoveAt(index);
        }
    }

    [Test]
    public void Masks_and_rewards_are_the_agents_own()
    {
        using Policy discrete = Load(SketchedPolicies.Discrete());
        var agents = new PolicyAgents(discrete);
        AgentSlot a = agents.Join(), b = agents.Join();
        new float[] { 1, 3, 2 }.CopyTo(agents.Observation(a));
        new float[] { 1, 3, 2 }.CopyTo(agents.Observation(b));
        agents.Act();
        Assert.That((agents.DiscreteAction(a), agents.DiscreteAction(b)), Is.EqualTo((1, 1)), "all allowed at first");
        agents.Mask(b)[1] = 0;
        agents.Act();
        Assert.That((agents.DiscreteAction(a), agents.DiscreteAction(b)), Is.EqualTo((1, 2)));

        using Policy reminded = Load(SketchedPolicies.Reminded());
        agents = new PolicyAgents(reminded);
        a = agents.Join();
        b = agents.Join();
        agents.Reward(b) = 1;
        agents.Act();
        Assert.That((agents.DiscreteAction(a), agents.DiscreteAction(b)), Is.EqualTo((1, 0)), "1 where the state plus the reward is below 1");
        agents.Reset(b);
        Assert.That(agents.Reward(b), Is.Zero);
    }

    [Test]
    public void Some_agents_may_decide_while_the_others_keep_their_actions()
    {
        using Policy policy = Load(SketchedPolicies.Recurrent());
        var agents = new PolicyAgents(policy);
        AgentSlot[] slots = [agents.Join(), agents.Join(), agents.Join()];
        agents.Act();
        agents.Act([slots[2], slots[0]]);
        Assert.That(slots.Select(slot => agents.Action(slot)[0]), Is.EqualTo(new float[] { 2, 1, 2 }), "the action counts the steps");
        Assert.That(() => agents.Act([slots[1], slots[1]]), Throws.ArgumentException.With.Message.Contains("slot 1 is given twice"));
    }

    [Test]
    public void A_slot_that_is_nobodys_is_refused_with_the_reason()
    {
        using Policy policy = Load(SketchedPolicies.Continuous());
        var agents = new PolicyAgents(policy);
        AgentSlot slot = agents.Join();
        agents.Leave(slot);
        Assert.That(() => agents.Leave(slot), Throws.ArgumentException.With.Message.Contains("The agent of slot 0 has left. Keep what Join returns"));
        Assert.That(() => agents.Reset(slot), Throws.ArgumentException);
        Assert.That(() => agents.Act([slot]), Throws.ArgumentException);
        agents.Join();
        Assert.That(() => agents.Observation(slot).Clear(), Throws.ArgumentException.With.Message.Contains("another has joined in its place"));
        Assert.That(() => agents.Action(default).ToArray(), Throws.ArgumentException.With.Message.Contains("not given by Join"));
        Assert.That(agents.Contains(slot), Is.False);
        Assert.That(() => agents.DiscreteAction(slot), Throws.InvalidOperationException.With.Message.Contains("not Discrete"));
        Assert.That(() => new PolicyAgents(policy, capacity: 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Drawing_without_a_distribution_and_acting_without_agents_do_what_the_policy_does()
    {
        using Policy policy = Load(SketchedPolicies.Recurrent());
        var agents = new PolicyAgents(policy);
        Assert.That(agents.Act, Throws.Nothing, "nobody is there");
        agents.Join();
        Assert.That(agents.Sample, Throws.InvalidOperationException.With.Message.Contains("no sampled action"));
        policy.Dispose();
        Assert.That(agents.Act, Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void Frames_in_which_agents_join_leave_and_reset_allocate_nothing()
    {
        using Policy reminded = Load(SketchedPolicies.Reminded());
        using Policy discrete = Load(SketchedPolicies.Discrete());
        foreach (Policy policy in new[] { reminded, discrete })
        {
            var agents = new PolicyAgents(policy, capacity: 200, seed: 1);
            var slots = new AgentSlot[200];
            var random = new RandomGenerator(2);
            Play(agents, slots, random, frames: 3);
            long allocated = AllocatedBytes.Of(() => Play(agents, slots, random, frames: 300));
            Assert.That(allocated, Is.Zero, policy.ActionSpace.ToString());
        }
    }

    [Test]
    public void A_reload_starts_states_anew_unless_they_are_to_be_kept()
    {
        foreach (bool keep in new[] { false, true })
        {
            using Policy policy = Load(SketchedPolicies.Recurrent());
            var agents = new PolicyAgents(policy) { KeepStateOnReload = keep };
            AgentSlot slot = agents.Join();
            for (int frame = 0; frame < 5; frame++) agents.Act();
            policy.Reload(SketchedPolicies.File(SketchedPolicies.Recurrent()), "the next");
            Assert.That(agents.Version, Is.EqualTo(1));
            agents.Act();
            Assert.That(agents.Version, Is.EqualTo(2));
            Assert.That(agents.Action(slot)[0], Is.EqualTo(keep ? 6 : 1), "the action counts the steps of the episode");
        }
    }

    private static void Play(PolicyAgents agents, AgentSlot[] slots, RandomGenerator random, int frames)
    {
        for (int frame = 0; frame < frames; frame++)
        {
            for (int change = 0; change < 20; change++)
            {
                ref AgentSlot slot = ref slots[random.NextInt32(slots.Length)];
                if (!agents.Contains(slot)) slot = agents.Join();
                else if (random.NextInt32(3) == 0) agents.Reset(slot);
                else agents.Leave(slot);
            }

            agents.Act();
            agents.Sample();
            agents.Act(agents.Contains(slots[0]) ? slots.AsSpan(0, 1) : default);
        }
    }

    private static Policy Load((OnnxSketch Model, PolicyManifest Manifest) sketch) => Policy.Load(SketchedPolicies.File(sketch), "sketch");
}
