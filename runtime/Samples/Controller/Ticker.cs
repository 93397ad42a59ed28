using System;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading;

namespace Samples.Controller;

/// <summary>
/// Waits for the ticks of a fixed period, which are counted from one start, so that being late does not add up. Sleeps for most of a wait,
/// for a thread that only spins uses up its share of the processor and is then put off for whole milliseconds; spins at its end, for a sleep
/// ends some fifty microseconds late.
/// </summary>
/// <param name="hertz">Ticks a second.</param>
internal sealed class Ticker(int hertz)
{
    private readonly long _spin = Stopwatch.Frequency / 5000;

    /// <summary>The period in ticks of <see cref="Stopwatch"/>.</summary>
    public long Period { get; } = Stopwatch.Frequency / hertz;

    /// <summary>When the present tick was due, as a time stamp of <see cref="Stopwatch"/>.</summary>
    public long Due { get; private set; }

    public void Start() => Due = Stopwatch.GetTimestamp();

    /// <summary>Sleeps until shortly before the next tick.</summary>
    /// <returns>How many ticks were passed over because their time and that of the tick after had gone by already.</returns>
    public int Approach()
    {
        Due += Period;
        long left = Due - Stopwatch.GetTimestamp();
        int passedOver = left < -Period ? (int)(-left / Period) : 0;
        Due += passedOver * Period;
        while ((left = Due - Stopwatch.GetTimestamp()) > _spin) Sleep(left - _spin);
        return passedOver;
    }

    /// <summary>Whether most of the time between <see cref="Approach"/> and the tick is left.</summary>
    public bool HasTime => Due - Stopwatch.GetTimestamp() > _spin / 2;

    /// <summary>Spins until the tick.</summary>
    public void Arrive()
    {
        while (Stopwatch.GetTimestamp() < Due) Thread.SpinWait(10);
    }

    private static void Sleep(long ticks)
    {
        if (OperatingSystem.IsWindows())
        {
            // Sleeps there are whole milliseconds and end up to two late: a controller of 1 kHz spins.
            long milliseconds = (ticks * 1000 / Stopwatch.Frequency) - 2;
            if (milliseconds > 0) Thread.Sleep((int)milliseconds);
            else Thread.SpinWait(10);
            return;
        }

        var time = new TimeSpec((nint)(ticks / Stopwatch.Frequency), (nint)(ticks % Stopwatch.Frequency * (1_000_000_000 / Stopwatch.Frequency)));
        // A signal may end it early; the caller looks at the clock.
        _ = NanoSleep(time, 0);
    }

    [DllImport("libc", EntryPoint = "nanosleep")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int NanoSleep(in TimeSpec time, nint remaining);

    private readonly record struct TimeSpec(nint Seconds, nint Nanoseconds);
}
