using System;
using System.Threading;

namespace Pipeline.Runtime.Execution;

/// <summary>
/// Contexts of one group of sizes that are not in use. Renting and returning is an atomic exchange on one of a few places; each thread
/// starts at a place of its own, so threads rarely meet, and none ever waits.
/// </summary>
internal sealed class ContextPool
{
    private const int Places = 64;
    // A stride of 17 references keeps the places of different threads on cache lines of their own for the first few threads.
    private const int Stride = 17;
    private readonly RunContext?[] _idle = new RunContext?[Places];
    private readonly bool[] _used = new bool[SizeClass.Exact];
    private int _contexts;

    /// <summary>How many contexts there are, in use or not.</summary>
    internal int Contexts => Volatile.Read(ref _contexts);

    /// <summary>Whether a class of the group has been asked for.</summary>
    internal bool Uses(int step) => Volatile.Read(ref _used[step]);

    /// <summary>Notes a class that is asked for.</summary>
    internal void Note(int step)
    {
        if (!_used[step]) Volatile.Write(ref _used[step], true);
    }

    /// <summary>Notes a new context, which comes here with its first return.</summary>
    internal void Add() => Interlocked.Increment(ref _contexts);

    /// <summary>A context to use alone, or null when all are in use.</summary>
    internal RunContext? Rent()
    {
        int first = First;
        for (int i = 0; i < Places; i++)
        {
            int place = (first + i) & (Places - 1);
            if (Volatile.Read(ref _idle[place]) is not null && Interlocked.Exchange(ref _idle[place], null) is RunContext context) return context;
        }

        return null;
    }

    /// <summary>Takes a context back; with more than 64 of them idle it is disposed instead.</summary>
    internal void Return(RunContext context)
    {
        int first = First;
        for (int i = 0; i < Places; i++)
        {
            if (Interlocked.CompareExchange(ref _idle[(first + i) & (Places - 1)], context, null) is null) return;
        }

        Interlocked.Decrement(ref _contexts);
        context.Dispose();
    }

    /// <summary>Disposes all that are idle.</summary>
    internal void Clear()
    {
        for (int i = 0; i < Places; i++) Interlocked.Exchange(ref _idle[i], null)?.Dispose();
    }

    private static int First => (Environment.CurrentManagedThreadId * Stride) & (Places - 1);
}
