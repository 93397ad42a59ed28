using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using NUnit.Framework;
using Pipeline.Training.Engine.Execution;

namespace Pipeline.Tests.Training.Engine;

[TestFixture]
public sealed class WorkTeamTests
{
    [Test]
    public void Every_piece_is_done_once_in_each_run_whatever_the_threads([Values(1, 2, 3)] int threads, [Values(1, 2, 7)] int pieces)
    {
        using var team = new WorkTeam();
        int[] done = new int[pieces];
        var work = new Pieces(piece => Interlocked.Increment(ref done[piece]));
        for (int run = 1; run <= 2000; run++)
        {
            team.Run(threads, pieces, work);
            if (done.Any(d => d != run)) Assert.Fail($"after run {run}: {string.Join(", ", done)}");
        }

        Assert.That(done, Is.All.EqualTo(2000));
    }

    [Test]
    public void Helpers_that_fell_asleep_take_part_again()
    {
        using var team = new WorkTeam();
        int caller = Environment.CurrentManagedThreadId, helped = 0;
        for (int run = 0; run < 3; run++)
        {
            Thread.Sleep(30);
            using var both = new Barrier(2);
            bool met = true;
            team.Run(2, 2, new Pieces(_ =>
            {
                met &= both.SignalAndWait(TimeSpan.FromSeconds(30));
                if (Environment.CurrentManagedThreadId != caller) helped++;
            }));
            Assert.That(met, "both pieces at once");
        }

        Assert.That(helped, Is.EqualTo(3));
    }

    [Test]
    public void The_caller_begins_with_the_first_piece_and_a_helper_with_the_last()
    {
        using var team = new WorkTeam();
        int[] threads = new int[4];
        for (int run = 0; run < 50; run++)
        {
            using var both = new Barrier(2);
            team.Run(2, 4, new Pieces(piece =>
            {
                threads[piece] = Environment.CurrentManagedThreadId;
                if (piece is 0 or 3) both.SignalAndWait(TimeSpan.FromSeconds(30));
            }));
            Assert.That(threads[0], Is.EqualTo(Environment.CurrentManagedThreadId));
            Assert.That(threads[3], Is.Not.EqualTo(threads[0]));
        }
    }

    [Test]
    public void Two_callers_at_once_and_a_run_within_a_run_are_done_in_full()
    {
        using var team = new WorkTeam();
        long total = 0;
        var inner = new Pieces(piece => Interlocked.Add(ref total, piece + 1));
        var outer = new Pieces(_ => team.Run(2, 3, inner));
        Parallel.For(0, 2, _ => { for (int run = 0; run < 500; run++) team.Run(2, 4, outer); });
        Assert.That(total, Is.EqualTo(2 * 500 * 4 * 6));
    }

    [Test]
    public void A_failure_reaches_the_caller_once_every_piece_is_done([Values(1, 2)] int threads)
    {
        using var team = new WorkTeam();
        int done = 0;
        var work = new Pieces(piece =>
        {
            Interlocked.Increment(ref done);
            if (piece == 1) throw new InvalidOperationException("piece 1");
        });
        Assert.That(() => team.Run(threads, 4, work), Throws.InvalidOperationException.With.Message.EqualTo("piece 1"));
        Assert.That(done, Is.EqualTo(4));
        int after = 0;
        team.Run(threads, 4, new Pieces(_ => Interlocked.Increment(ref after)));
        Assert.That(after, Is.EqualTo(4), "the next run");
    }

    [Test]
    public void Helpers_end_with_their_team_asleep_or_not([Values(0, 30)] int milliseconds)
    {
        Thread? helper = null;
        using (var team = new WorkTeam())
        {
            Thread caller = Thread.CurrentThread;
            using var both = new Barrier(2);
            team.Run(2, 2, new Pieces(_ =>
            {
                both.SignalAndWait(TimeSpan.FromSeconds(30));
                if (Thread.CurrentThread != caller) helper = Thread.CurrentThread;
            }));
            Thread.Sleep(milliseconds);
        }

        Assert.That(helper, Is.Not.Null);
        Assert.That(helper!.Join(TimeSpan.FromSeconds(30)), "the helper has ended");
    }

    private sealed class Pieces(Action<int> action) : IPieces
    {
        public void Do(int piece) => action(piece);
    }
}
