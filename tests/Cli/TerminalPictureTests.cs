using System;
using System.IO;
using System.Threading;
using NUnit.Framework;
using Pipeline.Cli;
using Pipeline.Runtime;
using Pipeline.Tests.Repository;
using Pipeline.Training.Environments;
using Pipeline.Training.Evaluation;
using Pipeline.Training.Rendering;
using Spectre.Console;

namespace Pipeline.Tests.Cli;

/// <summary>Scenes in a terminal.</summary>
internal sealed class TerminalPictureTests
{
    [Test]
    public void With_colours_a_character_is_two_pixels() =>
        Assert.That(Written(Tiny(), ColorSystemSupport.TrueColor, width: 9, height: 10), Is.EqualTo(
            """
            <fg 42;143;208>████<fg>    
            <fg 42;143;208>████<fg>  <fg 31;166;121>▄▄<fg>
            <fg 58;66;76>██<fg>g<fg 58;66;76>█████<fg>
            step 1  
            """.Replace("g<", "<fg 255;255;255;48;2;58;66;76>g<fg><", StringComparison.Ordinal).ReplaceLineEndings("\n") + "\n"));

    [Test]
    public void Without_colours_it_is_a_sign_of_what_it_shows() =>
        Assert.That(Written(Tiny(), ColorSystemSupport.NoColors, width: 9, height: 10), Is.EqualTo("@@@@    \n@@@@  ++\n..g.....\nstep 1  \n"));

    [TestCase(41, 30, 16)]
    [TestCase(41, 9, 9)]
    [TestCase(9, 30, 4)]
    public void It_is_as_high_as_its_width_asks_and_never_higher_than_the_terminal(int width, int height, int rows)
    {
        // 8 wide and 6 high: 40 columns of characters twice as high as wide make 15 rows, 8 make 3; one more for the words.
        Assert.That(new TerminalPicture(Tiny(), ["a"], height).RowsIn(width), Is.EqualTo(rows));
        Assert.That(Written(Tiny(), ColorSystemSupport.NoColors, width, height).Split('\n'), Has.Length.EqualTo(rows + 1).And.All.Length.LessThan(width));
    }

    [Test]
    public void A_play_hides_the_cursor_draws_over_itself_and_gives_the_cursor_back()
    {
        string output = Played(new Clock(TimeSpan.Zero), CancellationToken.None);
        Assert.Multiple(() =>
        {
            Assert.That(output, Does.StartWith("\u001b[?25l").And.EndsWith("\u001b[?25h"));
            Assert.That(output, Does.Contain("step 0").And.Contain("step 2").And.Contain("truncated"));
            Assert.That(output.Split("\u001b[8A"), Has.Length.EqualTo(5), "up by its eight lines before each of the four frames after the first");
        });
    }

    [Test]
    public void A_play_that_is_stopped_gives_the_cursor_back_too()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        string output = Played(new Clock(TimeSpan.Zero), stop.Token);
        Assert.That(output, Does.EndWith("\u001b[?25h").And.Not.Contain("truncated"));
    }

    [Test]
    public void A_terminal_that_cannot_keep_up_is_shown_fewer_frames_and_the_last() =>
        Assert.That(Played(new Clock(TimeSpan.FromSeconds(1)), CancellationToken.None), Does.Contain("step 0").And.Not.Contain("step 2").And.Not.Contain("step 3").And.Contain("step 4"));

    private static Scene Tiny()
    {
        var scene = new Scene();
        scene.View(0, 0, 8, 6);
        scene.Rectangle(Ink.Surface, 0, 0, 8, 2);
        scene.Rectangle(Ink.Agent, 0, 2, 4, 4);
        scene.Rectangle(Ink.Goal, 6, 2, 2, 1);
        scene.Label(Ink.Line, (2.5, 0.5), "g", 1);
        return scene;
    }

    private static string Written(Scene scene, ColorSystemSupport colours, int width, int height)
    {
        using var output = new StringWriter();
        IAnsiConsole console = Console(output, colours, width, height);
        console.Write(new TerminalPicture(scene, ["step 1"], height));
        return output.ToString().ReplaceLineEndings("\n")
            .Replace("\u001b[38;2;", "<fg ", StringComparison.Ordinal).Replace("\u001b[48;2;", "<bg ", StringComparison.Ordinal)
            .Replace("\u001b[39m", "<fg>", StringComparison.Ordinal).Replace("\u001b[49m", "<bg>", StringComparison.Ordinal)
            .Replace("\u001b[0m", "<fg>", StringComparison.Ordinal).Replace("m", ">", StringComparison.Ordinal);
    }

    private static string Played(Clock clock, CancellationToken stop)
    {
        var environments = new EnvironmentRegistry();
        using Policy policy = Policy.Load(RepositoryFiles.At("models", "CartPole-v1-ppo", "policy.onnx"));
        using var play = new PolicyPlay(environments.Make("CartPole-v1"), 4, policy, 0, stochastic: false);
        using var output = new StringWriter();
        IAnsiConsole console = Console(output, ColorSystemSupport.TrueColor, 40, 20);
        new TerminalPlayer(console, clock).Show(play, 1, long.MaxValue, new PlayPace(200, 200), stop);
        return output.ToString();
    }

    private static IAnsiConsole Console(StringWriter output, ColorSystemSupport colours, int width, int height)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), Ansi = AnsiSupport.Yes, ColorSystem = colours, Interactive = InteractionSupport.No });
        (console.Profile.Width, console.Profile.Height) = (width, height);
        console.Profile.Capabilities.Unicode = true;
        return console;
    }

    /// <summary>A clock that goes on by a step whenever it is looked at.</summary>
    private sealed class Clock(TimeSpan step) : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now += step.Ticks;
    }
}
