using System;
using System.Numerics;

namespace Pipeline.Training.Replay;

/// <summary>A place for each of some whole numbers, found in one look mostly: a table with more entries than numbers, each number at its own entry or at the next free one.</summary>
internal sealed class PlaceTable
{
    // The number above, the place below; an entry that is free is below 0.
    private readonly long[] _entries;
    private readonly int _shift;

    /// <summary>Makes an empty table.</summary>
    /// <param name="capacity">Numbers that it takes at most.</param>
    public PlaceTable(int capacity)
    {
        int bits = BitOperations.Log2((uint)capacity) + 1;
        (_entries, _shift) = (new long[1 << bits], 64 - bits);
        Clear();
    }

    /// <summary>Forgets all numbers.</summary>
    public void Clear() => Array.Fill(_entries, -1);

    /// <summary>The place of a number.</summary>
    /// <param name="number">The number, at least 0.</param>
    /// <param name="place">Its place where it has none yet.</param>
    public int PlaceOf(int number, int place)
    {
        // Fibonacci hashing: neighbouring numbers are spread all over the table.
        for (int i = (int)((ulong)number * 0x9E3779B97F4A7C15 >> _shift); ; i = (i + 1) & (_entries.Length - 1))
        {
            ref long entry = ref _entries[i];
            if (entry < 0) entry = ((long)number << 32) | (uint)place;
            if (entry >> 32 == number) return (int)entry;
        }
    }
}
