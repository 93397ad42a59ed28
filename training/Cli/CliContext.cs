using System;
using System.Collections.Generic;
using System.IO;
using Pipeline.Training.Environments;
using Pipeline.Training.Loop;

namespace Pipeline.Cli;

/// <summary>What the command line is made from, so that tests can give it parts of their own.</summary>
internal sealed record CliContext
{
    public required IReadOnlyList<AlgorithmDescriptor> Algorithms { get; init; }

    public required Func<EnvironmentRegistry> Environments { get; init; }

    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>The words of the command, for reports that say how they were made.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Whether a person watches a terminal: only then is there a live display.</summary>
    public bool Interactive { get; init; }

    /// <summary>The environments there are, those of a user's assembly included.</summary>
    public EnvironmentRegistry LoadEnvironments(string? assembly)
    {
        EnvironmentRegistry registry = Environments();
        if (string.IsNullOrEmpty(assembly)) return registry;
        if (!File.Exists(assembly)) throw new UserErrorException($"There is no assembly {assembly}.{NearestFile.Hint(assembly)}");
        registry.LoadAssembly(assembly);
        return registry;
    }

    public IVectorEnvironment Make(string name, string? assembly, int count) => LoadEnvironments(assembly).MakeVector(name, count);
}
