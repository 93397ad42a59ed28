using System;
using System.Runtime.ExceptionServices;
using System.Threading;

namespace Pipeline.Training.Engine.Execution;

/// <summary>Work in pieces that do not depend on one another.</summary>
internal interface IPieces
{
    /// <summary>Does one piece, on whatever thread.</summary>
    /// <param name="piece">Which, from 0.</param>
    void Do(int piece);
}

/// <summary>
/// The caller and helping threads of the process that share pieces of work out among themselves: whoever is free takes another, the caller from the first
/// on and helpers from the last back, so that pieces with memory of their own mostly find it in the cache of the core that did them before. A helper that
/// has nothing to do looks out for more for some hundred microseconds, since waking a thread takes as long as a piece, and then sleeps. One run at a time
/// has the helpers; another that begins meanwhile is done by its caller alone. A run does not allocate once its helpers have started.
/// </summary>
internal sealed class WorkTeam : IDisposable
{
    // One look takes some 50 nanoseconds; every few the thread offers its core to others.
    private const int Looks = 3000;
    private const int LooksBetweenYields = 96;

    // A ticket holds the number of the run and the first and the last of the pieces that are left, so that one that comes late can never take another run's.
    private const int PieceBits = 20;
    private const long PieceMask = (1L << PieceBits) - 1;

    private readonly object _sleep = new();
    private readonly object _end = new();
    private ExceptionDispatchInfo? _failure;
    private IPieces? _work;
    private long _ticket;
    private LoneNumber _unfinished;
    private LoneNumber _run;
    private int _taken;
    private int _helpers;
    private int _wanted;
    private int _asleep;
    private bool _callerSleeps;
    private bool _ended;

    /// <summary>The helpers of this process.</summary>
    public static WorkTeam Shared { get; } = new();

    /// <summary>Does every piece once and returns when all are done.</summary>
    /// <param name="threads">Threads to share them, this one included.</param>
    /// <param name="pieces">Number of pieces, below a million.</param>
    /// <param name="work">The work.</param>
    /// <exception cref="Exception">What the first piece to fail threw; the others have been done.</exception>
    public void Run(int threads, int pieces, IPieces work)
    {
        int helpers = Math.Min(threads, pieces) - 1;
        if (helpers <= 0 || Interlocked.Exchange(ref _taken, 1) == 1)
        {
            Alone(pieces, work);
            return;
        }

        try
        {
            while (_helpers < helpers) Start();
            _failure = null;
            _work = work;
            _unfinished.Value = pieces;
            Volatile.Write(ref _wanted, helpers);
            int run = _run.Value + 1;
            Interlocked.Exchange(ref _ticket, ((long)run << (2 * PieceBits)) | ((long)pieces << PieceBits));
            Interlocked.Exchange(ref _run.Value, run);
            if (Volatile.Read(ref _asleep) > 0)
            {
                lock (_sleep) Monitor.PulseAll(_sleep);
            }

            TakePart(isCaller: true);
            for (int look = 0; look < Looks && Volatile.Read(ref _unfinished.Value) > 0; look++) Pause(look);
            if (Volatile.Read(ref _unfinished.Value) > 0) AwaitEnd();
            _failure?.Throw();
        }
        finally
        {
            _work = null;
            Volatile.Write(ref _taken, 0);
        }
    }

    /// <summary>Lets the helpers end; not while they are needed.</summary>
    public void Dispose()
    {
        // As a run without pieces, so that helpers look out for one thing only.
        Volatile.Write(ref _ended, true);
        Interlocked.Increment(ref _run.Value);
        lock (_sleep) Monitor.PulseAll(_sleep);
    }

    /// <summary>Lets a moment pass that is shorter than putting a thread to sleep.</summary>
    /// <param name="look">How many went before it: every few, the thread offers its core to others.</param>
    internal static void Pause(int look)
    {
        if (look % LooksBetweenYields == LooksBetweenYields - 1) Thread.Yield();
        else Thread.SpinWait(1);
    }

    private static void Alone(int pieces, IPieces work)
    {
        ExceptionDispatchInfo? failure = null;
        for (int i = 0; i < pieces; i++)
        {
            try
            {
                work.Do(i);
            }
#pragma warning disable CA1031 // Thrown again below, once every piece has been done.
            catch (Exception e)
#pragma warning restore CA1031
            {
                failure ??= ExceptionDispatchInfo.Capture(e);
            }
        }

        failure?.Throw();
    }

    private void Start()
    {
        int number = _helpers++;
        new Thread(() => Help(number)) { IsBackground = true, Name = $"pipeline helper {number + 1}" }.Start();
    }

    private void Help(int number)
    {
        int seen = 0;
        while (true)
        {
            for (int look = 0; look < Looks && Volatile.Read(ref _run.Value) == seen; look++) Pause(look);
            if (Volatile.Read(ref _run.Value) == seen) Sleep(seen);
            seen = Volatile.Read(ref _run.Value);
            if (Volatile.Read(ref _ended)) return;
            if (number < Volatile.Read(ref _wanted)) TakePart(isCaller: false);
        }
    }

    // Who goes to sleep says so before looking a last time, and who has work says so before looking whether anyone sleeps: one of them sees the other.
    private void Sleep(int seen)
    {
        lock (_sleep)
        {
            Interlocked.Increment(ref _asleep);
            while (Volatile.Read(ref _run.Value) == seen) Monitor.Wait(_sleep);
            Interlocked.Decrement(ref _asleep);
        }
    }

    private void AwaitEnd()
    {
        lock (_end)
        {
            _callerSleeps = true;
            Interlocked.MemoryBarrier();
            while (Volatile.Read(ref _unfinished.Value) > 0) Monitor.Wait(_end);
            _callerSleeps = false;
        }
    }

    private bool TryTake(bool isCaller, out int piece)
    {
        while (true)
        {
            long ticket = Volatile.Read(ref _ticket);
            int first = (int)(ticket & PieceMask), end = (int)((ticket >> PieceBits) & PieceMask);
            piece = isCaller ? first : end - 1;
            if (first >= end) return false;
            if (Interlocked.CompareExchange(ref _ticket, isCaller ? ticket + 1 : ticket - (1L << PieceBits), ticket) == ticket) return true;
        }
    }

    private void TakePart(bool isCaller)
    {
        while (TryTake(isCaller, out int piece))
        {
            try
            {
                _work!.Do(piece);
            }
#pragma warning disable CA1031 // Thrown again by Run, on its caller's thread.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
            }

            if (Interlocked.Decrement(ref _unfinished.Value) > 0 || !Volatile.Read(ref _callerSleeps)) continue;
            lock (_end) Monitor.Pulse(_end);
        }
    }
}
