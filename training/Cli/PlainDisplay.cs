using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using Pipeline.Training.Loop;
using Pipeline.Training.Loop.Metrics;

namespace Pipeline.Cli;

/// <summary>One line at each tenth of the run, and at least every ten seconds: for logs and pipes.</summary>
internal sealed class PlainDisplay : RunDisplay
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);
    private readonly TextWriter _output;

    public PlainDisplay(RunMonitor monitor, TextWriter output)
        : base(monitor) => _output = output;

    /// <summary>The line for a moment of the run.</summary>
    internal static string Line(RunSnapshot run)
    {
        var line = new StringBuilder();
        double share = run.TotalSteps > 0 ? Math.Min(1, (double)run.Steps / run.TotalSteps) : 0;
        line.Append($"step {Texts.Count(run.Steps)} of {Texts.Count(run.TotalSteps)} ({Math.Floor(share * 100)} %)");
        if (run.Metric(MetricKeys.EpisodeReturn) is double score) line.Append($"  return {Texts.Number(score)}");
        line.Append($"  {Texts.Number(run.StepsPerSecond)} steps/s");
        foreach ((string key, double value) in run.Metrics.Where(m => m.Key.EndsWith("_loss", StringComparison.Ordinal)))
            line.Append($"  {key} {Texts.Number(value)}");
        if (share < 1) line.Append($"  left {Texts.Duration(run.TimeLeft)}");
        return line.ToString();
    }

    protected override void Write(string message) => _output.WriteLine(message);

    protected override void Show()
    {
        _output.WriteLine($"{Title} -> {Folder}");
        _output.Flush();
        long tenth = 0, shown = Stopwatch.GetTimestamp(), shownSteps = 0;
        while (Wait(Poll))
        {
            RunSnapshot run = Read();
            long now = run.TotalSteps > 0 ? run.Steps * 10 / run.TotalSteps : 0;
            if (run.Steps > run.StartSteps && (now > tenth || Stopwatch.GetElapsedTime(shown) > Longest))
            {
                _output.WriteLine(Line(run));
                _output.Flush();
                shown = Stopwatch.GetTimestamp();
                shownSteps = run.Steps;
            }

            tenth = now;
        }

        RunSnapshot last = Read();
        if (last.Steps > shownSteps && last.Steps > last.StartSteps) _output.WriteLine(Line(last));
    }
}
