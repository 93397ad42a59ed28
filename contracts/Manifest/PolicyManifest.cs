using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Contracts.Manifest;

/// <summary>
/// What a policy file says about itself: spaces, inputs and outputs, where it comes from and how exactly it was checked.
/// It is JSON in the model's metadata under <see cref="MetadataKey"/>, and a readable copy beside the model. Two manifests are
/// equal when their JSON is. It carries no clock: the same run writes the same manifest.
/// </summary>
public sealed record PolicyManifest
{
    /// <summary>The key in the ONNX model's <c>metadata_props</c>.</summary>
    public const string MetadataKey = "pipeline.manifest";

    /// <summary>
    /// The field of a manifest that says for which other host a file was written, such as <c>ml-agents</c>. Such a manifest describes no native file and is not read here;
    /// a native one has no such field.
    /// </summary>
    public const string ProfileField = "profile";

    /// <summary>Version of the schema that this assembly writes. It reads every minor version of the same major one.</summary>
    public const string CurrentSchemaVersion = "1.0";

    private readonly TensorSpec[] _inputs;
    private readonly TensorSpec[] _outputs;
    private readonly StateSpec[] _recurrent = System.Array.Empty<StateSpec>();

    /// <summary>Makes a manifest; the rest is set with initialisers.</summary>
    /// <param name="observationSpace">What the policy observes.</param>
    /// <param name="actionSpace">What it answers with.</param>
    /// <param name="inputs">The graph's inputs.</param>
    /// <param name="outputs">The graph's outputs, the deterministic action first.</param>
    public PolicyManifest(Space observationSpace, Space actionSpace, IEnumerable<TensorSpec> inputs, IEnumerable<TensorSpec> outputs)
    {
        ObservationSpace = observationSpace ?? throw new ArgumentNullException(nameof(observationSpace));
        ActionSpace = actionSpace ?? throw new ArgumentNullException(nameof(actionSpace));
        _inputs = (inputs ?? throw new ArgumentNullException(nameof(inputs))).ToArray();
        _outputs = (outputs ?? throw new ArgumentNullException(nameof(outputs))).ToArray();
    }

    /// <summary>Version of the schema, major.minor.</summary>
    public string SchemaVersion { get; init; } = CurrentSchemaVersion;

    /// <summary>The algorithm's name on the command line, such as <c>ppo</c>.</summary>
    public string Algorithm { get; init; } = "";

    /// <summary>The environment's registered name.</summary>
    public string Environment { get; init; } = "";

    /// <summary>The run's seed.</summary>
    public ulong Seed { get; init; }

    /// <summary>Environment steps the policy was trained for.</summary>
    public long Steps { get; init; }

    /// <summary>Mean return when it was exported; null where none is known.</summary>
    public double? Score { get; init; }

    /// <summary>What the policy observes: raw observations, before any normalisation.</summary>
    public Space ObservationSpace { get; }

    /// <summary>What it answers with: actions as the environment takes them.</summary>
    public Space ActionSpace { get; }

    /// <summary>The graph's inputs.</summary>
    public IReadOnlyList<TensorSpec> Inputs => _inputs;

    /// <summary>The graph's outputs, the deterministic action first.</summary>
    public IReadOnlyList<TensorSpec> Outputs => _outputs;

    /// <summary>Pairs of outputs and inputs that carry recurrent state; empty for a policy without.</summary>
    public IReadOnlyList<StateSpec> Recurrent
    {
        get => _recurrent;
        init => _recurrent = (value ?? throw new ArgumentNullException(nameof(value))).ToArray();
    }

    /// <summary>Whether the graph normalises observations with statistics of its training.</summary>
    public bool NormalizesObservations { get; init; }

    /// <summary>Whether the graph scales actions from the policy's range to the environment's.</summary>
    public bool RescalesActions { get; init; }

    /// <summary>The ONNX operator set of the graph.</summary>
    public int Opset { get; init; } = 15;

    /// <summary>How closely the file agreed with the training graph; null before the check.</summary>
    public ParityCheck? Parity { get; init; }

    /// <summary>Version of Pipeline that wrote the file.</summary>
    public string PipelineVersion { get; init; } = "";

    /// <summary>Version of ONNX Runtime that it was checked with.</summary>
    public string OnnxRuntimeVersion { get; init; } = "";

    /// <summary>Reads a manifest. Fields it does not know are passed over; a missing, misspelt or wrong one is an error.</summary>
    /// <param name="json">The manifest's text.</param>
    /// <param name="source">What to call it in errors: a file's name.</param>
    /// <exception cref="ManifestException">The text is no JSON, its major version is unknown, or fields are wrong: all of them at once.</exception>
    public static PolicyManifest Parse(string json, string source)
    {
        if (json is null) throw new ArgumentNullException(nameof(json));
        if (source is null) throw new ArgumentNullException(nameof(source));
        PolicyManifest manifest = ManifestReader.Read(json, source);
        IReadOnlyList<ManifestProblem> problems = manifest.Validate();
        if (problems.Count > 0) throw new ManifestException(source, problems);
        return manifest;
    }

    /// <summary>All that does not fit together: names used twice, inputs that are not those of the spaces, a missing action.</summary>
    /// <returns>Empty when all is well.</returns>
    public IReadOnlyList<ManifestProblem> Validate() => ManifestRules.Check(this);

    /// <summary>Writes the manifest as indented JSON with <c>\n</c> line ends and always the same order of keys.</summary>
    /// <exception cref="ManifestException"><see cref="Validate"/> finds problems.</exception>
    public string ToJson()
    {
        IReadOnlyList<ManifestProblem> problems = Validate();
        if (problems.Count > 0) throw new ManifestException("the manifest to write", problems);
        using var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        using var writer = new JsonTextWriter(text) { Formatting = Formatting.Indented };
        ToToken().WriteTo(writer);
        return text.ToString();
    }

    /// <summary>Whether both write the same JSON.</summary>
    /// <param name="other">The other one.</param>
    public bool Equals(PolicyManifest? other) => other is not null && JToken.DeepEquals(ToToken(), other.ToToken());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Algorithm, Environment, Seed, Steps, _inputs.Length, _outputs.Length);

    private JObject ToToken() => new()
    {
        ["schema_version"] = SchemaVersion,
        ["algorithm"] = Algorithm,
        ["environment"] = Environment,
        ["seed"] = Seed,
        ["steps"] = Steps,
        ["score"] = Score,
        ["observation_space"] = SpaceJson.Write(ObservationSpace),
        ["action_space"] = SpaceJson.Write(ActionSpace),
        ["inputs"] = Array(_inputs.Select(Token)),
        ["outputs"] = Array(_outputs.Select(Token)),
        ["recurrent"] = Array(_recurrent.Select(Token)),
        ["normalizes_observations"] = NormalizesObservations,
        ["rescales_actions"] = RescalesActions,
        ["opset"] = Opset,
        ["parity"] = Parity is null
            ? JValue.CreateNull()
            : new JObject { ["max_abs_error"] = Parity.MaxAbsError, ["batches"] = Array(Parity.Batches.Select(n => new JValue(n))) },
        ["versions"] = new JObject { ["pipeline"] = PipelineVersion, ["onnxruntime"] = OnnxRuntimeVersion },
    };

    private static JObject Token(TensorSpec spec)
    {
        var token = new JObject
        {
            ["name"] = spec.Name,
            ["dtype"] = Names.Of(spec.Element),
            ["shape"] = Array(spec.Shape.Select(n => n == TensorSpec.Batch ? new JValue("batch") : new JValue(n))),
            ["role"] = Names.Of(spec.Role),
        };
        if (spec.Role == TensorRole.Noise) token["noise"] = Names.Of(spec.Noise);
        return token;
    }

    private static JObject Token(StateSpec state)
    {
        var token = new JObject { ["input"] = state.Input, ["output"] = state.Output, ["reset"] = Names.Of(state.Reset) };
        if (state.SampleOutput is not null) token["sample_output"] = state.SampleOutput;
        return token;
    }

    private static JArray Array(IEnumerable<JToken> items)
    {
        var array = new JArray();
        foreach (JToken item in items) array.Add(item);
        return array;
    }
}
