using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using Pipeline.Runtime;
using Pipeline.Training.Environments;
using Pipeline.Training.Evaluation;
using Pipeline.Training.Files;
using Pipeline.Training.Loop;
using Pipeline.Training.Rendering;
using Pipeline.Training.Rendering.Gif;
using Pipeline.Training.Rendering.Svg;
using Spectre.Console;

namespace Pipeline.Cli;

/// <summary>`watch`: the policy playing, in the terminal or as a file.</summary>
internal static class WatchCommand
{
    private const double MostFramesInTerminal = 30, MostFramesInFile = 25;
    private const int SmallestSize = 64, LargestSize = 2000, UsualSize = 480;
    private const long MostStepsInFile = 2000;
    private const string Svg = ".svg", Gif = ".gif";
    private static readonly Argument<string> Model = new("MODEL.onnx") { Description = "The policy file." };
    private static readonly Option<string?> Env = Text("--env", "ENV", "The environment; default the one that the policy was trained on.");
    private static readonly Option<string?> EnvAssembly = Text("--env-assembly", "DLL", "Your assembly that brings the environment.");
    private static readonly Option<string?> Episodes = Text("--episodes", "N", "How many episodes. Default 1.");
    private static readonly Option<string?> Steps = Text("--steps", "N", $"Ends after N steps in all. Default {MostStepsInFile} in a file, no end in the terminal.");
    private static readonly Option<string?> Seed = Text("--seed", "S", "The seed of the episodes and of drawn actions. Default 0.");
    private static readonly Option<bool> Stochastic = new("--stochastic") { Description = "Draws actions; else the deterministic ones are taken." };
    private static readonly Option<string?> Out = Text("--out", "FILE", "Writes an animation, FILE.svg or FILE.gif; else it plays in the terminal.");
    private static readonly Option<string?> Fps = Text("--fps", "N", $"The most frames a second; steps between are played, not drawn. Default {MostFramesInFile} in a file, {MostFramesInTerminal} in the terminal.");
    private static readonly Option<string?> Speed = Text("--speed", "X", "How many times as fast as the environment's own pace. Default 1.");
    private static readonly Option<string?> Size = Text("--size", "N", $"Width of a file's picture in pixels. Default {UsualSize}.");

    public static Command Make(CliContext context)
    {
        var command = new Command("watch", "Shows a policy playing.") { Model, Env, EnvAssembly, Episodes, Steps, Seed, Stochastic, Out, Fps, Speed, Size };
        command.SetAction(parsed => Run(parsed, context));
        return command;
    }

    private static Option<string?> Text(string name, string value, string description) => new(name) { HelpName = value, Description = description };

    private static int Run(ParseResult parsed, CliContext context)
    {
        var problems = new List<string>();
        Request request = Read(parsed, problems);
        if (request.Out is null && !(context.Interactive && AnsiConsole.Profile.Capabilities.Ansi))
            problems.Add("Standard output is no terminal that can be drawn in. Give --out FILE.svg or --out FILE.gif, or run it in a terminal.");
        if (problems.Count > 0) throw new UserErrorException(problems);

        using var signals = new StopSignals(() => { });
        using Policy policy = Policy.Load(request.Model, new PolicyOptions { Sampling = request.Stochastic });
        string name = parsed.GetValue(Env) ?? policy.Manifest.Environment;
        EnvironmentRegistry environments = context.LoadEnvironments(parsed.GetValue(EnvAssembly));
        using var play = new PolicyPlay(environments.Make(name), environments.Find(name).MaxEpisodeSteps, policy, request.Seed, request.Stochastic);
        var pace = new PlayPace(play.StepsPerSecond * request.Speed, request.FramesPerSecond);
        if (request.Out is null)
        {
            new TerminalPlayer(AnsiConsole.Console, context.Time).Show(play, request.Episodes, request.MostSteps ?? long.MaxValue, pace, signals.Token);
            return ExitCodes.Success;
        }

        string title = $"{policy.Manifest.Algorithm} on {name}, seed {request.Seed}";
        Animation animation = PlayRecorder.Record(play, request.Episodes, request.MostSteps ?? MostStepsInFile, pace, title, signals.Token);
        Write(request.Out, animation, request.Size, signals.Token);
        Print(context.Out, request.Out, animation, play);
        return ExitCodes.Success;
    }

    private static Request Read(ParseResult parsed, List<string> problems)
    {
        string model = parsed.GetRequiredValue(Model);
        if (!File.Exists(model)) problems.Add($"There is no file {model}.{NearestFile.Hint(model)}");
        string? output = parsed.GetValue(Out);
        string ending = Path.GetExtension(output ?? "").ToLowerInvariant();
        if (output is not null && ending is not (Svg or Gif)) problems.Add($"--out is '{output}'; a name that ends in {Svg} or {Gif} is expected.");
        double mostFrames = ending == Gif ? GifAnimation.MostFramesPerSecond : 1000;
        int size = (int)(Texts.Whole(parsed.GetValue(Size), "--size", SmallestSize, problems) ?? UsualSize);
        if (size > LargestSize) problems.Add($"--size is {size}; at most {LargestSize} is allowed.");
        if (parsed.GetValue(Size) is not null && output is null) problems.Add("--size is the width of a file's picture; in the terminal the picture is as large as that. Leave it out, or give --out.");
        return new Request
        {
            Model = model,
            Out = output,
            Size = size,
            Episodes = (int)Math.Min(Texts.Whole(parsed.GetValue(Episodes), "--episodes", 1, problems) ?? 1, int.MaxValue),
            MostSteps = Texts.Whole(parsed.GetValue(Steps), "--steps", 1, problems),
            Seed = Texts.Seed(parsed.GetValue(Seed), problems) ?? 0,
            Stochastic = parsed.GetValue(Stochastic),
            FramesPerSecond = Real(parsed.GetValue(Fps), "--fps", mostFrames, problems) ?? (output is null ? MostFramesInTerminal : MostFramesInFile),
            Speed = Real(parsed.GetValue(Speed), "--speed", 1000, problems) ?? 1,
        };
    }

    private static double? Real(string? text, string option, double most, List<string> problems)
    {
        if (text is null) return null;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value >= 0.01 && value <= most) return value;
        problems.Add($"{option} is '{text}'; a number from 0.01 to {Texts.Number(most)} is expected.");
        return null;
    }

    private static void Write(string path, Animation animation, int size, CancellationToken stop)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        if (Path.GetExtension(path).Equals(Gif, StringComparison.OrdinalIgnoreCase)) AtomicFile.Write(path, stream => GifAnimation.Write(stream, animation, size, stop));
        else AtomicFile.WriteText(path, SvgAnimation.Draw(animation, size));
    }

    private static void Print(TextWriter output, string path, Animation animation, PolicyPlay play)
    {
        string latest = string.Join(' ', animation.Frames[^1].Status.SelectMany(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        output.WriteLine($"{path} ({Texts.Count(new FileInfo(path).Length)} bytes): {Texts.Plural(play.Episode, "episode")}, {Texts.Duration(animation.Duration)} at {Texts.Number(animation.TicksPerSecond)} frames/s. Last frame: {latest}.");
        if (!play.IsOver) output.WriteLine("The last episode was cut off by --steps, or by its default for files.");
    }

    /// <summary>What is asked for.</summary>
    private sealed record Request
    {
        public required string Model { get; init; }

        public required string? Out { get; init; }

        public required int Size { get; init; }

        public required int Episodes { get; init; }

        public required long? MostSteps { get; init; }

        public required ulong Seed { get; init; }

        public required bool Stochastic { get; init; }

        public required double FramesPerSecond { get; init; }

        public required double Speed { get; init; }
    }
}
