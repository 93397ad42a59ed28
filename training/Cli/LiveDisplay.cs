using System;
using System.Linq;
using Pipeline.Training.Loop;
using Pipeline.Training.Loop.Metrics;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Pipeline.Cli;

/// <summary>The live display of a terminal: progress, time left, return, speed, losses; drawn six times a second.</summary>
internal sealed class LiveDisplay : RunDisplay
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(160);
    private const int BarWidth = 40;

    public LiveDisplay(RunMonitor monitor)
        : base(monitor)
    {
    }

    /// <summary>The picture of a moment of the run.</summary>
    internal static IRenderable Render(RunSnapshot run, string title, string folder)
    {
        double share = run.TotalSteps > 0 ? Math.Clamp((double)run.Steps / run.TotalSteps, 0, 1) : 0;
        int filled = (int)Math.Round(share * BarWidth);
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(3)).AddColumn(new GridColumn().NoWrap());
        grid.AddRow("progress", $"[green]{new string('━', filled)}[/][grey]{new string('━', BarWidth - filled)}[/] {Math.Floor(share * 100)} %");
        grid.AddRow("steps", $"{Texts.Count(run.Steps)} of {Texts.Count(run.TotalSteps)}");
        grid.AddRow("speed", $"{Texts.Number(run.StepsPerSecond)} steps/s");
        grid.AddRow("time", $"{Texts.Duration(TimeSpan.FromSeconds(run.Seconds))}, {Texts.Duration(run.TimeLeft)} left");
        // What a person looks for first stands first.
        foreach ((string key, double value) in run.Metrics.Where(m => m.Key != MetricKeys.StepsPerSecond).OrderBy(m => !m.Key.StartsWith("episode_", StringComparison.Ordinal)))
        {
            string text = Texts.Number(value);
            grid.AddRow(Markup.Escape(key), key == MetricKeys.EpisodeReturn ? $"[bold]{text}[/]" : text);
        }

        return new Panel(grid).Header($" {Markup.Escape(title)} → {Markup.Escape(folder)} ").RoundedBorder().BorderColor(Color.Grey);
    }

    protected override void Write(string message) => AnsiConsole.MarkupLine($"[grey]{Markup.Escape(message)}[/]");

    protected override void Show() =>
        AnsiConsole.Live(Text.Empty).AutoClear(false).Start(live =>
        {
            do
                live.UpdateTarget(Render(Read(), Title, Folder));
            while (Wait(Interval));
            live.UpdateTarget(Render(Read(), Title, Folder));
        });
}
