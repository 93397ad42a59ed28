using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Microsoft.ML.OnnxRuntime;
using Pipeline.Contracts.Manifest;
using Pipeline.Runtime.Execution;
using Pipeline.Runtime.Onnx;

namespace Pipeline.Runtime;

/// <summary>From a file to a policy: read, look at, check, cut, compile, try.</summary>
internal static class PolicyLoader
{
    internal static PolicyModel Load(string path, PolicyOptions options, CancellationToken cancellation)
    {
        if (path is null) throw new ArgumentNullException(nameof(path));
        CheckOptions(options);
        return Create(ReadFile(path, options, cancellation), path, options, cancellation);
    }

    internal static PolicyModel Load(Stream stream, string name, PolicyOptions options, CancellationToken cancellation)
    {
        if (stream is null) throw new ArgumentNullException(nameof(stream));
        if (name is null) throw new ArgumentNullException(nameof(name));
        CheckOptions(options);
        return Create(ReadStream(stream, name, options, cancellation), name, options, cancellation);
    }

    internal static PolicyModel Load(byte[] model, string name, PolicyOptions options, CancellationToken cancellation)
    {
        if (model is null) throw new ArgumentNullException(nameof(model));
        if (name is null) throw new ArgumentNullException(nameof(name));
        CheckOptions(options);
        if (model.Length > options.MaximumFileBytes) throw TooLarge(name, $"{model.Length} bytes", options);
        Startup.Begin();
        return Create(model, name, options, cancellation);
    }

    private static PolicyModel Create(byte[] bytes, string file, PolicyOptions options, CancellationToken cancellation)
    {
        OnnxModel model = OnnxModel.Read(bytes, file, options);
        if (model.Problems.Count > 0) throw Refused(model, file);
        PolicyManifest manifest = ReadManifest(model, file);
        IReadOnlyList<ManifestProblem> problems = GraphRules.Check(model, manifest);
        if (problems.Count > 0) throw new PolicyLoadException(file, problems);
        DeviceChoice device = Devices.Choose(options, file);
        GraphRunner? act = null;
        GraphRunner? sample = null;
        try
        {
            cancellation.ThrowIfCancellationRequested();
            act = Compile(model, manifest, TensorRole.Action, device.Device, options, file, out Layout layout);
            cancellation.ThrowIfCancellationRequested();
            if (options.Sampling && manifest.Outputs.Any(output => output.Role == TensorRole.ActionSample))
                sample = Compile(model, manifest, TensorRole.ActionSample, device.Device, options, file, out _);
            cancellation.ThrowIfCancellationRequested();
            var loaded = new PolicyModel(manifest, device, act, sample, layout.StateSize, FileDigest.Of(bytes));
            Try(loaded, options.WarmUpRows, file);
            cancellation.ThrowIfCancellationRequested();
            return loaded;
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
        if (action == TensorRole.Action && layout.Noises.FirstOrDefault() is Part noise)
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
    private static void Try(PolicyModel model, int rows, string file) => Guard(file, () =>
    {
        model.WarmUp(2, callers: 1);
        model.WarmUp(1, callers: 1);
        if (rows > 2) model.WarmUp(rows, callers: 1);
    });

    /// <summary>Runs a new model; what ONNX Runtime throws is a fault of the file.</summary>
    internal static void Guard(string file, Action run)
    {
        try
        {
            run();
        }
        catch (OnnxRuntimeException exception)
        {
            throw Sessions.Refused(file, exception);
        }
    }

    private static ManifestProblem NoManifest => new(
        "metadata_props", $"no {PolicyManifest.MetadataKey}", "a model with a policy's manifest", "Use a file that Pipeline exported; other ONNX models do not say what they observe and answer.");

    // A file for another host has another graph too: that it is one says more than what is in it.
    private static PolicyLoadException Refused(OnnxModel model, string file)
    {
        if (model.Manifest is null) return new PolicyLoadException(file, model.Problems.Prepend(NoManifest).ToArray());
        try
        {
            PolicyManifest.Parse(model.Manifest, file);
        }
        catch (ManifestException exception) when (exception.Problems.Any(problem => problem.Field == PolicyManifest.ProfileField))
        {
            return new PolicyLoadException(file, exception.Problems, exception);
        }
        catch (ManifestException)
        {
            // What is wrong with the graph comes first.
        }

        return new PolicyLoadException(file, model.Problems);
    }

    private static PolicyManifest ReadManifest(OnnxModel model, string file)
    {
        if (model.Manifest is null) throw new PolicyLoadException(file, new[] { NoManifest });
        try
        {
            return PolicyManifest.Parse(model.Manifest, file);
        }
        catch (ManifestException exception)
        {
            throw new PolicyLoadException(file, exception.Problems, exception);
        }
    }

    internal static byte[] ReadFile(string path, PolicyOptions options, CancellationToken cancellation)
    {
        try
        {
            // Opening a pipe would wait for whoever writes to it; like a device, it has no length.
            if (new FileInfo(path).Length == 0) throw new EndOfStreamException("it has no bytes, or no length");
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            return ReadStream(stream, path, options, cancellation);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw Unreadable(path, exception);
        }
    }

    /// <summary>The rest of a stream, which need not know its length.</summary>
    private static byte[] ReadStream(Stream stream, string name, PolicyOptions options, CancellationToken cancellation)
    {
        try
        {
            long expected = stream.CanSeek ? stream.Length - stream.Position : 0;
            if (expected > options.MaximumFileBytes) throw TooLarge(name, $"{expected} bytes", options);
            Startup.Begin();
            byte[] bytes = new byte[expected];
            int done = 0;
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                if (done == bytes.Length)
                {
                    int next = stream.ReadByte();
                    if (next < 0) return bytes;
                    if (done >= options.MaximumFileBytes) throw TooLarge(name, "more bytes", options);
                    Array.Resize(ref bytes, (int)Math.Min(Math.Max(1L << 16, bytes.Length * 2L), options.MaximumFileBytes));
                    bytes[done++] = (byte)next;
                }

                int read = stream.Read(bytes, done, Math.Min(bytes.Length - done, 1 << 20));
                if (read == 0) Array.Resize(ref bytes, done);
                done += read;
            }
        }
        catch (Exception exception) when (exception is IOException or NotSupportedException or ObjectDisposedException)
        {
            throw Unreadable(name, exception);
        }
    }

    private static PolicyLoadException Unreadable(string file, Exception exception) => new(
        file,
        new[] { new ManifestProblem("the file", $"one that cannot be read: {exception.Message}", "a readable .onnx file", "Check the path and the rights.") },
        exception);

    private static PolicyLoadException TooLarge(string file, string found, PolicyOptions options) => new(
        file,
        new[] { new ManifestProblem("the file", found, $"at most {options.MaximumFileBytes}", "Raise PolicyOptions.MaximumFileBytes if the file is yours.") });

    private static void CheckOptions(PolicyOptions options)
    {
        IReadOnlyList<string> problems = options.Validate();
        if (problems.Count > 0) throw new ArgumentException(string.Join(" ", problems), nameof(options));
    }
}
