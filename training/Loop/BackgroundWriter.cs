using System;
using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Threading;

namespace Pipeline.Training.Loop;

/// <summary>
/// Does a run's writing in order on a thread of its own, so that disks and formatting cost no training time, and what is not urgent together a few times a second,
/// since each waking takes a core from the threads that learn. The first failure is kept, ends the writing, and is thrown to whoever posts or flushes next.
/// </summary>
internal sealed class BackgroundWriter : IDisposable
{
    private const int Capacity = 16;

    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(200);

    // Bounded, so that a slow disk holds training up rather than filling the memory with checkpoints.
    private readonly BlockingCollection<Action> _work = new(Capacity);
    private readonly ManualResetEventSlim _urgent = new(initialState: false, spinCount: 0);
    private readonly Thread _thread;
    private volatile ExceptionDispatchInfo? _failure;

    public BackgroundWriter()
    {
        _thread = new Thread(Work) { IsBackground = true, Name = "run writer" };
        _thread.Start();
    }

    /// <summary>Queues a piece of work.</summary>
    /// <param name="work">The work.</param>
    /// <param name="urgent">Whether it is begun at once, after what was queued before.</param>
    public void Post(Action work, bool urgent = false)
    {
        _failure?.Throw();
        _work.Add(work);
        if (urgent || _work.Count > Capacity / 2) _urgent.Set();
    }

    /// <summary>Waits until all that was queued is done.</summary>
    public void Flush()
    {
        using var done = new ManualResetEventSlim();
        _work.Add(done.Set);
        _urgent.Set();
        done.Wait();
        _failure?.Throw();
    }

    /// <summary>Finishes what was queued, and ends.</summary>
    public void Dispose()
    {
        _work.CompleteAdding();
        _urgent.Set();
        _thread.Join();
        _urgent.Dispose();
        _work.Dispose();
    }

    private void Work()
    {
        bool rests = true;
        foreach (Action work in _work.GetConsumingEnumerable())
        {
            if (rests) _urgent.Wait(Rest);

            // What was urgent is in the queue already, and is come to without a rest.
            _urgent.Reset();
            try
            {
                // After a failure only the marks of Flush are still run: a row after a lost one would be a wrong table.
                if (_failure is null || work.Target is ManualResetEventSlim) work();
            }
#pragma warning disable CA1031 // Whatever it is, it is thrown again on the run's own thread.
            catch (Exception e)
#pragma warning restore CA1031
            {
                _failure = ExceptionDispatchInfo.Capture(e);
            }

            rests = _work.Count == 0;
        }
    }
}
