using System;
using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Threading;

namespace Pipeline.Training.Loop;

/// <summary>
/// Does a run's writing in order on a thread of its own, so that disks and formatting cost no training time. The first failure is kept, ends the
/// writing, and is thrown to whoever posts or flushes next.
/// </summary>
internal sealed class BackgroundWriter : IDisposable
{
    // Bounded, so that a slow disk holds training up rather than filling the memory with checkpoints.
    private readonly BlockingCollection<Action> _work = new(boundedCapacity: 16);
    private readonly Thread _thread;
    private volatile ExceptionDispatchInfo? _failure;

    public BackgroundWriter()
    {
        _thread = new Thread(Work) { IsBackground = true, Name = "run writer" };
        _thread.Start();
    }

    /// <summary>Queues a piece of work.</summary>
    public void Post(Action work)
    {
        _failure?.Throw();
        _work.Add(work);
    }

    /// <summary>Waits until all that was queued is done.</summary>
    public void Flush()
    {
        using var done = new ManualResetEventSlim();
        _work.Add(done.Set);
        done.Wait();
        _failure?.Throw();
    }

    /// <summary>Finishes what was queued, and ends.</summary>
    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    private void Work()
    {
        foreach (Action work in _work.GetConsumingEnumerable())
        {
            // After a failure only the marks of Flush are still run: a row after a lost one would be a wrong table.
            if (_failure is not null && work.Target is not ManualResetEventSlim) continue;
            try
            {
                work();
            }
#pragma warning disable CA1031 // Whatever it is, it is thrown again on the run's own thread.
            catch (Exception e)
#pragma warning restore CA1031
            {
                _failure = ExceptionDispatchInfo.Capture(e);
            }
        }
    }
}
