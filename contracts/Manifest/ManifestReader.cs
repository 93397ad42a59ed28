using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Contracts.Manifest;

/// <summary>Reads a manifest field by field from untrusted text, without reflection.</summary>
internal static class ManifestReader
{
    private const int MaximumCharacters = 1 << 24;
    private const int MaximumDepth = 16;
    private const int MaximumTensors = 4096;

    internal static PolicyManifest Read(string json, string source)
    {
        var fields = new JsonFields();
        JObject? root = fields.Object(ParseText(json, source), "the manifest");
        if (root is null) throw new ManifestException(source, fields.Problems);
        string version = fields.String(root["schema_version"], "schema_version", "a version such as " + PolicyManifest.CurrentSchemaVersion);
        if (fields.Problems.Count > 0) throw new ManifestException(source, fields.Problems);
        // The fields of another major version mean other things, so nothing is said about them.
        if (version.Split('.')[0] != ManifestRules.Major) throw new ManifestException(source, new[] { ManifestRules.VersionProblem(version) });
        if (root[PolicyManifest.ProfileField] is JToken profile) throw new ManifestException(source, new[] { ManifestRules.ProfileProblem(JsonFields.Describe(profile)) });

        Space? observations = SpaceJson.Read(root["observation_space"], "observation_space", fields, inDict: false);
        Space? actions = SpaceJson.Read(root["action_space"], "action_space", fields, inDict: false);
        TensorSpec[] inputs = Tensors(root["inputs"], "inputs", fields);
        TensorSpec[] outputs = Tensors(root["outputs"], "outputs", fields);
        JObject? versions = fields.Object(root["versions"], "versions");
        var manifest = new PolicyManifest(observations ?? new Discrete(1), actions ?? new Discrete(1), inputs, outputs)
        {
            SchemaVersion = version,
            Algorithm = fields.String(root["algorithm"], "algorithm"),
            Environment = fields.String(root["environment"], "environment"),
            Seed = fields.Unsigned(root["seed"], "seed"),
            Steps = fields.Integer(root["steps"], "steps", 0, long.MaxValue),
            Score = IsNull(root["score"]) ? null : fields.Number(root["score"], "score", "a finite number or null"),
            Recurrent = States(root["recurrent"], fields),
            NormalizesObservations = fields.Boolean(root["normalizes_observations"], "normalizes_observations"),
            RescalesActions = fields.Boolean(root["rescales_actions"], "rescales_actions"),
            Opset = (int)fields.Integer(root["opset"], "opset", 7, 25),
            Parity = IsNull(root["parity"]) ? null : Parity(root["parity"], fields),
            PipelineVersion = Version(versions, "pipeline", fields),
            OnnxRuntimeVersion = Version(versions, "onnxruntime", fields),
        };
        if (fields.Problems.Count > 0) throw new ManifestException(source, fields.Problems);
        return manifest;
    }

    private static JToken ParseText(string json, string source)
    {
        if (json.Length > MaximumCharacters)
            throw new ManifestException(source, new[] { new ManifestProblem("the manifest", $"{json.Length} characters", $"at most {MaximumCharacters}") });
        try
        {
            using var text = new StringReader(json);
            using var reader = new JsonTextReader(text) { MaxDepth = MaximumDepth, DateParseHandling = DateParseHandling.None };
            var settings = new JsonLoadSettings { DuplicatePropertyNameHandling = DuplicatePropertyNameHandling.Error };
            JToken token = JToken.Load(reader, settings);
            if (reader.Read()) throw new JsonReaderException($"Something follows the manifest's end, in line {reader.LineNumber}.");
            return token;
        }
        catch (JsonException exception)
        {
            throw new ManifestException(source, new[] { new ManifestProblem("the manifest", "text that is not JSON: " + ManifestRules.Shorten(exception.Message), "one JSON object", "Export the policy again.") });
        }
    }

    private static TensorSpec[] Tensors(JToken? token, string field, JsonFields fields)
    {
        var specs = new List<TensorSpec>();
        if (fields.Array(token, field, MaximumTensors) is not JArray list) return specs.ToArray();
        for (int i = 0; i < list.Count; i++)
        {
            string at = $"{field}[{i}]";
            if (fields.Object(list[i], at) is not JObject value) continue;
            string name = fields.String(value["name"], at + ".name");
            TensorElement element = fields.Word(value["dtype"], at + ".dtype", Names.Elements);
            TensorRole role = fields.Word(value["role"], at + ".role", Names.Roles);
            NoiseKind noise = role == TensorRole.Noise ? fields.Word(value["noise"], at + ".noise", Names.Noises) : NoiseKind.None;
            if (Shape(value["shape"], at + ".shape", fields) is int[] shape) specs.Add(new TensorSpec(name, element, shape, role, noise));
        }

        return specs.ToArray();
    }

    private static int[]? Shape(JToken? token, string field, JsonFields fields)
    {
        if (fields.Array(token, field, 16) is not JArray axes) return null;
        int before = fields.Faults;
        int[] shape = axes.Select((axis, i) => Axis(axis, $"{field}[{i}]", fields)).ToArray();
        double size = shape.Where(n => n != TensorSpec.Batch).Aggregate(1.0, (product, n) => product * n);
        if (size > SpaceJson.MaximumSize) fields.Add(field, $"{size} elements for a row", $"at most {SpaceJson.MaximumSize}");
        return fields.Faults == before ? shape : null;
    }

    private static int Axis(JToken axis, string field, JsonFields fields)
    {
        if (axis is JValue { Value: "batch" }) return TensorSpec.Batch;
        if (axis is JValue { Value: long length } && length >= 1 && length <= SpaceJson.MaximumSize) return (int)length;
        fields.Add(field, JsonFields.Describe(axis), $"\"batch\" or a whole number from 1 to {SpaceJson.MaximumSize}");
        return 1;
    }

    private static StateSpec[] States(JToken? token, JsonFields fields)
    {
        var states = new List<StateSpec>();
        if (fields.Array(token, "recurrent", MaximumTensors) is not JArray list) return states.ToArray();
        for (int i = 0; i < list.Count; i++)
        {
            string at = $"recurrent[{i}]";
            if (fields.Object(list[i], at) is not JObject value) continue;
            states.Add(new StateSpec(
                fields.String(value["input"], at + ".input"),
                fields.String(value["output"], at + ".output"),
                fields.Word(value["reset"], at + ".reset", Names.Resets))
            {
                SampleOutput = value["sample_output"] is null ? null : fields.String(value["sample_output"], at + ".sample_output"),
            });
        }

        return states.ToArray();
    }

    private static ParityCheck? Parity(JToken? token, JsonFields fields)
    {
        if (fields.Object(token, "parity") is not JObject value) return null;
        const string Allowed = "a finite number of at least 0";
        double error = fields.Number(value["max_abs_error"], "parity.max_abs_error", Allowed);
        if (error < 0) fields.Add("parity.max_abs_error", JsonFields.Describe(value["max_abs_error"]), Allowed);
        JArray batches = fields.Array(value["batches"], "parity.batches", MaximumTensors) ?? new JArray();
        return new ParityCheck(Math.Max(0, error), batches.Select((n, i) => (int)fields.Integer(n, $"parity.batches[{i}]", 1, int.MaxValue)).ToArray());
    }

    private static string Version(JObject? versions, string key, JsonFields fields) =>
        versions is null ? "" : versions[key] is JValue { Value: "" } ? "" : fields.String(versions[key], "versions." + key);

    private static bool IsNull(JToken? token) => token is JValue { Type: JTokenType.Null };
}
