using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using Pipeline.Training.Export;
using Pipeline.Training.Loop;
using Pipeline.Training.Loop.Metrics;

namespace Pipeline.Cli;

/// <summary>`export`: makes a policy file from a run's latest checkpoint.</summary>
internal static class ExportCommand
{
    private static readonly Argument<string> Folder = new("RUN_DIR") { Description = "The folder of a run." };
    private static readonly Option<string?> Out = new("--out") { HelpName = "FILE", Description = "The .onnx file to write; the manifest goes beside it as .json." };

    public static Command Make(CliContext context)
    {
        var command = new Command("export", "Exports the policy of a run's latest checkpoint.") { Folder, Out };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(Folder), parsed.GetValue(Out), context));
        return command;
    }

    private static int Run(string folder, string? file, CliContext context)
    {
        if (file is null) throw new UserErrorException("No file to write was given. Name one with --out, such as --out policy.onnx.");
        if (!file.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase)) throw new UserErrorException($"--out is {file}; the policy's file ends in .onnx. Use {Path.ChangeExtension(file, ".onnx")}.");
        RunFolder.CheckRun(folder);
        // The processor will do, wherever the run was trained.
        RunRequest request = RunRequest.Read(RunFolder.ConfigIn(folder)) with { Device = "cpu" };
        using ResolvedRun resolved = ResolvedRun.From(request, context.Algorithms, context.Make);
        using ITrainer trainer = resolved.CreateTrainer(context.Error.WriteLine);
        long steps = TrainingRun.LoadLatest(folder, trainer, context.Error.WriteLine)
            ?? throw new UserErrorException($"The run in {folder} has no whole checkpoint yet. Wait for its first one, or resume it with: train --resume {folder}");
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        RunConfig config = resolved.Config;
        PolicyFile.Write(file, trainer.Export(new RunRecord(config.Algorithm, config.Environment, config.Seed, steps, Score(folder, steps))));
        context.Out.WriteLine($"Exported step {Texts.Count(steps)} of {folder} to {file}");
        return ExitCodes.Success;
    }

    private static double? Score(string folder, long steps)
    {
        string path = Path.Combine(folder, "metrics.csv");
        if (!File.Exists(path)) return null;
        Curve curve = MetricTable.Read(path).Curve(MetricKeys.EpisodeReturn);
        IEnumerable<double> until = curve.Values.Where((_, i) => curve.Steps[i] <= steps);
        return until.Select(v => (double?)v).LastOrDefault();
    }
}
