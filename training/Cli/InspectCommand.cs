using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using Pipeline.Contracts.Manifest;
using Pipeline.Training.Export.Profiles;
using Pipeline.Training.Loop;

namespace Pipeline.Cli;

/// <summary>`inspect`: says what an ONNX file holds, whoever wrote it, and which hosts can load it.</summary>
internal static class InspectCommand
{
    private static readonly Argument<string> Model = new("MODEL.onnx") { Description = "A policy file, or any other ONNX file." };
    private static readonly Option<bool> Json = new("--json") { Description = "Prints the same as JSON and nothing else." };

    public static Command Make(CliContext context)
    {
        var command = new Command("inspect", "Says what an ONNX file holds and which hosts can load it.") { Model, Json };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(Model), parsed.GetValue(Json), context));
        return command;
    }

    private static int Run(string path, bool json, CliContext context)
    {
        if (!File.Exists(path)) throw new UserErrorException($"There is no file {path}.{NearestFile.Hint(path)}");
        byte[] bytes = File.ReadAllBytes(path);
        OnnxSummary summary = OnnxSummary.Of(bytes) ?? throw new UserErrorException($"{path} is no ONNX model. Give the .onnx file that export or another program wrote.");
        IReadOnlyList<HostVerdict> verdicts = HostConventions.Judge(bytes, path);
        PolicyManifest? policy = verdicts[0].Loads ? PolicyManifest.Parse(summary.Manifest!, path) : null;
        if (json)
        {
            context.Out.WriteLine(AsJson(path, bytes, summary, verdicts).ToString(Formatting.Indented));
            return ExitCodes.Success;
        }

        context.Out.WriteLine($"{path} ({Texts.Count(bytes.Length)} bytes)");
        if (policy is not null) Print(context.Out, policy);
        else Print(context.Out, summary);
        foreach (HostVerdict verdict in verdicts)
        {
            string profile = verdict.Profile.Name.PadRight(12);
            context.Out.WriteLine($"{profile} {(verdict.Loads ? "can be loaded" : "cannot be loaded")} by {verdict.Profile.Host}");
            foreach (string problem in verdict.Problems) context.Out.WriteLine($"{"",-12}   {problem}");
        }

        return ExitCodes.Success;
    }

    private static JObject AsJson(string path, byte[] bytes, OnnxSummary summary, IReadOnlyList<HostVerdict> verdicts) => new()
    {
        ["file"] = path,
        ["bytes"] = bytes.Length,
        ["producer"] = summary.Producer,
        ["opset"] = summary.Opset,
        ["ir_version"] = summary.IrVersion,
        ["inputs"] = new JArray(summary.Inputs),
        ["outputs"] = new JArray(summary.Outputs),
        ["manifest"] = Manifest(summary),
        ["hosts"] = new JArray(verdicts.Select(v => new JObject { ["profile"] = v.Profile.Name, ["loads"] = v.Loads, ["problems"] = new JArray(v.Problems) })),
    };

    private static JToken Manifest(OnnxSummary summary)
    {
        try
        {
            return summary.Manifest is null ? JValue.CreateNull() : JToken.Parse(summary.Manifest);
        }
        catch (JsonReaderException)
        {
            return JValue.CreateNull();
        }
    }

    private static void Print(TextWriter output, PolicyManifest manifest)
    {
        string score = manifest.Score is double value ? $", return {Texts.Number(value)} in training" : "";
        output.WriteLine($"trained      {manifest.Algorithm} on {manifest.Environment}, seed {manifest.Seed}, {Texts.Count(manifest.Steps)} steps{score}");
        output.WriteLine($"observes     {manifest.ObservationSpace}{(manifest.NormalizesObservations ? ", normalised inside" : "")}");
        output.WriteLine($"acts         {manifest.ActionSpace}{(manifest.RescalesActions ? ", scaled inside" : "")}");
        foreach (TensorSpec tensor in manifest.Inputs)
            output.WriteLine($"input        {Describe(tensor)}");
        foreach (TensorSpec tensor in manifest.Outputs)
            output.WriteLine($"output       {Describe(tensor)}");
        foreach (StateSpec state in manifest.Recurrent)
            output.WriteLine($"recurrent    {state.Output} becomes {state.Input} of the next step");
        if (manifest.Parity is ParityCheck parity)
            output.WriteLine($"parity       at most {parity.MaxAbsError.ToString("0.0e0", CultureInfo.InvariantCulture)} from the training graph, batches of {string.Join(", ", parity.Batches)}");
        output.WriteLine($"versions     Pipeline {manifest.PipelineVersion}, ONNX Runtime {manifest.OnnxRuntimeVersion}, opset {manifest.Opset}, manifest {manifest.SchemaVersion}");
    }

    private static void Print(TextWriter output, OnnxSummary summary)
    {
        if (Manifest(summary) is JObject own && own[PolicyManifest.ProfileField] is JToken profile)
            output.WriteLine($"written      for {profile}: {own["algorithm"]} on {own["environment"]}, seed {own["seed"]}");
        foreach (string tensor in summary.Inputs) output.WriteLine($"input        {tensor}");
        foreach (string tensor in summary.Outputs) output.WriteLine($"output       {tensor}");
        output.WriteLine($"versions     {(summary.Producer.Length == 0 ? "written by an unnamed program" : summary.Producer)}, opset {summary.Opset}, IR version {summary.IrVersion}");
    }

    private static string Describe(TensorSpec tensor) =>
        $"{tensor.Name} [{string.Join(", ", tensor.Shape.Select(n => n == TensorSpec.Batch ? "batch" : n.ToString(CultureInfo.InvariantCulture)))}] {tensor.Element}, {tensor.Role}";
}
