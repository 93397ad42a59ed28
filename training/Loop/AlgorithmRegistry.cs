using System.Collections.Generic;

namespace Pipeline.Training.Loop;

/// <summary>The algorithms that the command line offers.</summary>
public static class AlgorithmRegistry
{
    /// <summary>All of them, in the order in which they are listed. A new algorithm adds its descriptor here.</summary>
    public static IReadOnlyList<AlgorithmDescriptor> All { get; } =
    [
    ];
}
