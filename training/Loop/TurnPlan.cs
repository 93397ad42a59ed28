using System;
using System.Linq;
using System.Threading;
using Pipeline.Training.Engine.Execution;

namespace Pipeline.Training.Loop;

/// <summary>One thing to do.</summary>
/// <param name="Actor">The actor that collects its next trajectory; null for an update of the learner.</param>
/// <param name="Index">The number of the trajectory or of the update, from 0.</param>
/// <param name="Version">The number of updates after which the parameters are that the trajectory is collected with.</param>
internal readonly record struct Turn(int? Actor, long Index, long Version);

/// <summary>
/// What may be done next, for any number of threads: the k-th update once every actor has sent its k-th trajectory; the k-th trajectory of an actor once
/// k − lag updates are made. That fixes what is computed; only when, and by which thread, is left open. No actor is more than lag + 1 trajectories ahead.
/// </summary>
internal sealed class TurnPlan(int actors, int lag)
{
    // A thread that waits looks out for about a millisecond before it sleeps: turns are mostly shorter, and one that is woken may start on a core that is taken.
    private const int Looks = 24_000;

    private readonly object _gate = new();
    private readonly long[] _collected = new long[actors];
    private readonly bool[] _collecting = new bool[actors];
    private bool _learning;
    private long _finished;
    private long _end;

    /// <summary>Updates made.</summary>
    public long Learned { get; private set; }

    /// <summary>The oldest version of parameters that the next trajectories are collected with.</summary>
    public long Oldest => Math.Max(0, Learned - lag);

    /// <summary>Goes on from a number of updates, with no trajectory under way.</summary>
    public void Restart(long learned)
    {
        Learned = learned;
        Array.Fill(_collected, learned);
    }

    /// <summary>Adds updates, and the trajectories for them.</summary>
    public void Begin(long updates)
    {
        _end = Learned + updates;
        _learning = false;
        Array.Clear(_collecting);
    }

    /// <summary>Waits for something to do.</summary>
    /// <returns>Null where all is done or under way, or a stop is asked for.</returns>
    public Turn? Take(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            long seen;
            lock (_gate)
            {
                if (Next() is Turn turn) return turn;
                if (Learned + (_learning ? 1 : 0) >= _end) return null;
                seen = _finished;
            }

            for (int look = 0; look < Looks && Volatile.Read(ref _finished) == seen; look++) WorkTeam.Pause(look);
            lock (_gate)
            {
                // Not for longer: what asks for the stop does not wake it.
                if (_finished == seen) Monitor.Wait(_gate, 10);
            }
        }

        return null;
    }

    /// <summary>Notes that something is done.</summary>
    public void Finish(Turn turn)
    {
        lock (_gate)
        {
            if (turn.Actor is int actor)
            {
                _collecting[actor] = false;
                _collected[actor]++;
            }
            else
            {
                _learning = false;
                Learned++;
            }

            _finished++;
            Monitor.PulseAll(_gate);
        }
    }

    // An update before trajectories: others wait for it.
    private Turn? Next()
    {
        if (!_learning && Learned < _end && Learned < _collected.Min())
        {
            _learning = true;
            return new Turn(null, Learned, Learned);
        }

        int best = -1;
        for (int i = 0; i < actors; i++)
        {
            if (!_collecting[i] && _collected[i] < _end && _collected[i] - lag <= Learned && (best < 0 || _collected[i] < _collected[best])) best = i;
        }

        if (best < 0) return null;
        _collecting[best] = true;
        return new Turn(best, _collected[best], Math.Max(0, _collected[best] - lag));
    }
}
