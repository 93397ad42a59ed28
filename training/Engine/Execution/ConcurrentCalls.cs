using System;
using System.Linq;

namespace Pipeline.Training.Engine.Execution;

/// <summary>
/// Bound calls that do not depend on one another, such as the gradients of twin critics: run at once on as many threads as the device has, one
/// after another where that is one. What they compute does not depend on the number of threads. A run does not allocate.
/// </summary>
/// <remarks>
/// Graphs of this size gain more from this than from several threads within an operator, where each of them begins and ends with a wait.
/// </remarks>
public sealed class ConcurrentCalls : IPieces
{
    private readonly BoundCall[] _calls;
    private readonly int _threads;

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
        _threads = device.Threads;
    }

    /// <summary>Runs every call once and returns when all have ended.</summary>
    /// <exception cref="Exception">What the first call to fail threw; the others have run.</exception>
    public void Run() => WorkTeam.Shared.Run(_threads, _calls.Length, this);

    void IPieces.Do(int piece) => _calls[piece].Run();
}
