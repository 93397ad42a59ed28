using System;
using System.Diagnostics;
using System.Globalization;
using Pipeline.Runtime;

namespace Pipeline.Tests.TrimmedHost;

/// <summary>Loads a policy, acts once on zeros, and says what came of it and when: <c>TrimmedHost policy.onnx</c>.</summary>
internal static class Program
{
    internal static void Main(string[] arguments)
    {
        long loading = Stopwatch.GetTimestamp();
        using Policy policy = Policy.Load(arguments[0]);
        float[] action = new float[policy.ActionSpace.Size];
        policy.Act(new float[policy.ObservationSpace.Size], action);
        TimeSpan sinceLoading = Stopwatch.GetElapsedTime(loading);
        TimeSpan sinceStart = TimeProvider.System.GetUtcNow() - Process.GetCurrentProcess().StartTime.ToUniversalTime();
        Console.WriteLine("action " + string.Join(' ', Array.ConvertAll(action, number => number.ToString("R", CultureInfo.InvariantCulture))));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"milliseconds {sinceStart.TotalMilliseconds:F0}, since loading began {sinceLoading.TotalMilliseconds:F0}"));
    }
}
