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
/// The caller and helping threads of the process that share pieces of work out among themselves: whoever is free takes the next one. A helper that has
/// nothing to do looks out for more for some hundred microseconds, since waking a thread takes as long as a piece, and then sleeps. One run at a time
/// has the helpers; another that begins meanwhile is done by its caller alone. A run does not allocate once its helpers have started.
/// </summary>
internal sealed class WorkTeam : IDisposable
{
    // One look takes about 0.3 microseconds; every few the thread offers its core to others.
    private const int Looks = 500;
    private const int LooksBetweenYields = 16;

    // A ticket holds the number of the run, of its pieces and of the next one, so that one that comes late can never take another run's piece.
    private const int PieceBits = 20;
    private const long PieceMask = (1L << PieceBits) - 1;

    private readonly object _sleep = new();
    private readonly object _end = new();
    private ExceptionDispatchInfo? _failure;
    private IPieces? _work;
    private long _ticket;
    private int _unfinished;
    private int _run;
    private int _taken;
    private int _helpers;
    private int _wanted;
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
            _unfinished = pieces;
            int run = _run + 1;
            Interlocked.Exchange(ref _ticket, ((long)run << (2 * PieceBits)) | ((long)pieces << PieceBits));
            lock (_sleep)
            {
                _wanted = helpers;
                Volatile.Write(ref _run, run);
                Monitor.PulseAll(_sleep);
            }

            TakePart();
            for (int look = 0; look < Looks && Volatile.Read(ref _unfinished) > 0; look++) Pause(look);
            lock (_end)
            {
                while (Volatile.Read(ref _unfinished) > 0) Monitor.Wait(_end);
            }

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
        lock (_sleep)
        {
            Volatile.Write(ref _ended, true);
            Monitor.PulseAll(_sleep);
        }
    }

    /// <summary>Lets a moment pass that is shorter than putting a thread to sleep.</summary>
    /// <param name="look">How many went before it: every few, the thread offers its core to others.</param>
    internal static void Pause(int look)
    {
        if (look % LooksBetweenYields == LooksBetweenYields - 1) Thread.Yield();
        else Thread.SpinWait(8);
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
            for (int look = 0; look < Looks && Volatile.Read(ref _run) == seen && !Volatile.Read(ref _ended); look++) Pause(look);
            bool wanted;
            lock (_sleep)
            {
                while (_run == seen && !_ended) Monitor.Wait(_sleep);
                if (_ended) return;
                seen = _run;
                wanted = number < _wanted;
            }

            if (wanted) TakePart();
        }
    }

    private void TakePart()
    {
        while (true)
        {
            long ticket = Interlocked.Increment(ref _ticket) - 1;
            int piece = (int)(ticket & PieceMask);
            if (piece >= (int)((ticket >> PieceBits) & PieceMask)) return;
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

            if (Interlocked.Decrement(ref _unfinished) > 0) continue;
            lock (_end) Monitor.Pulse(_end);
        }
    }
}
