using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using Pipeline.Contracts;
using Pipeline.Runtime;
using Pipeline.Tests.Runtime;

namespace Pipeline.Benchmarks;

/// <summary>What a host lives with: many agents with memory in one call, files exchanged while calls go on, and the time to the first action.</summary>
internal static class HostBenchmarks
{
    private const int Rounds = 41;

    /// <summary>One run a frame of agents in slots against the bare binding of the same model, which carries its state without a copy.</summary>
    internal static void RunAgents(TextWriter output)
    {
        output.WriteLine($"PolicyAgents against a bare reused binding that carries its state for nothing, one thread (median of {Rounds} interleaved rounds)");
        output.WriteLine($"{"model",-14}{"agents",8}{"bare µs",10}{"slots µs",10}{"ratio",8}{"with gaps",11}{"ratio",8}{"bytes/frame",13}");
        foreach (int memory in new[] { 64, 128 })
        {
            Compare(output, memory, 1, 2000);
            Compare(output, memory, 16, 500);
            Compare(output, memory, 128, 60);
            Compare(output, memory, 1024, 10);
        }

        Crowd(output);
    }

    /// <summary>Calls of two threads while files are exchanged as fast as they load.</summary>
    internal static void RunReload(TextWriter output)
    {
        byte[] file = SketchedPolicies.File(SketchedPolicies.Mlp(4, 64, 64, 2));
        using Policy policy = Policy.Load(file, "reloaded");
        policy.WarmUp(1, callers: 2);
        const int Swaps = 300;
        bool ends = false;
        long calls = 0, bytes = 0;
        Thread[] threads = Enumerable.Range(0, 2).Select(_ => new Thread(() =>
        {
            float[] observation = new float[4], action = new float[2];
            policy.Act(observation, action);
            long before = GC.GetAllocatedBytesForCurrentThread();
            long done = 0;
            for (; !Volatile.Read(ref ends); done++) policy.Act(observation, action);
            Interlocked.Add(ref calls, done);
            Interlocked.Add(ref bytes, GC.GetAllocatedBytesForCurrentThread() - before);
        })).ToArray();
        foreach (Thread thread in threads) thread.Start();
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < Swaps; i++) policy.Reload(file, "reloaded");
        double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        Volatile.Write(ref ends, true);
        foreach (Thread thread in threads) thread.Join();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Reload of 4-64-64-2 under two calling threads: {Swaps} files, {milliseconds / Swaps:F1} ms each; {calls} calls meanwhile, {(double)bytes / calls:F4} bytes a call"));
    }

    /// <summary>
    /// Load to first action, each time in a process of its own: in a host that compiles as it goes, in a published one where its path is given, and ONNX
    /// Runtime's part of it by hand.
    /// </summary>
    /// <param name="output">Where to write.</param>
    /// <param name="published">The path of <c>tests/TrimmedHost</c>, published; null leaves it out.</param>
    internal static void RunLoad(TextWriter output, string? published)
    {
        const int Processes = 15;
        string assembly = typeof(HostBenchmarks).Assembly.Location;
        string path = Path.Combine(Path.GetTempPath(), "pipeline-benchmark-load.onnx");
        foreach ((string name, byte[] file) in new[]
        {
            ("4-64-64-2", SketchedPolicies.File(SketchedPolicies.Mlp(4, 64, 64, 2))),
            ("376-256-256-17", SketchedPolicies.File(SketchedPolicies.Mlp(376, 256, 256, 17))),
        })
        {
            File.WriteAllBytes(path, file);
            double[] ours = new double[Processes], bare = new double[Processes], host = new double[Processes], whole = new double[Processes];
            for (int i = 0; i < Processes; i++)
            {
                ours[i] = Numbers(Environment.ProcessPath!, assembly, "load-policy", path)[0];
                bare[i] = Numbers(Environment.ProcessPath!, assembly, "load-bare", path)[0];
                if (published is not null && Numbers(published, path) is [.., double start, double loading]) (whole[i], host[i]) = (start, loading);
            }

            using Policy warm = Policy.Load(path);
            long begun = Stopwatch.GetTimestamp();
            Policy.Load(path).Dispose();
            double again = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{name}: load to first action in a started process {PolicyBenchmarks.Median(ours):F0} ms; ONNX Runtime by hand {PolicyBenchmarks.Median(bare):F0} ms; once more in it {again:F1} ms"));
            if (published is null) continue;
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{name}: in the published host {PolicyBenchmarks.Median(host):F0} ms, since its process began {PolicyBenchmarks.Median(whole):F0} ms"));
        }

        File.Delete(path);
    }

    /// <summary>In a process of its own: milliseconds from here to the first action.</summary>
    internal static void LoadHere(string how, string path, TextWriter output)
    {
        long start = Stopwatch.GetTimestamp();
        if (how == "load-policy")
        {
            using Policy policy = Policy.Load(path);
            policy.Act(new float[policy.ObservationSpace.Size], new float[policy.ActionSpace.Size]);
            output.WriteLine(Stopwatch.GetElapsedTime(start).TotalMilliseconds.ToString(CultureInfo.InvariantCulture));
        }
        else
        {
            byte[] model = File.ReadAllBytes(path);
            (int inputs, int outputs) = model.Length < 100_000 ? (4, 2) : (376, 17);
            using var bare = new BareBinding(model, 1, ("observation", inputs), ("action", outputs));
            bare.Run();
            output.WriteLine(Stopwatch.GetElapsedTime(start).TotalMilliseconds.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>The numbers that a process prints.</summary>
    private static double[] Numbers(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return [.. text.Split([' ', ',', '\n'], StringSplitOptions.RemoveEmptyEntries).Where(word => double.TryParse(word, CultureInfo.InvariantCulture, out _)).Select(word => double.Parse(word, CultureInfo.InvariantCulture))];
    }

    private static void Compare(TextWriter output, int memory, int count, int frames)
    {
        const int Observation = 8, Action = 4;
        byte[] file = SketchedPolicies.File(SketchedPolicies.Lstm(Observation, memory, Action));
        using Policy policy = Policy.Load(file, "lstm");
        using var bare = new BareBinding(file, count, ("observation", Observation), ("action", Action), ("h_in", "h_out", memory), ("c_in", "c_out", memory));
        PolicyAgents dense = Fill(policy, count, gaps: false), gaps = Fill(policy, count, gaps: true);
        double[][] times = [new double[Rounds], new double[Rounds], new double[Rounds]];
        long allocated = 0;
        for (int round = -2; round < Rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < frames; i++) bare.Run();
            long first = Stopwatch.GetTimestamp();
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < frames; i++) dense.Act();
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            long second = Stopwatch.GetTimestamp();
            for (int i = 0; i < frames; i++) gaps.Act();
            long end = Stopwatch.GetTimestamp();
            if (round < 0) continue;
            times[0][round] = PolicyBenchmarks.Microseconds(first - start) / frames;
            times[1][round] = PolicyBenchmarks.Microseconds(second - first) / frames;
            times[2][round] = PolicyBenchmarks.Microseconds(end - second) / frames;
        }

        double[] medians = [.. times.Select(PolicyBenchmarks.Median)];
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{"lstm " + memory,-14}{count,8}{medians[0],10:F2}{medians[1],10:F2}{medians[1] / medians[0],8:F2}{medians[2],11:F2}{medians[2] / medians[0],8:F2}{(double)allocated / frames,13:F1}"));
    }

    /// <summary>Agents in slots, half of the places free where there are to be gaps.</summary>
    private static PolicyAgents Fill(Policy policy, int count, bool gaps)
    {
        var agents = new PolicyAgents(policy, capacity: count * 2);
        AgentSlot[] slots = [.. Enumerable.Range(0, gaps ? count * 2 : count).Select(_ => agents.Join())];
        for (int i = 0; gaps && i < slots.Length; i += 2) agents.Leave(slots[i]);
        return agents;
    }

    private static void Crowd(TextWriter output)
    {
        const int Count = 10_000, Frames = 20;
        using Policy policy = Policy.Load(SketchedPolicies.File(SketchedPolicies.Mlp(4, 64, 64, 2)), "crowd");
        var agents = new PolicyAgents(policy, Count);
        var slots = new AgentSlot[Count];
        for (int i = 0; i < Count; i++) slots[i] = agents.Join();
        var random = new RandomGenerator(1);
        double[] times = new double[Frames];
        long allocated = 0;
        for (int frame = -2; frame < Frames; frame++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < 50; i++)
            {
                ref AgentSlot slot = ref slots[random.NextInt32(Count)];
                agents.Leave(slot);
                slot = agents.Join();
            }

            float sum = 0;
            foreach (AgentSlot slot in slots) agents.Observation(slot)[0] = frame;
            agents.Act();
            foreach (AgentSlot slot in slots) sum += agents.Action(slot)[0];
            long end = Stopwatch.GetTimestamp();
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (!float.IsFinite(sum)) throw new InvalidOperationException("An action is not finite.");
            if (frame >= 0) times[frame] = PolicyBenchmarks.Microseconds(end - start);
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"10,000 agents of 4-64-64-2, 50 of them leaving and others joining each frame: {PolicyBenchmarks.Median(times):F0} µs a frame with observations written and actions read, {allocated} bytes"));
    }
}
