using System;
using System.Diagnostics;
using System.Linq;
using System.Threading;

namespace Samples.GameLoop;

/// <summary>Plays the frames of one or several crowds: the first on the caller's thread, each other on a thread of its own.</summary>
internal sealed class Stage : IDisposable
{
    private readonly Crowd[] _crowds;
    private readonly int _changes;
    private readonly float _seconds;
    private readonly Barrier _begin;
    private readonly Barrier _end;
    private readonly Thread[] _threads;
    private long _frame;
    private long _allocatedBytes;
    private bool _isOver;

    /// <param name="changes">Agents of each crowd that come or go in a frame.</param>
    /// <param name="seconds">Length of a frame.</param>
    public Stage(Crowd[] crowds, int changes, float seconds)
    {
        _crowds = crowds;
        _changes = changes;
        _seconds = seconds;
        _begin = new Barrier(crowds.Length);
        _end = new Barrier(crowds.Length);
        _threads = [.. crowds.Skip(1).Select(crowd => new Thread(() => Work(crowd)) { IsBackground = true })];
        foreach (Thread thread in _threads) thread.Start();
    }

    /// <summary>What all frames so far allocated, on all of their threads.</summary>
    public long AllocatedBytes => Interlocked.Read(ref _allocatedBytes);

    /// <summary>Plays one frame of all crowds.</summary>
    /// <returns>Ticks of <see cref="Stopwatch"/> that the first crowd's policy took.</returns>
    public long Frame()
    {
        _begin.SignalAndWait();
        long ticks = Frame(_crowds[0]);
        _end.SignalAndWait();
        _frame++;
        return ticks;
    }

    public void Dispose()
    {
        _isOver = true;
        _begin.SignalAndWait();
        foreach (Thread thread in _threads) thread.Join();
        _begin.Dispose();
        _end.Dispose();
    }

    private void Work(Crowd crowd)
    {
        while (true)
        {
            _begin.SignalAndWait();
            if (_isOver) return;
            Frame(crowd);
            _end.SignalAndWait();
        }
    }

    private long Frame(Crowd crowd)
    {
        long bytes = GC.GetAllocatedBytesForCurrentThread();
        crowd.ComeAndGo(_frame, _changes);
        long start = Stopwatch.GetTimestamp();
        crowd.Decide();
        long ticks = Stopwatch.GetTimestamp() - start;
        crowd.Move(_seconds);
        Interlocked.Add(ref _allocatedBytes, GC.GetAllocatedBytesForCurrentThread() - bytes);
        return ticks;
    }
}
