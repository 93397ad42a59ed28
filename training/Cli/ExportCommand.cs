using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using Pipeline.Training.Export;
using Pipeline.Training.Export.Profiles;
using Pipeline.Training.Loop;
using Pipeline.Training.Loop.Metrics;

namespace Pipeline.Cli;

/// <summary>`export`: makes a policy file from a run's latest checkpoint, or another host's file from a policy file.</summary>
internal static class ExportCommand
{
    private static readonly Argument<string> Source = new("RUN_DIR|POLICY.onnx") { Description = "The folder of a run, or a native policy file." };
    private static readonly Option<string?> Out = new("--out") { HelpName = "FILE", Description = "The .onnx file to write; what it says about itself goes beside it as .json." };
    private static readonly Option<string> Profile = new("--profile")
    {
        HelpName = string.Join('|', HostProfile.All),
        Description = "Whose conventions the file follows: Pipeline's own, Unity ML-Agents', Godot RL Agents' or those of Stable-Baselines3's documentation.",
        DefaultValueFactory = _ => HostProfile.Native.Name,
    };

    private static readonly Option<int?> Opset = new("--opset")
    {
        HelpName = "N",
        Description = $"ONNX operator set: {string.Join("; ", HostProfile.All.Select(p => $"{p.Name} {p.LowestOpset} to {p.HighestOpset}, {p.DefaultOpset} unless given"))}.",
    };

    public static Command Make(CliContext context)
    {
        var command = new Command("export", "Exports the policy of a run's latest checkpoint, or writes a policy file for another host.") { Source, Out, Profile, Opset };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(Source), parsed.GetValue(Out), Find(parsed.GetRequiredValue(Profile)), parsed.GetValue(Opset), context));
        return command;
    }

    private static HostProfile Find(string name) => HostProfile.Find(name)
        ?? throw new UserErrorException($"There is no profile '{name}'.{NearestChoice.Hint(name, HostProfile.All.Select(p => p.Name))} There are {string.Join(", ", HostProfile.All)}.");

    private static int Run(string source, string? file, HostProfile profile, int? opset, CliContext context)
    {
        if (file is null) throw new UserErrorException("No file to write was given. Name one with --out, such as --out policy.onnx.");
        if (!file.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase)) throw new UserErrorException($"--out is {file}; the policy's file ends in .onnx. Use {Path.ChangeExtension(file, ".onnx")}.");
        if (opset is int asked && profile.OpsetProblem(asked) is string outside) throw new UserErrorException(outside);
        (byte[] native, string what) = File.Exists(source) ? (File.ReadAllBytes(source), source) : FromRun(source, context);
        Write(file, native, source, profile, opset);
        string set = opset is int number ? $" with opset {number.ToString(CultureInfo.InvariantCulture)}" : "";
        context.Out.WriteLine($"Exported {what} to {file}{(profile == HostProfile.Native ? "" : $" for {profile.Host}")}{set}");
        if (profile != HostProfile.Native) context.Out.WriteLine($"The file was checked by rules that stand for the loader of {profile.Host}, not in that program itself.");
        return ExitCodes.Success;
    }

    private static void Write(string file, byte[] native, string source, HostProfile profile, int? opset)
    {
        ExportedPolicy? own = profile == HostProfile.Native ? NativeOpset.Make(native, source, opset) : null;
        ExportedHostPolicy? other = own is null ? HostExport.Make(native, source, profile, opset) : null;
        if (Path.GetFullPath(file) == Path.GetFullPath(source)) throw new UserErrorException($"--out is {file}, the file to export. Name another one, so that both are there.");
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        if (own is not null) PolicyFile.Write(file, own);
        else PolicyFile.Write(file, other!);
    }

    private static (byte[] Native, string What) FromRun(string folder, CliContext context)
    {
        RunFolder.CheckRun(folder);
        // The processor will do, wherever the run was trained.
        RunRequest request = RunRequest.Read(RunFolder.ConfigIn(folder)) with { Device = "cpu" };
        using ResolvedRun resolved = ResolvedRun.From(request, context.Algorithms, context.Make);
        using ITrainer trainer = resolved.CreateTrainer(context.Error.WriteLine);
        long steps = TrainingRun.LoadLatest(folder, trainer, context.Error.WriteLine)
            ?? throw new UserErrorException($"The run in {folder} has no whole checkpoint yet. Wait for its first one, or resume it with: train --resume {folder}");
        RunConfig config = resolved.Config;
        ExportedPolicy native = trainer.Export(new RunRecord(config.Algorithm, config.Environment, config.Seed, steps, Score(folder, steps)));
        return (native.Model, $"step {Texts.Count(steps)} of {folder}");
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
