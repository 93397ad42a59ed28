using System;
using System.Collections.Concurrent;
using System.Linq;
using System.Threading;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Runtime;
using Pipeline.Runtime.Execution;

namespace Pipeline.Tests.Runtime;

/// <summary>What a host relies on in its frame loop: no allocation, threads, a safe end.</summary>
internal sealed class PolicyHostTests
{
    [Test]
    public void Acting_sampling_and_batches_allocate_nothing_after_the_first_call()
    {
        using Policy continuous = Policy.Load(SketchedPolicies.File(SketchedPolicies.Continuous()), "continuous");
        using Policy discrete = Policy.Load(SketchedPolicies.File(SketchedPolicies.Discrete()), "discrete");
        using Policy dictionary = Policy.Load(SketchedPolicies.File(SketchedPolicies.Dictionary()), "dictionary");
        using Policy recurrent = Policy.Load(SketchedPolicies.File(SketchedPolicies.Recurrent()), "recurrent");
        var random = new RandomGenerator(1);
        float[] floats = new float[6000];
        float[] actions = new float[6000];
        float[] ones = Enumerable.Repeat(1f, 300).ToArray();
        (string Name, Action Call)[] calls =
        [
            ("act", () => continuous.Act(floats.AsSpan(0, 2), actions.AsSpan(0, 2))),
            ("sample", () => continuous.Sample(floats.AsSpan(0, 2), random, actions.AsSpan(0, 2))),
            ("a batch in pieces", () => continuous.ActBatch(floats.AsSpan(0, 5000), 2500, actions.AsSpan(0, 5000))),
            ("a sampled batch", () => continuous.SampleBatch(floats.AsSpan(0, 66), 33, random, actions.AsSpan(0, 66))),
            ("a discrete act", () => discrete.ActDiscrete(floats.AsSpan(0, 3))),
            ("a discrete sample", () => discrete.SampleDiscrete(floats.AsSpan(0, 3), random, ones.AsSpan(0, 3))),
            ("a masked batch", () => discrete.ActBatch(floats.AsSpan(0, 300), 100, actions.AsSpan(0, 100), ones)),
            ("a dictionary batch", () => dictionary.ActBatch(floats.AsSpan(0, 35), 7, actions.AsSpan(0, 14))),
            ("a recurrent step", () => recurrent.Run(new PolicyBatch
            {
                Count = 4,
                Observations = floats.AsSpan(0, 4),
                States = floats.AsSpan(100, 12),
                Actions = actions.AsSpan(0, 4),
            })),
        ];
        foreach ((string name, Action call) in calls)
        {
            for (int i = 0; i < 50; i++) call();
            long allocated = AllocatedBytes.Of(() =>
            {
                for (int i = 0; i < 200; i++) call();
            });
            Assert.That(allocated, Is.Zero, name);
        }
    }

    [Test]
    public void A_number_of_agents_that_changes_every_frame_settles_to_no_allocation()
    {
        using Policy policy = Policy.Load(SketchedPolicies.File(SketchedPolicies.Continuous()), "continuous");
        float[] floats = new float[4000];
        float[] actions = new float[4000];
        for (int count = 1; count <= 2000; count++) policy.ActBatch(floats.AsSpan(0, count * 2), count, actions.AsSpan(0, count * 2));
        long allocated = AllocatedBytes.Of(() =>
        {
            for (int count = 2000; count >= 1; count -= 3) policy.ActBatch(floats.AsSpan(0, count * 2), count, actions.AsSpan(0, count * 2));
        });
        Assert.That(allocated, Is.Zero);
    }

    [Test]
    public void Size_classes_hold_every_count_with_at_most_an_eighth_to_spare()
    {
        SizeClass previous = SizeClass.Of(1);
        for (int rows = 1; rows <= 20000; rows++)
        {
            SizeClass size = SizeClass.Of(rows);
            Assert.That(size.Rows, Is.InRange(rows, rows + (rows / 8)));
            Assert.That(size.Capacity, Is.InRange(size.Rows, Math.Max(16, (2 * size.Rows) - 1)));
            Assert.That(SizeClass.Of(size.Rows), Is.EqualTo(size), "a class holds its own number of rows");
            Assert.That(SizeClass.At(size.Group, size.Step), Is.EqualTo(size));
            bool sameGroup = size.Group == previous.Group;
            Assert.That(size.Group, Is.InRange(previous.Group, previous.Group + 1), "groups are numbered without gaps");
            Assert.That(size.Step, sameGroup ? Is.InRange(previous.Step, previous.Step + 1) : Is.Zero, "and the classes of a group");
            previous = size;
        }
    }

    [Test]
    public void Threads_share_one_policy_and_each_gets_its_own_answers()
    {
        using Policy policy = Policy.Load(SketchedPolicies.File(SketchedPolicies.Continuous()), "continuous");
        var faults = new ConcurrentQueue<string>();
        Thread[] threads = Enumerable.Range(0, 8).Select(index => new Thread(() =>
        {
            float[] action = new float[2];
            float[] actions = new float[2 * 20];
            float[] rows = Enumerable.Range(0, 2 * 20).Select(i => (i + index) / 40f).ToArray();
            for (int i = 0; i < 2000 && faults.IsEmpty; i++)
            {
                float o = ((i + (index * 31)) % 100) / 100f;
                policy.Act([o, -o], action);
                if (action[0] != (2 * o) + 1 || action[1] != (-2 * o) + 1) faults.Enqueue($"thread {index}: {o} gave {action[0]}, {action[1]}");
                policy.ActBatch(rows, 20, actions);
                for (int k = 0; k < rows.Length; k++)
                {
                    if (actions[k] != (2 * rows[k]) + 1) faults.Enqueue($"thread {index}, batch: {rows[k]} gave {actions[k]}");
                }
            }
        })).ToArray();
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        Assert.That(faults, Is.Empty);
    }

    [Test]
    public void A_disposed_policy_refuses_calls_and_may_be_disposed_twice()
    {
        Policy policy = Policy.Load(SketchedPolicies.File(SketchedPolicies.Continuous()), "continuous");
        policy.Dispose();
        Assert.That(() => policy.Dispose(), Throws.Nothing);
        Assert.That(() => policy.Act([1, 2], new float[2]), Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void Disposing_under_running_calls_lets_each_of_them_finish_or_says_disposed()
    {
        for (int round = 0; round < 20; round++)
        {
            Policy policy = Policy.Load(SketchedPolicies.File(SketchedPolicies.Continuous()), "continuous");
            var faults = new ConcurrentQueue<string>();
            using var started = new CountdownEvent(4);
            Thread[] threads = Enumerable.Range(0, 4).Select(_ => new Thread(() =>
            {
                float[] action = new float[2];
                bool first = true;
                try
                {
                    while (true)
                    {
                        policy.Act([1, 0], action);
                        if (action[0] != 3 || action[1] != 1) faults.Enqueue($"{action[0]}, {action[1]}");
                        if (first) started.Signal();
                        first = false;
                    }
                }
                catch (ObjectDisposedException)
                {
                    // The expected end of the loop.
                }
            })).ToArray();
            foreach (Thread thread in threads) thread.Start();
            started.Wait();
            policy.Dispose();
            foreach (Thread thread in threads) thread.Join();
            Assert.That(faults, Is.Empty);
        }
    }

    [Test]
    public void Options_out_of_range_are_named_all_at_once()
    {
        var options = new PolicyOptions { Threads = 0, MaximumFileBytes = 0, Device = (PolicyDevice)99 };
        Assert.That(
            () => Policy.Load([], "nothing", options),
            Throws.ArgumentException.With.Message.Contains("Threads 0").And.Message.Contains("MaximumFileBytes 0").And.Message.Contains("Device 99"));
    }

    [Test]
    public void Two_threads_inside_a_call_give_the_same_actions()
    {
        byte[] file = SketchedPolicies.File(SketchedPolicies.Mlp(4, 64, 64, 2));
        using Policy one = Policy.Load(file, "one");
        using Policy two = Policy.Load(file, "two", new PolicyOptions { Threads = 2 });
        float[] rows = new float[4 * 200];
        new RandomGenerator(2).FillGaussian(rows);
        float[] first = new float[2 * 200];
        float[] second = new float[2 * 200];
        one.ActBatch(rows, 200, first);
        two.ActBatch(rows, 200, second);
        Assert.That(second, Is.EqualTo(first).Within(1e-6));
    }
}
