using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using Pipeline.Contracts.Manifest;
using Pipeline.Runtime;
using Pipeline.Training.Loop;

namespace Pipeline.Cli;

/// <summary>`inspect`: says what a policy file holds.</summary>
internal static class InspectCommand
{
    private static readonly Argument<string> Model = new("MODEL.onnx") { Description = "The policy file." };
    private static readonly Option<bool> Json = new("--json") { Description = "Prints the manifest as JSON and nothing else." };

    public static Command Make(CliContext context)
    {
        var command = new Command("inspect", "Says what a policy file holds.") { Model, Json };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(Model), parsed.GetValue(Json), context));
        return command;
    }

    private static int Run(string path, bool json, CliContext context)
    {
        if (!File.Exists(path)) throw new UserErrorException($"There is no file {path}.{NearestFile.Hint(path)}");
        using Policy policy = Policy.Load(path);
        if (json) context.Out.WriteLine(policy.Manifest.ToJson());
        else Print(context.Out, path, policy.Manifest);
        return ExitCodes.Success;
    }

    private static void Print(TextWriter output, string path, PolicyManifest manifest)
    {
        string score = manifest.Score is double value ? $", return {Texts.Number(value)} in training" : "";
        output.WriteLine($"{path} ({Texts.Count(new FileInfo(path).Length)} bytes)");
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

    private static string Describe(TensorSpec tensor) =>
        $"{tensor.Name} [{string.Join(", ", tensor.Shape.Select(n => n == TensorSpec.Batch ? "batch" : n.ToString(CultureInfo.InvariantCulture)))}] {tensor.Element}, {tensor.Role}";
}
