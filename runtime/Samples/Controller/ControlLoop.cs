using System.Diagnostics;
using System.IO;
using Samples.Shared;

namespace Samples.Controller;

/// <summary>The loop itself: read, decide, drive, a thousand times a second, and what it measured of that.</summary>
/// <param name="plant">The machine.</param>
/// <param name="policy">Decides.</param>
/// <param name="ticks">How many ticks it runs for.</param>
internal sealed class ControlLoop(Plant plant, SafePolicy policy, int ticks)
{
    private readonly float[] _observation = new float[3];
    private readonly Latencies _act = new("act", ticks);
    private readonly Latencies _jitter = new("jitter", ticks);
    private readonly Latencies _answer = new("answer", ticks);
    private float _torque;

    /// <summary>Ticks without a torque of their own before the next one was due.</summary>
    public long Missed { get; private set; }

    /// <summary>Every so many ticks the sensor gives no number; 0 for never.</summary>
    public int FaultEvery { get; init; }

    /// <summary>Runs in real time.</summary>
    public void Run(Ticker ticker)
    {
        double seconds = (double)ticker.Period / Stopwatch.Frequency;
        ticker.Start();
        for (int tick = 0; tick < ticks; tick++)
        {
            int passedOver = ticker.Approach();
            if (ticker.HasTime) policy.Rehearse(_observation);
            ticker.Arrive();
            long start = Stopwatch.GetTimestamp();
            // The machine does not wait: through ticks that were passed over it moved on under the old torque.
            for (int i = 0; i <= passedOver; i++) plant.Advance(_torque, seconds);
            long asked = Decide(tick);
            long end = Stopwatch.GetTimestamp();
            _jitter.Add(start - ticker.Due);
            _act.Add(end - asked);
            _answer.Add(end - ticker.Due);
            Missed += passedOver + (end - ticker.Due > ticker.Period ? 1 : 0);
        }
    }

    /// <summary>Runs the same as fast as it goes, without a clock: to try a policy before it meets the machine, and always with the same outcome.</summary>
    public void RunDry(int hertz)
    {
        for (int tick = 0; tick < ticks; tick++)
        {
            plant.Advance(_torque, 1.0 / hertz);
            long asked = Decide(tick);
            _act.Add(Stopwatch.GetTimestamp() - asked);
        }
    }

    /// <summary>Writes the times: of the call alone, how late ticks began, and from the time a tick was due to its torque.</summary>
    public void Write(TextWriter output, bool isDry)
    {
        Latencies.WriteHeader(output);
        _act.WriteLine(output);
        if (!isDry)
        {
            _jitter.WriteLine(output);
            _answer.WriteLine(output);
            output.WriteLine($"missed deadlines: {Missed:N0} of {ticks:N0}");
        }

        output.WriteLine($"fallbacks: {policy.Fallbacks:N0}");
        _act.WriteHistogram(output);
        if (!isDry) _jitter.WriteHistogram(output);
    }

    /// <returns>When the policy was asked.</returns>
    private long Decide(int tick)
    {
        plant.Read(_observation);
        if (FaultEvery > 0 && tick % FaultEvery == FaultEvery - 1) _observation[2] = float.NaN;
        long asked = Stopwatch.GetTimestamp();
        _torque = policy.Decide(_observation);
        return asked;
    }
}
