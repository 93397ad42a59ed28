using System;
using System.Linq;
using System.Runtime.ExceptionServices;
using System.Threading;

namespace Pipeline.Training.Engine.Execution;

/// <summary>
/// Bound calls that do not depend on one another, such as the gradients of twin critics: run at once on as many threads as the device has, one
/// after another where that is one. What they compute does not depend on the number of threads. A run does not allocate.
/// </summary>
/// <remarks>
/// Graphs of this size gain more from this than from several threads within an operator, which only help while they spin, and then
/// slow everything several times over as soon as another process wants the core.
/// </remarks>
public sealed class ConcurrentCalls : IThreadPoolWorkItem, IDisposable
{
    private readonly BoundCall[] _calls;
    private readonly int _helpers;
    private readonly ManualResetEventSlim _finished = new(initialState: true);
    private ExceptionDispatchInfo? _failure;
    private int _next;
    private int _unfinished;

    /// <summary>Takes the calls together.</summary>
    /// <param name="device">Gives the number of threads.</param>
    /// <param name="calls">The calls; they stay their owner's. None may write memory that another reads or writes.</param>
    /// <exception cref="ArgumentException">One call writes a buffer or vector that another uses.</exception>
    public ConcurrentCalls(ExecutionDevice device, params BoundCall[] calls)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(calls);
        for (int i = 0; i < calls.Length; i++)
        {
            if (calls.Where((_, j) => j != i).Any(calls[i].Disturbs))
                throw new ArgumentException($"Call {i} of {calls.Length} writes what another one reads or writes. Give each outputs of its own, or run them in turn.", nameof(calls));
        }

        _calls = [.. calls];
        _next = _calls.Length;
        _helpers = Math.Min(device.Threads, _calls.Length) - 1;
    }

    /// <summary>Runs every call once and returns when all have ended.</summary>
    /// <exception cref="Exception">What the first call to fail threw; the others have run.</exception>
    public void Run()
    {
        if (_helpers <= 0)
        {
            foreach (BoundCall call in _calls) call.Run();
            return;
        }

        _failure = null;
        _finished.Reset();
        _unfinished = _calls.Length;
        // From here on a helper that comes late from an earlier run takes part in this one.
        Interlocked.Exchange(ref _next, 0);
        for (int i = 0; i < _helpers; i++) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        TakePart();
        _finished.Wait();
        _failure?.Throw();
    }

    /// <summary>Takes part in the run under way.</summary>
    void IThreadPoolWorkItem.Execute() => TakePart();

    /// <summary>Releases the signal. The calls are not disposed.</summary>
    public void Dispose() => _finished.Dispose();

    // Whoever is free takes the next call, so a run does not wait for a thread that the system does not give it.
    private void TakePart()
    {
        int i;
        while ((i = Interlocked.Increment(ref _next) - 1) < _calls.Length)
        {
            try
            {
                _calls[i].Run();
            }
#pragma warning disable CA1031 // Thrown again by Run, on its caller's thread.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
            }

            if (Interlocked.Decrement(ref _unfinished) == 0) _finished.Set();
        }
    }
}
