using System.Diagnostics;
using System.Threading;

namespace Samples.Shared;

/// <summary>Stands for the engine's wait for the next picture.</summary>
internal sealed class FrameClock(int framesPerSecond)
{
    private readonly long _period = Stopwatch.Frequency / framesPerSecond;
    private long _next;

    public void Start() => _next = Stopwatch.GetTimestamp();

    /// <summary>Waits until the next frame begins.</summary>
    /// <returns>Whether it begins late, by a whole frame or more; the frames meanwhile are left out.</returns>
    public bool WaitForFrame()
    {
        _next += _period;
        long left = _next - Stopwatch.GetTimestamp();
        if (left > 0) Thread.Sleep((int)(left * 1000 / Stopwatch.Frequency));
        bool isLate = left <= -_period;
        if (isLate) _next = Stopwatch.GetTimestamp();
        return isLate;
    }
}
