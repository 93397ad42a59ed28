using System;
using System.Diagnostics;
using System.IO;

namespace Samples.Shared;

/// <summary>Times of one kind of event. Their memory is made and touched beforehand, so that a loop that measures itself allocates nothing.</summary>
/// <param name="name">What was timed, for the printed line.</param>
/// <param name="capacity">How many times are kept; later ones are dropped.</param>
internal sealed class Latencies(string name, int capacity)
{
    private const int BarWidth = 40;
    private readonly long[] _ticks = Touched(capacity);
    private int _count;
    private bool _isSorted;

    /// <summary>All times together, in microseconds.</summary>
    public double Sum { get; private set; }

    public static void WriteHeader(TextWriter output) => output.WriteLine($"{"µs",-12}{"p50",9}{"p99",9}{"p99.9",9}{"max",9}");

    /// <summary>Takes in one time.</summary>
    /// <param name="ticks">Ticks of <see cref="Stopwatch"/>.</param>
    public void Add(long ticks)
    {
        if (_count == _ticks.Length) return;
        _ticks[_count++] = ticks;
        Sum += Microseconds(ticks);
        _isSorted = false;
    }

    /// <summary>The smallest time that a share of the times does not exceed, in microseconds; 0 where there are none.</summary>
    /// <param name="share">0 to 1.</param>
    public double Quantile(double share)
    {
        if (_count == 0) return 0;
        Span<long> times = _ticks.AsSpan(0, _count);
        if (!_isSorted) times.Sort();
        _isSorted = true;
        return Microseconds(times[Math.Clamp((int)Math.Ceiling(share * _count) - 1, 0, _count - 1)]);
    }

    /// <summary>Writes one line: the median, the tail and the largest.</summary>
    public void WriteLine(TextWriter output) =>
        output.WriteLine($"{name,-12}{Quantile(0.5),9:F1}{Quantile(0.99),9:F1}{Quantile(0.999),9:F1}{Quantile(1),9:F1}");

    /// <summary>Writes how many times fell between 1, 2, 5, 10, 20, … µs.</summary>
    public void WriteHistogram(TextWriter output)
    {
        output.WriteLine($"{name}, µs");
        double low = 0, high = 1;
        for (int step = 0, counted = 0; counted < _count; step++)
        {
            int until = CountUpTo(high);
            int here = until - counted;
            if (until > 0) output.WriteLine($"{low,9:N0} to {high,9:N0} {here,9:N0} {new string('#', (int)Math.Ceiling((double)here * BarWidth / _count))}");
            counted = until;
            low = high;
            high *= step % 3 == 1 ? 2.5 : 2;
        }
    }

    private int CountUpTo(double microseconds)
    {
        int count = 0;
        foreach (long ticks in _ticks.AsSpan(0, _count))
        {
            if (Microseconds(ticks) <= microseconds) count++;
        }

        return count;
    }

    private static double Microseconds(long ticks) => ticks * 1e6 / Stopwatch.Frequency;

    private static long[] Touched(int capacity)
    {
        // The system gives a page of memory when it is first written to, which is not to happen in the loop.
        long[] ticks = new long[capacity];
        Array.Fill(ticks, 1);
        return ticks;
    }
}
