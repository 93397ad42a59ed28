using System;
using System.Collections.Generic;
using Newtonsoft.Json.Linq;
using Pipeline.Contracts.Manifest;

namespace Pipeline.Training.Export.Profiles;

/// <summary>How a policy is written for a host, and how that host reads what the file says.</summary>
internal interface IHostConvention
{
    /// <summary>The profile.</summary>
    HostProfile Profile { get; }

    /// <summary>What the host cannot take of a policy, each with the reason and what to do.</summary>
    /// <param name="policy">The native file's manifest.</param>
    IEnumerable<string> Problems(PolicyManifest policy);

    /// <summary>Gives the graph the host's inputs and outputs.</summary>
    /// <param name="actor">The policy in the graph.</param>
    /// <returns>The inputs.</returns>
    IReadOnlyList<HostInput> Build(NativeActor actor);

    /// <summary>What the file cannot say to the host: how it makes actions of the outputs.</summary>
    /// <param name="policy">The native file's manifest.</param>
    JObject Mapping(PolicyManifest policy);

    /// <summary>The deterministic action that the host makes of the outputs, as the environment takes it.</summary>
    /// <param name="policy">The native file's manifest.</param>
    /// <param name="outputs">The outputs of one row, by name.</param>
    /// <param name="action">Receives the row.</param>
    void Act(PolicyManifest policy, IReadOnlyDictionary<string, float[]> outputs, Span<float> action);

    /// <summary>Everything that keeps the host from loading a file.</summary>
    /// <param name="file">The file.</param>
    IReadOnlyList<string> Check(HostFile file);
}
