using System;
using System.Threading;

namespace Pipeline.Runtime.Execution;

/// <summary>
/// Contexts of one size that are not in use. Renting and returning is an atomic exchange on one of a few slots; each thread starts at
/// a slot of its own, so threads rarely meet, and none ever waits.
/// </summary>
internal sealed class ContextPool
{
    private const int Slots = 64;
    // A stride of 16 references keeps the slots of different threads on cache lines of their own for the first few threads.
    private const int Stride = 17;
    private readonly RunContext?[] _slots = new RunContext?[Slots];

    /// <summary>A context to use alone, or null when all are in use.</summary>
    internal RunContext? Rent()
    {
        int first = Environment.CurrentManagedThreadId * Stride % Slots;
        for (int i = 0; i < Slots; i++)
        {
            int slot = (first + i) % Slots;
            if (Volatile.Read(ref _slots[slot]) is not null && Interlocked.Exchange(ref _slots[slot], null) is RunContext context) return context;
        }

        return null;
    }

    /// <summary>Takes a context back; with more than 64 of them idle it is disposed instead.</summary>
    internal void Return(RunContext context)
    {
        int first = Environment.CurrentManagedThreadId * Stride % Slots;
        for (int i = 0; i < Slots; i++)
        {
            if (Interlocked.CompareExchange(ref _slots[(first + i) % Slots], context, null) is null) return;
        }

        context.Dispose();
    }

    /// <summary>Disposes all that are idle.</summary>
    internal void Clear()
    {
        for (int i = 0; i < Slots; i++) Interlocked.Exchange(ref _slots[i], null)?.Dispose();
    }
}
