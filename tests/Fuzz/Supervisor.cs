using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;

namespace Pipeline.Tests.Fuzz;

/// <summary>
/// Runs workers as processes of their own and looks after them: one that native code takes down, or that is stuck in a case, is reported with the
/// case, and another goes on after it.
/// </summary>
internal sealed class Supervisor
{
    // Of the clock: on a busy machine a worker may wait long for its turn.
    private const double LongestWait = 600;

    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(200);
    private readonly FuzzArguments _arguments;
    private readonly List<string> _faults = [];

    internal Supervisor(FuzzArguments arguments) => _arguments = arguments;

    /// <summary>All cases.</summary>
    /// <returns>Whether each was loaded and acted, or was refused as it should.</returns>
    internal bool Run()
    {
        var clock = Stopwatch.StartNew();
        string folder = Directory.CreateTempSubdirectory("pipeline-fuzz").FullName;
        Watched[] workers = [.. Enumerable.Range(0, _arguments.Workers).Select(i => new Watched(Path.Combine(folder, $"worker{i}"), i))];
        try
        {
            foreach (Watched worker in workers) Start(worker, worker.First);
            while (workers.Any(worker => worker.Process is not null))
            {
                Thread.Sleep(_look);
                foreach (Watched worker in workers) LookAfter(worker);
            }

            Report(workers, clock.Elapsed);
            return _faults.Count == 0 && workers.Sum(worker => worker.Board[Outcome.Fault]) == 0;
        }
        finally
        {
            foreach (Watched worker in workers) worker.Dispose();
            Directory.Delete(folder, recursive: true);
        }
    }

    private void Start(Watched worker, long first)
    {
        string[] words =
        [
            typeof(Supervisor).Assembly.Location, "worker", "--seed", Text(_arguments.Seed), "--first", Text(first), "--cases", Text(_arguments.Cases), "--workers", Text(_arguments.Workers),
            "--board", worker.Path, .. _arguments.Files is null ? Array.Empty<string>() : ["--files", _arguments.Files],
        ];
        worker.Board.Current = first;
        worker.Seen = (first, Stopwatch.GetTimestamp(), TimeSpan.Zero);
        worker.Process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, words) { UseShellExecute = false });
    }

    private void LookAfter(Watched worker)
    {
        if (worker.Process is null) return;
        long current = worker.Board.Current;
        bool stuck = !worker.Process.HasExited && IsStuck(worker, current);
        if (!worker.Process.HasExited && !stuck) return;
        if (stuck) worker.Process.Kill();
        worker.Process.WaitForExit();
        int code = worker.Process.ExitCode;
        worker.Process.Dispose();
        worker.Process = null;
        current = worker.Board.Current;
        if (current >= _arguments.Cases) return;
        _faults.Add($"case {current} of seed {_arguments.Seed}: {(stuck ? $"still busy after {_arguments.Seconds} s of computing" : $"took its process down (exit code {code})")}");
        Console.Error.WriteLine(_faults[^1]);
        Start(worker, current + _arguments.Workers);
    }

    /// <summary>Whether a worker has computed for too long on one case, or has waited very long.</summary>
    private bool IsStuck(Watched worker, long current)
    {
        TimeSpan computed;
        try
        {
            worker.Process!.Refresh();
            computed = worker.Process.TotalProcessorTime;
        }
        catch (InvalidOperationException)
        {
            // It ended just now.
            return false;
        }

        if (current != worker.Seen.Case) worker.Seen = (current, Stopwatch.GetTimestamp(), computed);
        return (computed - worker.Seen.Computed).TotalSeconds > _arguments.Seconds || Stopwatch.GetElapsedTime(worker.Seen.Since).TotalSeconds > LongestWait;
    }

    private void Report(Watched[] workers, TimeSpan time)
    {
        Console.WriteLine($"seed {_arguments.Seed}, {_arguments.Cases} cases in {time.TotalSeconds:F0} s");
        foreach (Outcome outcome in Enum.GetValues<Outcome>())
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{outcome,-22}{workers.Sum(worker => worker.Board[outcome]),10}"));
        Console.WriteLine($"{"crashed or stuck",-22}{_faults.Count,10}");
        foreach (string fault in _faults) Console.WriteLine(fault);
    }

    private static string Text(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);

    /// <summary>A worker: its process, and where it writes how far it is.</summary>
    private sealed class Watched(string path, int first) : IDisposable
    {
        internal string Path { get; } = path;

        internal long First { get; } = first;

        internal Board Board { get; } = new(path);

        internal Process? Process { get; set; }

        internal (long Case, long Since, TimeSpan Computed) Seen { get; set; }

        public void Dispose()
        {
            if (Process is not null)
            {
                Process.Kill();
                Process.Dispose();
            }

            Board.Dispose();
        }
    }
}
