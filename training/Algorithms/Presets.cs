using System;
using System.Collections.Generic;

namespace Pipeline.Training.Algorithms;

/// <summary>The shipped options of an algorithm by the names of environments.</summary>
/// <typeparam name="TOptions">The options.</typeparam>
internal sealed class Presets<TOptions> : Dictionary<string, TOptions>
    where TOptions : IAlgorithmOptions
{
    private readonly TOptions _otherwise;

    /// <summary>Makes an empty collection.</summary>
    /// <param name="otherwise">The options for every other environment.</param>
    public Presets(TOptions otherwise)
        : base(StringComparer.Ordinal) => _otherwise = otherwise;

    /// <summary>The options for an environment; settings after a question mark do not count.</summary>
    /// <param name="environment">The environment's name.</param>
    public TOptions For(string environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        return TryGetValue(environment.Split('?')[0], out TOptions? preset) ? preset : _otherwise;
    }
}
