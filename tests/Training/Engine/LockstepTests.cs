using System;
using System.Linq;
using System.Threading;
using NUnit.Framework;
using Pipeline.Training.Engine.Execution;

namespace Pipeline.Tests.Training.Engine;

[TestFixture]
public sealed class LockstepTests
{
    [Test]
    public void No_lane_begins_a_phase_before_all_have_done_the_one_before([Values(1, 2, 3)] int threads, [Values(1, 2, 3)] int lanes)
    {
        const int phases = 500;
        int[] done = new int[lanes];
        string? wrong = null;
        var lockstep = new Lockstep(lanes, new Phases((lane, phase) =>
        {
            if (Volatile.Read(ref done[lane]) != phase || done.Any(d => d < phase)) wrong = $"lane {lane}, phase {phase}: {string.Join(", ", done)}";
            Volatile.Write(ref done[lane], phase + 1);
        }));
        for (int run = 0; run < 5; run++)
        {
            Array.Clear(done);
            lockstep.Run(threads, phases);
            Assert.That(wrong, Is.Null);
            Assert.That(done, Is.All.EqualTo(phases));
        }
    }

    [Test]
    public void A_lane_that_no_thread_comes_to_is_done_by_another()
    {
        int caller = Environment.CurrentManagedThreadId, calls = 0;
        bool elsewhere = false;
        var lockstep = new Lockstep(2, new Phases((_, _) =>
        {
            calls++;
            elsewhere |= Environment.CurrentManagedThreadId != caller;
        }));
        lockstep.Run(threads: 1, phases: 40);
        Assert.That(calls, Is.EqualTo(80));
        Assert.That(elsewhere, Is.False);
    }

    [Test]
    public void Nothing_is_begun_after_a_failure_which_reaches_the_caller([Values(1, 2)] int threads, [Values(0, 1)] int failing)
    {
        int last = 0;
        bool fails = true;
        var lockstep = new Lockstep(2, new Phases((lane, phase) =>
        {
            if (fails && lane == failing && phase == 7) throw new InvalidOperationException("phase 7");
            last = Math.Max(last, phase);
        }));
        Assert.That(() => lockstep.Run(threads, 50), Throws.InvalidOperationException.With.Message.EqualTo("phase 7"));
        Assert.That(last, Is.LessThanOrEqualTo(7));
        fails = false;
        lockstep.Run(threads, 50);
        Assert.That(last, Is.EqualTo(49), "the next run");
    }

    [Test]
    public void Running_allocates_nothing()
    {
        int sum = 0;
        var lockstep = new Lockstep(2, new Phases((lane, phase) => Interlocked.Add(ref sum, lane + phase)));
        lockstep.Run(2, 100);
        Assert.That(AllocatedBytes.Of(() => lockstep.Run(2, 100)), Is.Zero);
        Assert.That(sum, Is.Positive);
    }

    private sealed class Phases(Action<int, int> action) : IPhases
    {
        public void Do(int lane, int phase) => action(lane, phase);
    }
}
