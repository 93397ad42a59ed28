using System.IO;
using NUnit.Framework;
using Pipeline.Cli;
using Pipeline.Training.Loop;
using Pipeline.Training.Loop.Metrics;
using Spectre.Console;

namespace Pipeline.Tests.Cli;

public sealed class RunDisplayTests
{
    private static readonly RunSnapshot Halfway = new(
        1000, 6000, 11_000, 2.5, [new("policy_loss", -0.0125), new("entropy", 0.5), new("episode_return", 123.456), new("steps_per_second", 7)]);

    [Test]
    public void A_line_tells_progress_return_speed_losses_and_time_left() =>
        // 5,000 steps in 2.5 s are 2,000 a second; 5,000 are left.
        Assert.That(PlainDisplay.Line(Halfway), Is.EqualTo("step 6,000 of 11,000 (54 %)  return 123.5  2,000 steps/s  policy_loss -0.0125  left 2.5 s"));

    [Test]
    public void The_live_picture_tells_the_same_in_a_terminal()
    {
        using var output = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors });
        console.Profile.Width = 120;
        console.Write(Pipeline.Cli.LiveDisplay.Render(Halfway, "ppo on [CartPole-v1]", "runs/x"));
        Assert.That(output.ToString(), Does.Contain("ppo on [CartPole-v1]").And.Contain("54 %").And.Contain("2,000 steps/s").And.Contain("2.5 s left").And.Contain("123.5").And.Contain("-0.0125").And.Contain("entropy"));
        Assert.That(output.ToString().IndexOf("episode_return", System.StringComparison.Ordinal), Is.LessThan(output.ToString().IndexOf("policy_loss", System.StringComparison.Ordinal)));
    }

    [Test]
    public void A_run_past_its_total_has_no_time_left()
    {
        var metrics = new MetricSet();
        var monitor = new RunMonitor();
        monitor.Start(0, 1000);
        monitor.Publish(1024, 1, metrics);
        Assert.Multiple(() =>
        {
            Assert.That(monitor.Read().TimeLeft, Is.EqualTo(System.TimeSpan.Zero));
            Assert.That(PlainDisplay.Line(monitor.Read()), Does.Contain("(100 %)").And.Not.Contain("left"));
        });
    }
}
