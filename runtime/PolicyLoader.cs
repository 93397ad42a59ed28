using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Microsoft.ML.OnnxRuntime;
using Pipeline.Contracts.Manifest;
using Pipeline.Runtime.Execution;
using Pipeline.Runtime.Onnx;

namespace Pipeline.Runtime;

/// <summary>From a file to a policy: read, look at, check, cut, compile, try.</summary>
internal static class PolicyLoader
{
    internal static Policy Load(string path, PolicyOptions options)
    {
        if (path is null) throw new ArgumentNullException(nameof(path));
        CheckOptions(options);
        return Create(ReadFile(path, options), path, options);
    }

    internal static Policy Load(byte[] model, string name, PolicyOptions options)
    {
        if (model is null) throw new ArgumentNullException(nameof(model));
        if (name is null) throw new ArgumentNullException(nameof(name));
        CheckOptions(options);
        if (model.Length > options.MaximumFileBytes) throw TooLarge(name, model.Length, options);
        return Create(model, name, options);
    }

    private static Policy Create(byte[] bytes, string file, PolicyOptions options)
    {
        OnnxModel model = OnnxModel.Read(bytes, file, options);
        PolicyManifest manifest = ReadManifest(model, file);
        IReadOnlyList<ManifestProblem> problems = GraphRules.Check(model, manifest);
        if (problems.Count > 0) throw new PolicyLoadException(file, problems);
        PolicyDevice device = Sessions.Choose(options, file);
        GraphRunner? act = null;
        GraphRunner? sample = null;
        try
        {
            act = Compile(model, manifest, TensorRole.Action, device, options, file, out Layout layout);
            if (options.Sampling && manifest.Outputs.Any(output => output.Role == TensorRole.ActionSample))
                sample = Compile(model, manifest, TensorRole.ActionSample, device, options, file, out _);
            var policy = new Policy(manifest, device, act, sample, layout.StateSize);
            Try(policy, file);
            return policy;
        }
        catch
        {
            act?.Dispose();
            sample?.Dispose();
            throw;
        }
    }

    private static GraphRunner Compile(OnnxModel model, PolicyManifest manifest, TensorRole action, PolicyDevice device, PolicyOptions options, string file, out Layout layout)
    {
        var outputs = new List<string> { manifest.Outputs.First(output => output.Role == action).Name };
        outputs.AddRange(manifest.Recurrent.Select(state => Layout.Carrier(state, action)));
        PrunedGraph graph = GraphPruner.Keep(model, outputs);
        layout = new Layout(manifest, new HashSet<string>(graph.Inputs.Select(input => input.Name), StringComparer.Ordinal), action);
        if (action == TensorRole.Action && layout.Noise is Part noise)
        {
            throw new PolicyLoadException(file, new[]
            {
                new ManifestProblem("graph.output[0]", $"an '{outputs[0]}' (or state) that depends on '{noise.Name}'", "a deterministic action, which does not", "Export the policy again, with the noise in the sampled action alone."),
            });
        }

        ShapeCheck.Check(graph, manifest, options, GraphRunner.MaximumRows(device == PolicyDevice.Cpu), file);
        return new GraphRunner(Sessions.Create(ModelWriter.Write(graph), device, options, file), layout, device == PolicyDevice.Cpu);
    }

    /// <summary>One row and two: a graph whose batch is fixed inside, or whose shapes do not work out, is found now and not in a frame.</summary>
    private static void Try(Policy policy, string file)
    {
        try
        {
            policy.WarmUp(2);
            policy.WarmUp(1);
        }
        catch (OnnxRuntimeException exception)
        {
            throw Sessions.Refused(file, exception);
        }
    }

    private static PolicyManifest ReadManifest(OnnxModel model, string file)
    {
        if (model.Manifest is null)
        {
            throw new PolicyLoadException(file, new[]
            {
                new ManifestProblem("metadata_props", $"no {PolicyManifest.MetadataKey}", "a model with a policy's manifest", "Use a file that Pipeline exported; other ONNX models do not say what they observe and answer."),
            });
        }

        try
        {
            return PolicyManifest.Parse(model.Manifest, file);
        }
        catch (ManifestException exception)
        {
            throw new PolicyLoadException(file, exception.Problems, exception);
        }
    }

    private static byte[] ReadFile(string path, PolicyOptions options)
    {
        try
        {
            // Opening a pipe would wait for whoever writes to it; like a device, it has no length.
            if (new FileInfo(path).Length == 0) throw new EndOfStreamException("it has no bytes, or no length");
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            if (stream.Length > options.MaximumFileBytes) throw TooLarge(path, stream.Length, options);
            byte[] bytes = new byte[stream.Length];
            int done = 0;
            while (done < bytes.Length)
            {
                int read = stream.Read(bytes, done, bytes.Length - done);
                if (read == 0) throw new EndOfStreamException($"the file ended after {done} of {bytes.Length} bytes");
                done += read;
            }

            return bytes;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new PolicyLoadException(
                path,
                new[] { new ManifestProblem("the file", $"one that cannot be read: {exception.Message}", "a readable .onnx file", "Check the path and the rights.") },
                exception);
        }
    }

    private static PolicyLoadException TooLarge(string file, long bytes, PolicyOptions options) => new(
        file,
        new[] { new ManifestProblem("the file", $"{bytes} bytes", $"at most {options.MaximumFileBytes}", "Raise PolicyOptions.MaximumFileBytes if the file is yours.") });

    private static void CheckOptions(PolicyOptions options)
    {
        IReadOnlyList<string> problems = options.Validate();
        if (problems.Count > 0) throw new ArgumentException(string.Join(" ", problems), nameof(options));
    }
}
