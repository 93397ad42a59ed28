using System;
using System.Collections.Generic;
using System.Linq;

namespace Pipeline.Training.Engine.Execution;

/// <summary>A function as one or several compiled and bound ones that run at once, on as many threads as the device has. A run does not allocate.</summary>
public sealed class FunctionParts : IDisposable
{
    private readonly (CompiledFunction Function, BoundCall Call)[] _parts;
    private readonly ConcurrentCalls _calls;

    /// <summary>Takes the parts together.</summary>
    /// <param name="device">Gives the number of threads.</param>
    /// <param name="parts">The parts, which are then this one's. None may write memory that another reads or writes.</param>
    /// <exception cref="ArgumentException">One part writes what another uses.</exception>
    public FunctionParts(ExecutionDevice device, IEnumerable<(CompiledFunction Function, BoundCall Call)> parts)
    {
        _parts = [.. parts];
        _calls = new ConcurrentCalls(device, [.. Calls]);
    }

    /// <summary>The parts' calls, to be run together with others.</summary>
    public IEnumerable<BoundCall> Calls => _parts.Select(p => p.Call);

    /// <summary>Runs every part once and returns when all have ended.</summary>
    public void Run() => _calls.Run();

    /// <summary>Releases the parts.</summary>
    public void Dispose()
    {
        foreach ((CompiledFunction function, BoundCall call) in _parts)
        {
            call.Dispose();
            function.Dispose();
        }
    }
}
