using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.ExceptionServices;
using System.Threading;

namespace Pipeline.Training.Loop;

/// <summary>Runs a piece of work on several threads and waits for all of them.</summary>
internal static class WorkerThreads
{
    /// <summary>
    /// Runs the work for each number on a thread of its own; for a single one on the caller's. Where one of them fails, the others are asked to stop,
    /// and the first failure is thrown to the caller once all have ended.
    /// </summary>
    /// <param name="count">How many threads.</param>
    /// <param name="work">The work: which thread it is, from 0, and a token that asks it to stop.</param>
    public static void Run(int count, Action<int, CancellationToken> work)
    {
        if (count == 1)
        {
            work(0, CancellationToken.None);
            return;
        }

        using var stop = new CancellationTokenSource();
        ExceptionDispatchInfo? failure = null;
        void Guarded(int index)
        {
            try
            {
                work(index, stop.Token);
            }
#pragma warning disable CA1031 // Whatever it is, it is thrown again on the caller's thread.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(e), null);
                stop.Cancel();
            }
        }

        IReadOnlyList<Thread> threads = [.. Enumerable.Range(0, count).Select(i => new Thread(() => Guarded(i)) { IsBackground = true, Name = $"actor {i}" })];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        failure?.Throw();
    }
}
