using System;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Manifest;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime;
using Pipeline.Runtime.Execution;

namespace Pipeline.Tests.Runtime;

/// <summary>Another file in the place of the running one, under callers that never notice.</summary>
internal sealed class PolicyReloadTests
{
    private static readonly byte[] Doubling = SketchedPolicies.File(SketchedPolicies.Continuous(2));
    private static readonly byte[] Tripling = SketchedPolicies.File(SketchedPolicies.Continuous(3));

    [Test]
    public void The_next_call_after_a_reload_runs_the_new_file()
    {
        string path = Path.Combine(TestContext.CurrentContext.WorkDirectory, "tripling.onnx");
        File.WriteAllBytes(path, Tripling);
        using Policy policy = Policy.Load(Doubling, "doubling");
        float[] action = new float[2];
        policy.Act([1, 0], action);
        Assert.That((action[0], policy.Version), Is.EqualTo((3f, 1L)));
        policy.Reload(path);
        policy.Act([1, 0], action);
        Assert.That((action[0], policy.Version), Is.EqualTo((4f, 2L)));
        policy.Reload(Doubling, "doubling");
        policy.Act([1, 0], action);
        Assert.That((action[0], policy.Version), Is.EqualTo((3f, 3L)));
    }

    [Test]
    public void What_does_not_fit_is_refused_by_name_and_the_running_file_stays()
    {
        var box = new Box(-9, 9, 2);
        (byte[] Running, byte[] Next, string[] Words)[] cases =
        [
            (Mlp(2, 2), Mlp(3, 2), ["observation_space"]),
            (Mlp(2, 2), Mlp(2, 1), ["action_space"]),
            (Doubling, SketchedPolicies.File(Plain(new Box(float.NegativeInfinity, float.PositiveInfinity, 2), new Box(-4, 4, 2))), ["outputs", "no sampled action"]),
            (SketchedPolicies.File(SketchedPolicies.Discrete()), SketchedPolicies.File(SketchedPolicies.Unmasked()), ["action_mask input", "found none"]),
            (SketchedPolicies.File(SketchedPolicies.Unmasked()), SketchedPolicies.File(SketchedPolicies.Discrete()), ["action_mask input", "found one"]),
            (SketchedPolicies.File(SketchedPolicies.Recurrent()), Mlp(1, 1), ["recurrent state", "found none", "[batch, 1] and [batch, 2]"]),
            (SketchedPolicies.File(Plain(box, box)), [1, 2, 3], ["not an ONNX model"]),
        ];
        int before = GraphRunner.Alive;
        foreach ((byte[] running, byte[] next, string[] words) in cases)
        {
            using Policy policy = Policy.Load(running, "running");
            int alive = GraphRunner.Alive;
            PolicyLoadException fault = Assert.Throws<PolicyLoadException>(() => policy.Reload(next, "the next one"))!;
            Assert.That(words.Append("'the next one'").Where(word => !fault.Message.Contains(word, StringComparison.Ordinal)), Is.Empty, fault.Message);
            Assert.That((policy.Version, GraphRunner.Alive), Is.EqualTo((1L, alive)));
            Assert.That(() => policy.WarmUp(), Throws.Nothing);
        }

        Assert.That(GraphRunner.Alive, Is.EqualTo(before));
    }

    [Test]
    public void A_call_under_way_finishes_with_the_old_file_and_later_ones_do_not_wait_for_it()
    {
        using Policy policy = Policy.Load(Doubling, "doubling");
        int alive = GraphRunner.Alive;
        PolicyModel under = policy.Enter();
        Task reload = policy.ReloadAsync(Tripling, "tripling");
        while (policy.Version == 1) Thread.Sleep(1);
        float[] action = new float[2];
        policy.Act([1, 0], action);
        Assert.That(action[0], Is.EqualTo(4f));
        under.Run(new PolicyBatch { Count = 1, Observations = [1, 0], Actions = action });
        Assert.That(action[0], Is.EqualTo(3f), "the old one is whole as long as a call is in it");
        Assert.That((reload.IsCompleted, GraphRunner.Alive), Is.EqualTo((false, alive * 2)));
        under.Exit();
        Assert.That(reload.Wait(TimeSpan.FromMinutes(1)));
        Assert.That(GraphRunner.Alive, Is.EqualTo(alive), "released after its last call");
    }

    [Test]
    public void A_thousand_swaps_under_callers_fail_no_call_mix_no_files_allocate_nothing_and_keep_memory_flat()
    {
        var options = new PolicyOptions { Sampling = false };
        using Policy policy = Policy.Load(Doubling, "doubling", options);
        int alive = GraphRunner.Alive;
        var faults = new ConcurrentQueue<string>();
        bool ends = false;
        long calls = 0;
        long allocated = 0;
        policy.WarmUp(1, callers: 2);
        policy.WarmUp(40, callers: 2);
        Thread[] threads = Enumerable.Range(0, 2).Select(_ => new Thread(() =>
        {
            float[] rows = Enumerable.Repeat(0.5f, 80).ToArray();
            float[] actions = new float[80];
            policy.ActBatch(rows, 40, actions);
            long before = GC.GetAllocatedBytesForCurrentThread();
            long done = 0;
            try
            {
                for (; !Volatile.Read(ref ends); done++)
                {
                    int count = done % 2 == 0 ? 1 : 40;
                    policy.ActBatch(rows.AsSpan(0, count * 2), count, actions.AsSpan(0, count * 2));
                    if (actions[0] is not (2 or 2.5f) || actions.AsSpan(0, count * 2).IndexOfAnyExcept(actions[0]) >= 0) faults.Enqueue(string.Join(" ", actions));
                }
            }
            catch (Exception fault)
            {
                faults.Enqueue(fault.ToString());
            }

            Interlocked.Add(ref calls, done);
            Interlocked.Add(ref allocated, GC.GetAllocatedBytesForCurrentThread() - before);
        })).ToArray();
        foreach (Thread thread in threads) thread.Start();
        Swap(policy, 100);
        long early = ResidentBytes();
        Swap(policy, 1000);
        long late = ResidentBytes();
        Volatile.Write(ref ends, true);
        foreach (Thread thread in threads) thread.Join();
        TestContext.Out.WriteLine($"{calls} calls, {allocated} bytes; resident {early >> 20} MiB, then {late >> 20} MiB");
        Assert.That(faults, Is.Empty);
        Assert.That(policy.Version, Is.EqualTo(1101));
        Assert.That(calls, Is.GreaterThan(2000));
        // A collection may move a thread's reading by what was left of its allocation block, once; a byte a swap would be more.
        Assert.That(allocated, Is.LessThan(2 * 8192));
        Assert.That(GraphRunner.Alive, Is.EqualTo(alive));
        // A session of the smallest policy takes about 100 KiB: a thousand that stay would be five times the limit.
        Assert.That(late - early, Is.LessThan(20 << 20));
    }

    [Test]
    public void The_first_call_after_a_reload_finds_everything_made()
    {
        using Policy policy = Policy.Load(Doubling, "doubling");
        float[] rows = new float[100], actions = new float[100];
        policy.ActBatch(rows, 50, actions);
        policy.Act(rows.AsSpan(0, 2), actions.AsSpan(0, 2));
        var random = new RandomGenerator(1);
        policy.SampleBatch(rows, 50, random, actions);
        long least = long.MaxValue;
        for (int round = 0; round < 5; round++)
        {
            policy.Reload(round % 2 == 0 ? Tripling : Doubling, "the next");
            long before = GC.GetAllocatedBytesForCurrentThread();
            policy.ActBatch(rows, 50, actions);
            policy.Act(rows.AsSpan(0, 2), actions.AsSpan(0, 2));
            policy.SampleBatch(rows, 50, random, actions);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.That(least, Is.Zero);
    }

    [Test]
    public void A_caller_that_keeps_states_has_them_start_anew_with_the_new_file()
    {
        byte[] file = SketchedPolicies.File(SketchedPolicies.Recurrent());
        using Policy policy = Policy.Load(file, "running");
        float[] states = new float[3], action = new float[1];
        long version = 0;
        for (int step = 0; step < 3; step++) policy.Run(new PolicyBatch { Count = 1, Observations = [0], States = states, Actions = action }, ref version);
        Assert.That((action[0], version), Is.EqualTo((3f, 1L)));
        policy.Reload(file, "the next");
        policy.Run(new PolicyBatch { Count = 1, Observations = [0], States = states, Actions = action }, ref version);
        Assert.That((action[0], version), Is.EqualTo((1f, 2L)));
    }

    [Test]
    public void A_disposed_policy_is_not_reloaded_and_one_disposed_meanwhile_leaves_nothing()
    {
        int before = GraphRunner.Alive;
        Policy policy = Policy.Load(Doubling, "doubling");
        PolicyModel under = policy.Enter();
        Task reload = policy.ReloadAsync(Tripling, "tripling");
        while (policy.Version == 1) Thread.Sleep(1);
        policy.Dispose();
        under.Exit();
        Assert.That(async () => await reload, Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(() => policy.Reload(Doubling, "doubling"), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(GraphRunner.Alive, Is.EqualTo(before));
    }

    [Test]
    public void A_reload_given_up_leaves_the_running_file()
    {
        using Policy policy = Policy.Load(Doubling, "doubling");
        int alive = GraphRunner.Alive;
        Assert.That(async () => await policy.ReloadAsync(Tripling, "tripling", new CancellationToken(true)), Throws.InstanceOf<OperationCanceledException>());
        Assert.That((policy.Version, GraphRunner.Alive), Is.EqualTo((1L, alive)));
    }

    private static void Swap(Policy policy, int times)
    {
        for (int i = 0; i < times; i++) policy.Reload(policy.Version % 2 == 1 ? Tripling : Doubling, "the next");
    }

    private static long ResidentBytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    private static byte[] Mlp(params int[] widths) => SketchedPolicies.File(SketchedPolicies.Mlp(widths));

    private static (OnnxSketch Model, PolicyManifest Manifest) Plain(Space observations, Space actions)
    {
        OnnxSketch model = new OnnxSketch().Input("observation", OnnxSketch.Float32, "batch", 2).Output("action", OnnxSketch.Float32, "batch", 2)
            .Node("Neg", "observation", "action");
        return (model, SketchedPolicies.Manifest(observations, actions, sampling: false, masks: false));
    }
}
