using System;
using System.IO;
using Pipeline.Training.Export;
using Pipeline.Training.Export.Profiles;
using Pipeline.Training.Files;

namespace Pipeline.Training.Loop;

/// <summary>An exported policy as files.</summary>
public static class PolicyFile
{
    /// <summary>Writes the model, and its readable manifest beside it with the ending .json.</summary>
    /// <param name="path">The .onnx file; its folder exists.</param>
    /// <param name="policy">The policy.</param>
    /// <exception cref="IOException">The disk is full or the folder is gone.</exception>
    public static void Write(string path, ExportedPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        Write(path, policy.Model, policy.Manifest.ToJson());
    }

    /// <summary>Writes a model for another host, and what it says about itself beside it with the ending .json.</summary>
    /// <param name="path">The .onnx file; its folder exists.</param>
    /// <param name="policy">The policy.</param>
    /// <exception cref="IOException">The disk is full or the folder is gone.</exception>
    public static void Write(string path, ExportedHostPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        Write(path, policy.Model, policy.Manifest);
    }

    private static void Write(string path, byte[] model, string manifest)
    {
        AtomicFile.Write(path, stream => stream.Write(model));
        AtomicFile.WriteText(Path.ChangeExtension(path, ".json"), manifest);
    }
}
