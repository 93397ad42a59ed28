using System;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pipeline.Training.Replay;

/// <summary>
/// Sums over many numbers of which single ones change, and the search for where a running sum passes a mass, both in a few steps: a tree whose nodes
/// have 16 children that share a cache line. A parent is always the sum of its children, computed anew from them in the same order: nothing drifts,
/// and equal numbers make an equal tree. Memory is touched when it is first used. Not for several threads at once.
/// </summary>
public sealed unsafe class SumTree : IDisposable
{
    /// <summary>Bytes for each number, the sums above it included.</summary>
    internal const double BytesPerLeaf = sizeof(float) * 16.0 / 15;

    /// <summary>Bytes for filling up nodes, at most.</summary>
    internal const int FixedBytes = 1024;

    private const int Fan = 16;
    private const int Shift = 4;
    private const int Line = Fan * sizeof(float);
    private readonly float*[] _levels;

    // The running sums of a node, after a 0 that stays.
    private readonly float* _running;
    private byte* _memory;

    /// <summary>Makes a tree of zeros.</summary>
    /// <param name="count">How many numbers; at least 1.</param>
    public SumTree(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Count = count;
        int depth = 1;
        for (long nodes = Nodes(count); nodes > 1; nodes = Nodes(nodes)) depth++;
        _levels = new float*[depth];
        Bytes = 3 * Line;
        long width = count;
        for (int level = 0; level < depth; level++, width = Nodes(width)) Bytes += Nodes(width) * Line;
        _memory = (byte*)NativeMemory.AllocZeroed((nuint)Bytes);
        byte* next = _memory + (Line - (int)((nuint)_memory % Line));
        _running = (float*)next + Fan - 1;
        next += 2 * Line;
        width = count;
        for (int level = 0; level < depth; level++, width = Nodes(width))
        {
            _levels[level] = (float*)next;
            next += Nodes(width) * Line;
        }
    }

    /// <summary>How many numbers there are.</summary>
    public int Count { get; }

    /// <summary>Bytes of memory.</summary>
    public long Bytes { get; }

    /// <summary>The sum of all numbers.</summary>
    public float Total => Sum(_levels[^1]);

    /// <summary>A number.</summary>
    /// <param name="index">Which.</param>
    public float this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            return _levels[0][index];
        }
    }

    /// <summary>Changes a number.</summary>
    /// <param name="index">Which.</param>
    /// <param name="value">What it becomes, at least 0 and finite.</param>
    public void Set(int index, float value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        _levels[0][index] = value;
        for (int level = 1; level < _levels.Length; level++)
        {
            index >>= Shift;
            _levels[level][index] = Sum(_levels[level - 1] + ((long)index << Shift));
        }
    }

    /// <summary>Changes many numbers; of several changes to one, the last holds.</summary>
    /// <param name="indices">Which.</param>
    /// <param name="values">What they become, at least 0 and finite.</param>
    public void Set(ReadOnlySpan<int> indices, ReadOnlySpan<float> values)
    {
        foreach (int index in indices) ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(indices));
        for (int i = 0; i < indices.Length; i++) _levels[0][indices[i]] = values[i];

        // Level by level, so that no sum waits for the one before it.
        for (int level = 1; level < _levels.Length; level++)
        {
            float* parents = _levels[level], children = _levels[level - 1];
            foreach (int index in indices)
            {
                long parent = index >> (Shift * level);
                parents[parent] = Sum(children + (parent << Shift));
            }
        }
    }

    /// <summary>
    /// Where the running sum of the numbers passes each mass: the smallest index whose number and all before it add up to more. The number there is
    /// never 0, unless all are.
    /// </summary>
    /// <param name="masses">Masses from 0 up to <see cref="Total"/>; receives what is left of them.</param>
    /// <param name="indices">Receives the indices.</param>
    public void Find(Span<double> masses, Span<int> indices)
    {
        indices = indices[..masses.Length];
        indices.Clear();
        for (int level = _levels.Length - 1; level >= 0; level--)
        {
            float* numbers = _levels[level];
            for (int i = 0; i < masses.Length; i++)
            {
                int first = indices[i] << Shift;
                indices[i] = first + Child(numbers + first, ref masses[i]);
            }
        }
    }

    /// <summary>Some of the numbers, to save them.</summary>
    internal ReadOnlySpan<byte> Leaves(int start, int count) => new(_levels[0] + start, checked(count * sizeof(float)));

    /// <summary>Takes back saved numbers; <see cref="Rebuild"/> after the last.</summary>
    internal void Load(int start, int count, float* leaves) =>
        new ReadOnlySpan<byte>(leaves, checked(count * sizeof(float))).CopyTo(new Span<byte>(_levels[0] + start, count * sizeof(float)));

    /// <summary>Makes some numbers 0; <see cref="Rebuild"/> after the last.</summary>
    internal void Clear(int start, int count) => new Span<byte>(_levels[0] + start, checked(count * sizeof(float))).Clear();

    /// <summary>Makes every sum anew.</summary>
    internal void Rebuild()
    {
        long width = Nodes(Count);
        for (int level = 1; level < _levels.Length; level++, width = Nodes(width))
        {
            for (long node = 0; node < width; node++) _levels[level][node] = Sum(_levels[level - 1] + (node << Shift));
        }
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        NativeMemory.Free(_memory);
        _memory = null;
        Array.Clear(_levels);
    }

    private static long Nodes(long children) => (children + Fan - 1) >> Shift;

    private static float Sum(float* node) => Vector128.Sum(
        (Vector128.Load(node) + Vector128.Load(node + 4)) + (Vector128.Load(node + 8) + Vector128.Load(node + 12)));

    /// <summary>The child where the running sum passes the mass; takes what lies before it off the mass.</summary>
    private int Child(float* node, ref double mass)
    {
        Vector128<float> a = Running(Vector128.Load(node)), b = Running(Vector128.Load(node + 4));
        Vector128<float> c = Running(Vector128.Load(node + 8)), d = Running(Vector128.Load(node + 12));
        b += Last(a);
        Vector128<float> ab = Last(b);
        d += Last(c);
        c += ab;
        d += ab;
        Vector128<float> wanted = Vector128.Create((float)mass);
        uint passed = Bits(a, wanted) | (Bits(b, wanted) << 4) | (Bits(c, wanted) << 8) | (Bits(d, wanted) << 12);
        int child = BitOperations.TrailingZeroCount(passed);

        // Rounding can lead past the end of the node, or to a child that adds nothing.
        if (child == 32 || node[child] == 0) child = NearestPositive(node, Math.Min(child, Fan - 1));
        a.Store(_running + 1);
        b.Store(_running + 5);
        c.Store(_running + 9);
        d.Store(_running + 13);
        mass = Math.Max(0, mass - _running[child]);
        return child;
    }

    private static int NearestPositive(float* node, int child)
    {
        int below = child, above = child;
        while (below > 0 && node[below] == 0) below--;
        while (above < Fan - 1 && node[above] == 0) above++;
        return node[below] > 0 ? below : node[above] > 0 ? above : 0;
    }

    private static uint Bits(Vector128<float> running, Vector128<float> wanted) => Vector128.GreaterThan(running, wanted).ExtractMostSignificantBits();

    private static Vector128<float> Running(Vector128<float> x)
    {
        x += Vector128.Shuffle(x, Vector128.Create(-1, 0, 1, 2));
        return x + Vector128.Shuffle(x, Vector128.Create(-1, -1, 0, 1));
    }

    private static Vector128<float> Last(Vector128<float> x) => Vector128.Shuffle(x, Vector128.Create(3));
}
