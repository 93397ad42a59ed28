using System;
using System.Diagnostics;
using System.Threading;
using Pipeline.Training.Evaluation;
using Spectre.Console;

namespace Pipeline.Cli;

/// <summary>Shows how far an evaluation is, from a thread of its own: a bar on a terminal, elsewhere a line every ten seconds.</summary>
internal sealed class EvaluateDisplay : IDisposable
{
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(160);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);
    private readonly ManualResetEventSlim _done = new();
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly Thread? _thread;

    private EvaluateDisplay(CliContext context, BatchProgress progress, bool quiet)
    {
        if (quiet) return;
        _thread = new Thread(() => Show(context, progress)) { IsBackground = true, Name = "display" };
        _thread.Start();
    }

    public static EvaluateDisplay Start(CliContext context, BatchProgress progress, bool quiet) => new(context, progress, quiet);

    public void Dispose()
    {
        _done.Set();
        _thread?.Join();
        _done.Dispose();
    }

    /// <summary>The line for a moment of the evaluation.</summary>
    internal static string Line(BatchProgress progress, TimeSpan elapsed)
    {
        double share = progress.TotalEpisodes == 0 ? 0 : (double)progress.Episodes / progress.TotalEpisodes;
        string left = share is > 0 and < 1 ? $"  left {Texts.Duration(elapsed * ((1 - share) / share))}" : "";
        return $"episode {Texts.Count(progress.Episodes)} of {Texts.Count(progress.TotalEpisodes)} ({Math.Floor(share * 100)} %)  {Texts.Number(progress.Steps / Math.Max(elapsed.TotalSeconds, 1e-3))} steps/s{left}";
    }

    private void Show(CliContext context, BatchProgress progress)
    {
        if (context.Interactive)
        {
            AnsiConsole.Progress().AutoClear(true).Start(bars =>
            {
                ProgressTask bar = bars.AddTask("episodes");
                while (!_done.Wait(Redraw))
                {
                    bar.MaxValue = Math.Max(1, progress.TotalEpisodes);
                    bar.Value = progress.Episodes;
                }
            });
            return;
        }

        while (!_done.Wait(Longest))
        {
            context.Out.WriteLine(Line(progress, Stopwatch.GetElapsedTime(_started)));
            context.Out.Flush();
        }
    }
}
