using System;

namespace Pipeline.Tests;

/// <summary>
/// What some work allocates on the managed heap of its thread. A collection that another thread starts in the middle retires the thread's
/// allocation block and moves the reading by what was left of it, some kilobytes; so the work is measured in rounds and the least counts. What the
/// work itself allocates is in every round.
/// </summary>
internal static class AllocatedBytes
{
    private const int Rounds = 5;

    /// <summary>Bytes allocated by one round of the work; warm it up before.</summary>
    public static long Of(Action work)
    {
        long least = long.MaxValue;
        for (int round = 0; round < Rounds && least > 0; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            work();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
