using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using Pipeline.Runtime;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Environments;
using Pipeline.Training.Evaluation;
using Pipeline.Training.Export;
using Pipeline.Training.Loop;
using Pipeline.Training.Loop.Metrics;

namespace Pipeline.Benchmarks;

/// <summary>
/// Whole training runs of ppo on CartPole-v1 with the shipped settings, seeds 0 to 4. The command line is run as a process of its own for speed,
/// start-up and memory; when the return first reaches 475 is seen by a second process that evaluates as it goes and leaves that time out.
/// </summary>
internal static class TrainBenchmarks
{
    private const string Environment = "CartPole-v1";
    private const int SolvedReturn = 475;
    private const int EvaluateEvery = 2560;
    private const int EvaluationEpisodes = 20;

    public static void Run(TextWriter output)
    {
        var speed = new List<double>();
        var solved = new List<double>();
        var memory = new List<double>();
        var start = new List<double>();
        for (int seed = 0; seed < 5; seed++)
        {
            (double seconds, double megabytes) = Train("ppo", Environment, seed, 100_000, [], out double stepsPerSecond);
            speed.Add(stepsPerSecond);
            memory.Add(megabytes);
            start.Add(Train("ppo", Environment, seed, 256, [], out _).Seconds);
            solved.Add(Solve(seed));
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"seed {seed}: {stepsPerSecond:F0} steps/s, whole process {seconds:F2} s, {megabytes:F0} MB; return {SolvedReturn} after {solved[^1]:F2} s; one rollout and its update, whole process {start[^1]:F2} s"));
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"median: {UpdateBenchmarks.Median(speed):F0} steps/s, {UpdateBenchmarks.Median(memory):F0} MB, return {SolvedReturn} after {UpdateBenchmarks.Median(solved):F2} s, one update {UpdateBenchmarks.Median(start):F2} s"));
    }

    /// <summary>In a process of its own: trains and prints the seconds since the process began, less evaluation, when the return is reached.</summary>
    public static void SolveHere(ulong seed, TextWriter output)
    {
        DateTime began = Process.GetCurrentProcess().StartTime;
        PpoOptions options = PpoPresets.For(Environment);
        var registry = new EnvironmentRegistry();
        using OnPolicyTrainer trainer = OnPolicyTrainer.Create<PpoOptions>(new TrainerContext(registry.MakeVector(Environment, options.EnvironmentCount), options, seed, "cpu", _ => { }), Ppo.Create);
        var metrics = new MetricSet();
        TimeSpan evaluating = TimeSpan.Zero;
        string path = Path.Combine(Path.GetTempPath(), $"pipeline-benchmark-{seed}.onnx");
        while (trainer.Steps < options.TotalSteps)
        {
            long before = trainer.Steps;
            trainer.Iterate(metrics);
            if (before / EvaluateEvery == trainer.Steps / EvaluateEvery) continue;
            TimeSpan reached = TimeProvider.System.GetLocalNow().DateTime - began - evaluating;
            long started = Stopwatch.GetTimestamp();
            PolicyFile.Write(path, trainer.Export(new RunRecord("ppo", Environment, seed, trainer.Steps, null)));
            using (var policy = Policy.Load(path))
            using (IVectorEnvironment environments = registry.MakeVector(Environment, EvaluationEpisodes))
            {
                if (Evaluator.Evaluate(environments, policy, EvaluationEpisodes, 1000 + seed, stochastic: false).MeanReturn >= SolvedReturn)
                {
                    output.WriteLine(reached.TotalSeconds.ToString(CultureInfo.InvariantCulture));
                    return;
                }
            }

            evaluating += Stopwatch.GetElapsedTime(started);
        }

        output.WriteLine("NaN");
    }

    /// <summary>A run in a process of its own: its wall time, its largest resident memory, and its speed by its own metrics.</summary>
    public static (double Seconds, double Megabytes) Train(string algorithm, string environment, int seed, long steps, string[] more, out double stepsPerSecond)
    {
        string folder = Path.Combine(Path.GetTempPath(), $"pipeline-benchmark-run-{seed}");
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        string[] arguments =
        [
            CommandLine(), "train", algorithm, "--env", environment, "--seed", seed.ToString(CultureInfo.InvariantCulture),
            "--steps", steps.ToString(CultureInfo.InvariantCulture), "--out", folder, .. more,
        ];
        long started = Stopwatch.GetTimestamp();
        using Process process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
        long peak = 0;
        while (!process.WaitForExit(20)) peak = Math.Max(peak, PeakBytes(process.Id));
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        string[] lastRow = File.ReadLines(Path.Combine(folder, "metrics.csv")).Last().Split(',');
        stepsPerSecond = double.Parse(lastRow[0], CultureInfo.InvariantCulture) / double.Parse(lastRow[1], CultureInfo.InvariantCulture);
        Directory.Delete(folder, recursive: true);
        return (seconds, peak / 1e6);
    }

    /// <summary>The command line as its users start it; beside the benchmarks it is not precompiled.</summary>
    private static string CommandLine()
    {
        string built = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        return Path.Combine(EvaluateBenchmarks.Root(), "training", "Cli", "bin", Path.GetFileName(Path.GetDirectoryName(built)!), Path.GetFileName(built), "pipeline.dll");
    }

    private static double Solve(int seed)
    {
        string[] arguments = [Path.Combine(AppContext.BaseDirectory, "Pipeline.Benchmarks.dll"), "solve", seed.ToString(CultureInfo.InvariantCulture)];
        using Process process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return double.Parse(text, CultureInfo.InvariantCulture);
    }

    private static long PeakBytes(int process)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(l => l.StartsWith("VmHWM", StringComparison.Ordinal));
            return line is null ? 0 : 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
