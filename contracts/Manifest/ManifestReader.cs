using System;
using System.Collections.Generic;
using System.Linq;
using Newtonsoft.Json;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Contracts.Manifest;

/// <summary>Reads a manifest field by field from untrusted text, without reflection.</summary>
internal static class ManifestReader
{
    private const int MaximumCharacters = 1 << 24;
    private const int MaximumTensors = 4096;

    internal static PolicyManifest Read(string json, string source)
    {
        var fields = new JsonFields();
        JsonObject? root = fields.Object(ParseText(json, source), "the manifest");
        if (root is null) throw new ManifestException(source, fields.Problems);
        string version = fields.String(root.Get("schema_version"), "schema_version", "a version such as " + PolicyManifest.CurrentSchemaVersion);
        if (fields.Problems.Count > 0) throw new ManifestException(source, fields.Problems);
        // The fields of another major version mean other things, so nothing is said about them.
        if (version.Split('.')[0] != ManifestRules.Major) throw new ManifestException(source, new[] { ManifestRules.VersionProblem(version) });
        if (root.Get(PolicyManifest.ProfileField) is object profile) throw new ManifestException(source, new[] { ManifestRules.ProfileProblem(JsonFields.Describe(profile)) });

        Space? observations = SpaceJson.Read(root.Get("observation_space"), "observation_space", fields, inDict: false);
        Space? actions = SpaceJson.Read(root.Get("action_space"), "action_space", fields, inDict: false);
        TensorSpec[] inputs = Tensors(root.Get("inputs"), "inputs", fields);
        TensorSpec[] outputs = Tensors(root.Get("outputs"), "outputs", fields);
        JsonObject? versions = fields.Object(root.Get("versions"), "versions");
        var manifest = new PolicyManifest(observations ?? new Discrete(1), actions ?? new Discrete(1), inputs, outputs)
        {
            SchemaVersion = version,
            Algorithm = fields.String(root.Get("algorithm"), "algorithm"),
            Environment = fields.String(root.Get("environment"), "environment"),
            Seed = fields.Unsigned(root.Get("seed"), "seed"),
            Steps = fields.Integer(root.Get("steps"), "steps", 0, long.MaxValue),
            Score = IsNull(root.Get("score")) ? null : fields.Number(root.Get("score"), "score", "a finite number or null"),
            Recurrent = States(root.Get("recurrent"), fields),
            NormalizesObservations = fields.Boolean(root.Get("normalizes_observations"), "normalizes_observations"),
            RescalesActions = fields.Boolean(root.Get("rescales_actions"), "rescales_actions"),
            Opset = (int)fields.Integer(root.Get("opset"), "opset", 7, 25),
            Parity = IsNull(root.Get("parity")) ? null : Parity(root.Get("parity"), fields),
            PipelineVersion = Version(versions, "pipeline", fields),
            OnnxRuntimeVersion = Version(versions, "onnxruntime", fields),
        };
        if (fields.Problems.Count > 0) throw new ManifestException(source, fields.Problems);
        return manifest;
    }

    private static object ParseText(string json, string source)
    {
        if (json.Length > MaximumCharacters)
            throw new ManifestException(source, new[] { new ManifestProblem("the manifest", $"{json.Length} characters", $"at most {MaximumCharacters}") });
        try
        {
            return JsonText.Read(json);
        }
        catch (JsonException exception)
        {
            throw new ManifestException(source, new[] { new ManifestProblem("the manifest", "text that is not JSON: " + ManifestRules.Shorten(exception.Message), "one JSON object", "Export the policy again.") });
        }
    }

    private static TensorSpec[] Tensors(object? token, string field, JsonFields fields)
    {
        var specs = new List<TensorSpec>();
        if (fields.Array(token, field, MaximumTensors) is not JsonList list) return specs.ToArray();
        for (int i = 0; i < list.Count; i++)
        {
            string at = $"{field}[{i}]";
            if (fields.Object(list[i], at) is not JsonObject value) continue;
            string name = fields.String(value.Get("name"), at + ".name");
            TensorElement element = fields.Word(value.Get("dtype"), at + ".dtype", Names.Elements);
            TensorRole role = fields.Word(value.Get("role"), at + ".role", Names.Roles);
            NoiseKind noise = role == TensorRole.Noise ? fields.Word(value.Get("noise"), at + ".noise", Names.Noises) : NoiseKind.None;
            if (Shape(value.Get("shape"), at + ".shape", fields) is int[] shape) specs.Add(new TensorSpec(name, element, shape, role, noise));
        }

        return specs.ToArray();
    }

    private static int[]? Shape(object? token, string field, JsonFields fields)
    {
        if (fields.Array(token, field, 16) is not JsonList axes) return null;
        int before = fields.Faults;
        int[] shape = new int[axes.Count];
        double size = 1;
        for (int i = 0; i < shape.Length; i++)
        {
            shape[i] = Axis(axes[i], $"{field}[{i}]", fields);
            if (shape[i] != TensorSpec.Batch) size *= shape[i];
        }

        if (size > SpaceJson.MaximumSize) fields.Add(field, $"{size} elements for a row", $"at most {SpaceJson.MaximumSize}");
        return fields.Faults == before ? shape : null;
    }

    private static int Axis(object axis, string field, JsonFields fields)
    {
        if (axis is "batch") return TensorSpec.Batch;
        if (axis is long length && length >= 1 && length <= SpaceJson.MaximumSize) return (int)length;
        fields.Add(field, JsonFields.Describe(axis), $"\"batch\" or a whole number from 1 to {SpaceJson.MaximumSize}");
        return 1;
    }

    private static StateSpec[] States(object? token, JsonFields fields)
    {
        var states = new List<StateSpec>();
        if (fields.Array(token, "recurrent", MaximumTensors) is not JsonList list) return states.ToArray();
        for (int i = 0; i < list.Count; i++)
        {
            string at = $"recurrent[{i}]";
            if (fields.Object(list[i], at) is not JsonObject value) continue;
            states.Add(new StateSpec(
                fields.String(value.Get("input"), at + ".input"),
                fields.String(value.Get("output"), at + ".output"),
                fields.Word(value.Get("reset"), at + ".reset", Names.Resets))
            {
                SampleOutput = value.Get("sample_output") is null ? null : fields.String(value.Get("sample_output"), at + ".sample_output"),
            });
        }

        return states.ToArray();
    }

    private static ParityCheck? Parity(object? token, JsonFields fields)
    {
        if (fields.Object(token, "parity") is not JsonObject value) return null;
        const string Allowed = "a finite number of at least 0";
        double error = fields.Number(value.Get("max_abs_error"), "parity.max_abs_error", Allowed);
        if (error < 0) fields.Add("parity.max_abs_error", JsonFields.Describe(value.Get("max_abs_error")), Allowed);
        JsonList batches = fields.Array(value.Get("batches"), "parity.batches", MaximumTensors) ?? new JsonList();
        return new ParityCheck(Math.Max(0, error), batches.Select((n, i) => (int)fields.Integer(n, $"parity.batches[{i}]", 1, int.MaxValue)).ToArray());
    }

    private static string Version(JsonObject? versions, string key, JsonFields fields) =>
        versions is null ? "" : versions.Get(key) is "" ? "" : fields.String(versions.Get(key), "versions." + key);

    private static bool IsNull(object? token) => token is DBNull;
}
