using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using Pipeline.Runtime;

namespace Pipeline.Training.Evaluation;

/// <summary>A policy that is evaluated, and where it comes from.</summary>
/// <param name="Label">What it is called in tables: as short as tells it from the others.</param>
/// <param name="File">The .onnx file.</param>
/// <param name="Digest">The file's SHA-256, in hexadecimal.</param>
/// <param name="Policy">The policy.</param>
public sealed record EvaluatedPolicy(string Label, string File, string Digest, Policy Policy) : IDisposable
{
    /// <summary>Loads policies.</summary>
    /// <param name="files">The .onnx files.</param>
    /// <param name="options">How to run them.</param>
    /// <exception cref="PolicyLoadException">A file cannot be loaded.</exception>
    public static IReadOnlyList<EvaluatedPolicy> Load(IReadOnlyList<string> files, PolicyOptions options)
    {
        ArgumentNullException.ThrowIfNull(files);
        var loaded = new List<EvaluatedPolicy>();
        try
        {
            foreach ((string file, string label) in files.Zip(Labels(files)))
            {
                var policy = Policy.Load(file, options);
                loaded.Add(new EvaluatedPolicy(label, file, Convert.ToHexStringLower(SHA256.HashData(System.IO.File.ReadAllBytes(file))), policy));
            }

            return loaded;
        }
        catch
        {
            foreach (EvaluatedPolicy policy in loaded) policy.Dispose();
            throw;
        }
    }

    /// <summary>Ends the policy.</summary>
    public void Dispose() => Policy.Dispose();

    /// <summary>
    /// The file's name without its ending, or the folder's where the name is one that every run folder has; with as many folders before it
    /// as tell it from the others.
    /// </summary>
    internal static string[] Labels(IReadOnlyList<string> files)
    {
        string[][] parts = [.. files.Select(Parts)];
        string[] labels = [.. parts.Select(p => p[^1])];
        for (int depth = 2; labels.Distinct().Count() < labels.Length && depth <= parts.Max(p => p.Length); depth++)
            labels = [.. labels.Select((label, i) => labels.Count(other => other == label) > 1 ? string.Join('/', parts[i].TakeLast(depth)) : label)];
        return labels;
    }

    private static string[] Parts(string file)
    {
        string[] folders = [.. Path.GetFullPath(file).Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries)];
        string name = Path.GetFileNameWithoutExtension(file);
        return name == "policy" && folders.Length > 1 ? folders[..^1] : [.. folders[..^1], name];
    }
}
