using System;
using System.Threading;

namespace Pipeline.Training.Engine.Execution;

/// <summary>Work that several lanes do in phases.</summary>
internal interface IPhases
{
    /// <summary>Does one phase of one lane, on whatever thread.</summary>
    /// <param name="lane">Which lane, from 0.</param>
    /// <param name="phase">Which phase, from 0.</param>
    void Do(int lane, int phase);
}

/// <summary>
/// Lanes of work that go from phase to phase together: none begins one before every lane has done the one before. Threads keep to a lane each, so that its
/// memory stays in their cores' caches and what passes between them is a number a phase; who waits for a lane that no thread has come to does it. Running
/// allocates nothing.
/// </summary>
internal sealed class Lockstep : IPieces
{
    // Looks between two at whether another lane waits for a thread, where there are others: each takes that lane's number out of its own thread's cache.
    private const int LooksBetweenOthers = 64;

    private readonly IPhases _work;
    private readonly LoneNumber[] _begun;
    private readonly LoneNumber[] _done;
    private int _phases;
    private int _looksBetweenOthers;
    private volatile bool _failed;

    /// <summary>Makes the lanes.</summary>
    /// <param name="lanes">Their number.</param>
    /// <param name="work">What they do.</param>
    public Lockstep(int lanes, IPhases work)
    {
        _work = work;
        (_begun, _done) = (new LoneNumber[lanes], new LoneNumber[lanes]);
    }

    /// <summary>Does every phase of every lane once.</summary>
    /// <param name="threads">Threads to share the lanes, this one included.</param>
    /// <param name="phases">Number of phases.</param>
    /// <exception cref="Exception">What the first phase to fail threw; no other was begun after it.</exception>
    public void Run(int threads, int phases)
    {
        for (int lane = 0; lane < _done.Length; lane++) _begun[lane].Value = _done[lane].Value = 0;
        (_phases, _failed, _looksBetweenOthers) = (phases, false, threads == 1 ? 1 : LooksBetweenOthers);
        WorkTeam.Shared.Run(threads, _done.Length, this);
    }

    void IPieces.Do(int piece)
    {
        for (int look = 1; !_failed && !IsOver(piece);)
        {
            bool isDone = Try(piece);
            if (!isDone && look % _looksBetweenOthers == 0)
            {
                for (int i = 1; i < _done.Length && !isDone; i++) isDone = Try((piece + i) % _done.Length);
            }

            if (isDone) look = 1;
            else WorkTeam.Pause(look++);
        }
    }

    private bool IsOver(int lane)
    {
        if (Volatile.Read(ref _done[lane].Value) < _phases) return false;
        foreach (ref LoneNumber other in _begun.AsSpan())
        {
            if (Volatile.Read(ref other.Value) < _phases) return false;
        }

        return true;
    }

    // The lane's next phase, where it can begin and nobody has begun it.
    private bool Try(int lane)
    {
        int phase = Volatile.Read(ref _done[lane].Value);
        if (phase == _phases) return false;
        foreach (ref LoneNumber other in _done.AsSpan())
        {
            if (Volatile.Read(ref other.Value) < phase) return false;
        }

        if (Interlocked.CompareExchange(ref _begun[lane].Value, phase + 1, phase) != phase) return false;
        try
        {
            _work.Do(lane, phase);
        }
        catch
        {
            _failed = true;
            throw;
        }

        Volatile.Write(ref _done[lane].Value, phase + 1);
        return true;
    }
}
