using System.Collections.Generic;
using System.Linq;
using Pipeline.Runtime;

namespace Pipeline.Training.Export.Profiles;

/// <summary>Whether a host can load a file.</summary>
/// <param name="Profile">The host's profile.</param>
/// <param name="Problems">Everything that keeps it from that; empty where it can.</param>
public sealed record HostVerdict(HostProfile Profile, IReadOnlyList<string> Problems)
{
    /// <summary>Whether the host can load the file.</summary>
    public bool Loads => Problems.Count == 0;
}

/// <summary>Tells which hosts can load an ONNX file, whoever wrote it, by rules that stand for their loaders. No host itself is run.</summary>
public static class HostConventions
{
    internal static IReadOnlyList<IHostConvention> All { get; } = [new MlAgentsConvention(), new GodotConvention(), new Sb3Convention()];

    /// <summary>The verdict of each host.</summary>
    /// <param name="model">The file's bytes.</param>
    /// <param name="name">What to call the file.</param>
    /// <returns>One for each of <see cref="HostProfile.All"/>, in that order.</returns>
    public static IReadOnlyList<HostVerdict> Judge(byte[] model, string name)
    {
        HostFile? file = HostFile.Read(model);
        return [new(HostProfile.Native, Native(model, name)), .. All.Select(c => new HostVerdict(c.Profile, file is null ? ["It is no ONNX model."] : c.Check(file)))];
    }

    internal static IHostConvention? Of(HostProfile profile) => All.FirstOrDefault(c => c.Profile == profile);

    private static IReadOnlyList<string> Native(byte[] model, string name)
    {
        try
        {
            using var policy = Policy.Load(model, name);
            return [];
        }
        catch (PolicyLoadException exception)
        {
            return [.. exception.Problems.Select(p => p.ToString())];
        }
    }
}
