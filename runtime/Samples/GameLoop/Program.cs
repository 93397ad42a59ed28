using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime;
using Samples.Shared;

namespace Samples.GameLoop;

/// <summary>
/// A game loop with 10,000 agents at 60 frames a second, one call of the policy a frame:
/// <c>dotnet run -c Release --project runtime/Samples/GameLoop -- [--frames 600] [--agents 10000] [--changes 50] [--fps 60] [--threads 1] [--model FILE]</c>.
/// Ends with 0 where the poles were kept up and nothing was allocated, 1 where not, 2 where it could not start.
/// </summary>
internal static class Program
{
    private const int WarmUpFrames = 120;

    private static int Main(string[] words)
    {
        var arguments = new Arguments(words);
        int frames = arguments.Whole("--frames", 600, 1, 1_000_000);
        int agents = arguments.Whole("--agents", 10_000, 1, 1_000_000);
        int changes = arguments.Whole("--changes", 50, 0, 1_000_000);
        int framesPerSecond = arguments.Whole("--fps", 60, 1, 1000);
        int threads = arguments.Whole("--threads", 1, 1, 64);
        string model = arguments.Text("--model", Path.Combine(AppContext.BaseDirectory, "policy.onnx"));
        foreach (string problem in arguments.Problems) Console.Error.WriteLine(problem);
        if (arguments.Problems.Count > 0) return 2;
        try
        {
            using Policy policy = Policy.Load(model, new PolicyOptions { Sampling = false });
            if (policy.ObservationSpace.Size != 4 || policy.ActionSpace is not Discrete { N: 2 })
                throw new InvalidDataException($"{model} goes from {policy.ObservationSpace} to {policy.ActionSpace}. The poles want a policy of CartPole: 4 numbers to Discrete(2).");
            Crowd[] crowds = Gather(policy, agents, Math.Min(threads, agents));
            return Play(crowds, changes, framesPerSecond, frames) ? 0 : 1;
        }
        catch (Exception fault) when (fault is PolicyLoadException or InvalidDataException)
        {
            Console.Error.WriteLine(fault.Message);
            return 2;
        }
    }

    private static Crowd[] Gather(Policy policy, int agents, int threads) =>
        [.. Enumerable.Range(0, threads).Select(i => new Crowd(policy, (agents + i) / threads, seed: (ulong)i))];

    private static bool Play(Crowd[] crowds, int changes, int framesPerSecond, int frames)
    {
        using var stage = new Stage(crowds, changes / crowds.Length, 1f / framesPerSecond);
        var clock = new FrameClock(framesPerSecond);
        var whole = new Latencies("frame", frames);
        var deciding = new Latencies("policy", frames);
        // What is compiled and made at its first use is not part of a frame.
        PlayFrames(stage, clock, WarmUpFrames, new Latencies("", WarmUpFrames), new Latencies("", WarmUpFrames));
        GC.Collect();
        int collections = GC.CollectionCount(0);
        long bytes = stage.AllocatedBytes;
        int late = PlayFrames(stage, clock, frames, whole, deciding);
        bytes = stage.AllocatedBytes - bytes;
        collections = GC.CollectionCount(0) - collections;
        Console.WriteLine($"{crowds.Sum(c => c.Size):N0} agents, {frames:N0} frames at {framesPerSecond} a second, {crowds.Sum(c => c.Changes):N0} joins and leaves, threads: {crowds.Length}");
        Latencies.WriteHeader(Console.Out);
        whole.WriteLine(Console.Out);
        deciding.WriteLine(Console.Out);
        Console.WriteLine($"share of the policy: {deciding.Sum / whole.Sum:P0}");
        Console.WriteLine($"frames begun late: {late:N0}");
        Console.WriteLine($"allocated: {(double)bytes / frames:F1} bytes a frame, {collections} collections");
        whole.WriteHistogram(Console.Out);
        return IsWell(crowds, bytes);
    }

    private static int PlayFrames(Stage stage, FrameClock clock, int frames, Latencies whole, Latencies deciding)
    {
        int late = 0;
        clock.Start();
        for (int i = 0; i < frames; i++)
        {
            if (clock.WaitForFrame()) late++;
            long start = Stopwatch.GetTimestamp();
            deciding.Add(stage.Frame());
            whole.Add(Stopwatch.GetTimestamp() - start);
        }

        return late;
    }

    private static bool IsWell(IReadOnlyList<Crowd> crowds, long bytes)
    {
        long fallen = crowds.Sum(c => c.Lives.Fallen), stood = crowds.Sum(c => c.Lives.Stood);
        Console.WriteLine($"poles that stood their 500 frames: {stood:N0}, that fell: {fallen:N0}");
        bool isKeptUp = fallen <= (crowds.Sum(c => c.Size) + stood) / 100;
        if (bytes > 0) Console.WriteLine("FAILED: the loop allocated.");
        if (!isKeptUp) Console.WriteLine("FAILED: more than one pole in a hundred fell.");
        return bytes == 0 && isKeptUp;
    }
}
