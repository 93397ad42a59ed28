using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Training.Algorithms;

namespace Pipeline.Training.Loop;

/// <summary>What was asked for, by a file or on the command line: any part of a <see cref="RunConfig"/>. What is null was left open.</summary>
public sealed record RunRequest
{
    private static readonly string[] Keys =
        ["algorithm", "environment", "environment_assembly", "seed", "device", "threads", "log_every", "checkpoint_every", "keep_checkpoints", "evaluate_every", "evaluate_episodes", "options", "versions"];

    /// <summary>The algorithm's name.</summary>
    public string? Algorithm { get; init; }

    /// <summary>The environment's name.</summary>
    public string? Environment { get; init; }

    /// <summary>The assembly that brings the environment.</summary>
    public string? EnvironmentAssembly { get; init; }

    /// <summary>The seed.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Where the graphs run.</summary>
    public string? Device { get; init; }

    /// <summary>Threads that an update may use.</summary>
    public int? Threads { get; init; }

    /// <summary>Environment steps between two rows of metrics.</summary>
    public long? LogEvery { get; init; }

    /// <summary>Environment steps between two checkpoints.</summary>
    public long? CheckpointEvery { get; init; }

    /// <summary>How many checkpoints stay.</summary>
    public int? KeepCheckpoints { get; init; }

    /// <summary>Environment steps between two scores of the policy in training.</summary>
    public long? EvaluateEvery { get; init; }

    /// <summary>Episodes of a score.</summary>
    public int? EvaluateEpisodes { get; init; }

    /// <summary>The algorithm's options as written; a later one wins.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Options { get; init; } = [];

    /// <summary>Reads a file in the form of config.json, of which any part may be missing.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="UserErrorException">The file is missing, is not JSON, or has unknown names or wrong types: all of them are told.</exception>
    public static RunRequest Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!File.Exists(path)) throw new UserErrorException($"There is no file {path}.{NearestFile.Hint(path)}");
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
            return Parse(path, document.RootElement);
        }
        catch (JsonException e)
        {
            throw new UserErrorException($"{path} is not JSON: {e.Message} Write it in the form of a run's config.json.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path} cannot be read: {e.Message}");
        }
    }

    /// <summary>Puts this request over another: what is open here is taken from there.</summary>
    /// <param name="lower">The other.</param>
    public RunRequest Over(RunRequest lower)
    {
        ArgumentNullException.ThrowIfNull(lower);
        return new RunRequest
        {
            Algorithm = Algorithm ?? lower.Algorithm,
            Environment = Environment ?? lower.Environment,
            EnvironmentAssembly = EnvironmentAssembly ?? lower.EnvironmentAssembly,
            Seed = Seed ?? lower.Seed,
            Device = Device ?? lower.Device,
            Threads = Threads ?? lower.Threads,
            LogEvery = LogEvery ?? lower.LogEvery,
            CheckpointEvery = CheckpointEvery ?? lower.CheckpointEvery,
            KeepCheckpoints = KeepCheckpoints ?? lower.KeepCheckpoints,
            EvaluateEvery = EvaluateEvery ?? lower.EvaluateEvery,
            EvaluateEpisodes = EvaluateEpisodes ?? lower.EvaluateEpisodes,
            Options = [.. lower.Options, .. Options],
        };
    }

    /// <summary>
    /// Makes sure that a request to go on with a run asks for no other run: algorithm, environment, seed and options may be repeated but not changed,
    /// save for the total of steps.
    /// </summary>
    /// <param name="saved">What the run's config.json says.</param>
    /// <param name="algorithms">The algorithms there are.</param>
    /// <exception cref="UserErrorException">Something differs; all of it is told.</exception>
    public void CheckSameRun(RunRequest saved, IReadOnlyList<AlgorithmDescriptor> algorithms)
    {
        ArgumentNullException.ThrowIfNull(saved);
        var problems = new List<string>();
        CheckSame("algorithm", saved.Algorithm, Algorithm, problems);
        CheckSame("environment", saved.Environment, Environment, problems);
        CheckSame("environment_assembly", FullPath(saved.EnvironmentAssembly), FullPath(EnvironmentAssembly), problems);
        CheckSame("seed", saved.Seed?.ToString(), Seed?.ToString(), problems);
        AlgorithmDescriptor? algorithm = algorithms.FirstOrDefault(a => a.Name == saved.Algorithm);
        if (algorithm is not null)
        {
            IAlgorithmOptions before = OptionBinder.Bind(ResolvedRun.DefaultOptions(algorithm, saved), saved.Options, algorithm.Name, new List<string>());
            IAlgorithmOptions after = OptionBinder.Bind(before, Options, algorithm.Name, problems);
            JsonObject afterJson = OptionBinder.ToJson(after);
            foreach ((string name, JsonNode? value) in OptionBinder.ToJson(before))
            {
                if (name != "total_steps") CheckSame(name, Text(value), Text(afterJson[name]), problems);
            }
        }

        if (problems.Count > 0) throw new UserErrorException(problems);
    }

    /// <summary>A path made independent of the present folder.</summary>
    internal static string? FullPath(string? path) => string.IsNullOrEmpty(path) ? null : Path.GetFullPath(path);

    private static string Text(JsonNode? value) => value?.ToJsonString() ?? "none";

    private static void CheckSame(string name, string? saved, string? given, List<string> problems)
    {
        if (given is not null && given != saved)
            problems.Add($"The run to resume has {name} {saved}; {given} was given. A resumed run goes on with what it was started with: leave {name} out, or start a new run. Only the total of steps, device, threads and the intervals of logging, checkpoints and scores may change.");
    }

    private static RunRequest Parse(string path, JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object) throw new UserErrorException($"{path} is not a JSON object. Write it in the form of a run's config.json.");
        var problems = new List<string>();
        foreach (JsonProperty unknown in root.EnumerateObject().Where(p => !Keys.Contains(p.Name)))
            problems.Add($"{path} has '{unknown.Name}', which is no part of a run.{NearestChoice.Hint(unknown.Name, Keys)} Options of the algorithm go under 'options'.");
        var fields = new Fields(path, root, problems);
        var request = new RunRequest
        {
            Algorithm = fields.Text("algorithm"),
            Environment = fields.Text("environment"),
            EnvironmentAssembly = fields.Text("environment_assembly"),
            Seed = fields.Number("seed", (JsonElement e, out ulong n) => e.TryGetUInt64(out n)),
            Device = fields.Text("device"),
            Threads = fields.Number("threads", (JsonElement e, out int n) => e.TryGetInt32(out n)),
            LogEvery = fields.Number("log_every", (JsonElement e, out long n) => e.TryGetInt64(out n)),
            CheckpointEvery = fields.Number("checkpoint_every", (JsonElement e, out long n) => e.TryGetInt64(out n)),
            KeepCheckpoints = fields.Number("keep_checkpoints", (JsonElement e, out int n) => e.TryGetInt32(out n)),
            EvaluateEvery = fields.Number("evaluate_every", (JsonElement e, out long n) => e.TryGetInt64(out n)),
            EvaluateEpisodes = fields.Number("evaluate_episodes", (JsonElement e, out int n) => e.TryGetInt32(out n)),
            Options = fields.Options(),
        };
        return problems.Count == 0 ? request : throw new UserErrorException(problems);
    }

    private delegate bool TryGet<T>(JsonElement element, out T number);

    private sealed record Fields(string Path, JsonElement Root, List<string> Problems)
    {
        public string? Text(string name)
        {
            if (!Find(name, out JsonElement value)) return null;
            if (value.ValueKind == JsonValueKind.String) return value.GetString();
            Problems.Add($"{Path} has {value.GetRawText()} as {name}; text is expected.");
            return null;
        }

        public T? Number<T>(string name, TryGet<T> tryGet)
            where T : struct
        {
            if (!Find(name, out JsonElement value)) return null;
            if (value.ValueKind == JsonValueKind.Number && tryGet(value, out T number)) return number;
            Problems.Add($"{Path} has {value.GetRawText()} as {name}; a whole number is expected.");
            return null;
        }

        public List<KeyValuePair<string, string>> Options()
        {
            var options = new List<KeyValuePair<string, string>>();
            if (!Find("options", out JsonElement value)) return options;
            if (value.ValueKind != JsonValueKind.Object)
            {
                Problems.Add($"{Path} has {value.ValueKind} as options; an object is expected.");
                return options;
            }

            foreach (JsonProperty option in value.EnumerateObject())
            {
                if (OptionBinder.Written(option.Value) is string text) options.Add(new KeyValuePair<string, string>(option.Name, text));
                else Problems.Add($"{Path} has {option.Value.GetRawText()} as the option {option.Name}; a number, text, true, false, null or a list of numbers is expected.");
            }

            return options;
        }

        private bool Find(string name, out JsonElement value) => Root.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
    }
}
