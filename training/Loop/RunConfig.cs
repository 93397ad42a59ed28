using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Training.Algorithms;

namespace Pipeline.Training.Loop;

/// <summary>What a run is, everything resolved: what config.json holds, and enough to repeat the run.</summary>
public sealed record RunConfig
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The algorithm's name on the command line.</summary>
    public required string Algorithm { get; init; }

    /// <summary>The environment's registered name.</summary>
    public required string Environment { get; init; }

    /// <summary>The full path of the assembly that brings the environment; null for one that we ship.</summary>
    public string? EnvironmentAssembly { get; init; }

    /// <summary>The run's seed, from which all randomness comes.</summary>
    public ulong Seed { get; init; }

    /// <summary>Where the graphs run: cpu, cuda or auto.</summary>
    public required string Device { get; init; }

    /// <summary>Threads that an update may use. What is learned does not depend on it.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>The algorithm's options.</summary>
    public required IAlgorithmOptions Options { get; init; }

    /// <summary>Environment steps between two rows of metrics; a row is written by the iteration that passes a multiple of it.</summary>
    public required long LogEvery { get; init; }

    /// <summary>Environment steps between two checkpoints; one is written by the iteration that passes a multiple of it.</summary>
    public required long CheckpointEvery { get; init; }

    /// <summary>How many of the latest checkpoints stay.</summary>
    public int KeepCheckpoints { get; init; } = 2;

    /// <summary>Environment steps between two scores of the policy in training; null where it is not scored.</summary>
    public long? EvaluateEvery { get; init; }

    /// <summary>Episodes of a score.</summary>
    public int EvaluateEpisodes { get; init; } = 50;

    /// <summary>The text of config.json.</summary>
    public string ToJson() => new JsonObject
    {
        ["algorithm"] = Algorithm,
        ["environment"] = Environment,
        ["environment_assembly"] = EnvironmentAssembly,
        ["seed"] = Seed,
        ["device"] = Device,
        ["threads"] = Threads,
        ["log_every"] = LogEvery,
        ["checkpoint_every"] = CheckpointEvery,
        ["keep_checkpoints"] = KeepCheckpoints,
        ["evaluate_every"] = EvaluateEvery,
        ["evaluate_episodes"] = EvaluateEpisodes,
        ["options"] = OptionBinder.ToJson(Options),
        ["versions"] = Versions(),
    }.ToJsonString(Indented) + "\n";

    private static JsonObject Versions() => new()
    {
        ["pipeline"] = typeof(RunConfig).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion,
        ["onnx_runtime"] = Microsoft.ML.OnnxRuntime.OrtEnv.Instance().GetVersionString(),
        ["dotnet"] = System.Environment.Version.ToString(),
        ["platform"] = RuntimeInformation.RuntimeIdentifier,
        ["processors"] = System.Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture),
    };
}
