using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Security.Cryptography;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using Pipeline.Contracts.Manifest;
using Pipeline.Runtime;
using Pipeline.Training.Engine.Onnx.Messages;

namespace Pipeline.Training.Export.Profiles;

/// <summary>A file for another host, ready to be written.</summary>
/// <param name="Model">The ONNX file.</param>
/// <param name="Manifest">What it says about itself under <see cref="PolicyManifest.MetadataKey"/>: JSON.</param>
/// <param name="MaxDifference">The largest difference of an action from the native file's, in parts of the larger of 1 and the action.</param>
public sealed record ExportedHostPolicy(byte[] Model, string Manifest, double MaxDifference);

/// <summary>A policy cannot be written for a host.</summary>
public sealed class HostProfileException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="profile">The host's profile.</param>
    /// <param name="problems">Everything that is in the way; at least one.</param>
    public HostProfileException(HostProfile profile, IReadOnlyList<string> problems)
        : base($"The policy cannot be written for {profile.Host} (profile {profile.Name}). {string.Join(Environment.NewLine, problems)}") => Problems = problems;

    /// <summary>Everything that is in the way.</summary>
    public IReadOnlyList<string> Problems { get; }
}

/// <summary>
/// Makes files for other hosts of native ones, whose agreement with the training graph was checked when they were written. What a host's file computes is the native
/// graph, operator for operator, in the forms of the operator set asked for, with the host's inputs and outputs around it. Before it is given out it is read again from its
/// bytes by the host's rules, and its actions, as the host reads them, are compared with the native file's.
/// </summary>
public static class HostExport
{
    /// <summary>Makes the file.</summary>
    /// <param name="native">The native file's bytes.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <param name="profile">The host's profile; not the native one.</param>
    /// <param name="opset">The ONNX operator set; null for the profile's own.</param>
    /// <exception cref="PolicyLoadException">The native file is none, or is damaged.</exception>
    /// <exception cref="HostProfileException">The host cannot take the policy, or the operator set is not among the profile's.</exception>
    /// <exception cref="ParityException">The file does not act as the native one does.</exception>
    public static ExportedHostPolicy Make(byte[] native, string name, HostProfile profile, int? opset = null)
    {
        ArgumentNullException.ThrowIfNull(native);
        ArgumentNullException.ThrowIfNull(profile);
        IHostConvention convention = HostConventions.Of(profile) ?? throw new ArgumentException("A native file is what the others are made of.", nameof(profile));
        int set = opset ?? profile.DefaultOpset;
        if (profile.OpsetProblem(set) is string outside) throw new HostProfileException(profile, [outside]);
        PolicyManifest policy = Read(native, name);
        string[] problems = [.. convention.Problems(policy)];
        if (problems.Length > 0) throw new HostProfileException(profile, problems);

        (byte[] draft, IReadOnlyList<HostInput> inputs) = Write(native, policy, convention, set, null);
        Check(draft, convention);
        double difference = new HostParity(native, policy, draft, convention, inputs).Run();
        JObject manifest = Describe(native, policy, convention, set, difference);
        string json = Text(manifest);
        byte[] model = Write(native, policy, convention, set, json).Model;
        return new ExportedHostPolicy(model, json, difference);
    }

    private static PolicyManifest Read(byte[] native, string name)
    {
        using var policy = Policy.Load(native, name);
        return policy.Manifest;
    }

    private static (byte[] Model, IReadOnlyList<HostInput> Inputs) Write(byte[] native, PolicyManifest policy, IHostConvention convention, int opset, string? manifest)
    {
        HostGraph graph;
        try
        {
            graph = new HostGraph(Model.Parser.ParseFrom(native), opset);
        }
        catch (ArgumentException exception)
        {
            throw new HostProfileException(convention.Profile, [exception.Message]);
        }

        IReadOnlyList<HostInput> inputs = convention.Build(new NativeActor(graph, policy));
        return (graph.Finish(manifest is null ? [] : [new(PolicyManifest.MetadataKey, manifest)]), inputs);
    }

    private static void Check(byte[] model, IHostConvention convention)
    {
        IReadOnlyList<string> problems = HostFile.Read(model) is HostFile file ? convention.Check(file) : ["It is no ONNX model."];
        if (problems.Count > 0) throw new HostProfileException(convention.Profile, problems);
    }

    private static JObject Describe(byte[] native, PolicyManifest policy, IHostConvention convention, int opset, double difference) => new()
    {
        ["schema_version"] = PolicyManifest.CurrentSchemaVersion,
        [PolicyManifest.ProfileField] = convention.Profile.Name,
        ["algorithm"] = policy.Algorithm,
        ["environment"] = policy.Environment,
        ["seed"] = policy.Seed,
        ["steps"] = policy.Steps,
        ["score"] = policy.Score,
        ["observation_space"] = SpaceJson.Write(policy.ObservationSpace),
        ["action_space"] = SpaceJson.Write(policy.ActionSpace),
        ["mapping"] = convention.Mapping(policy),
        ["normalizes_observations"] = policy.NormalizesObservations,
        ["opset"] = opset,
        ["source"] = new JObject { ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(native)), ["opset"] = policy.Opset },
        ["parity"] = new JObject { ["max_difference"] = difference, ["batches"] = new JArray(HostParity.Batches) },
        ["versions"] = new JObject { ["pipeline"] = policy.PipelineVersion, ["onnxruntime"] = policy.OnnxRuntimeVersion },
    };

    private static string Text(JObject manifest)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        using var writer = new JsonTextWriter(text) { Formatting = Formatting.Indented };
        manifest.WriteTo(writer);
        return text.ToString();
    }
}
