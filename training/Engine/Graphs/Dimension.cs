using System;
using System.Globalization;

namespace Pipeline.Training.Engine.Graphs;

/// <summary>The length of an axis: a number, or a number times a symbol whose value is known only when the graph runs.</summary>
/// <param name="Factor">The number.</param>
/// <param name="Symbol">The symbol, or null where the length is the number itself.</param>
public readonly record struct Dimension(long Factor, string? Symbol)
{
    /// <summary>The length of a batch that differs from run to run.</summary>
    public static Dimension Batch { get; } = new(1, "batch");

    /// <summary>Whether the length is known when the graph is built.</summary>
    public bool IsKnown => Symbol is null;

    /// <summary>Whether the length is known to be 1.</summary>
    public bool IsOne => Symbol is null && Factor == 1;

    /// <summary>The length.</summary>
    /// <exception cref="InvalidOperationException">The length is symbolic.</exception>
    public long Value => Symbol is null ? Factor : throw new InvalidOperationException($"The length '{this}' is known only when the graph runs. Build the graph with a number here.");

    /// <summary>A known length.</summary>
    /// <param name="length">The length.</param>
    public static implicit operator Dimension(int length) => new(length, null);

    /// <summary>A known length.</summary>
    /// <param name="length">The length.</param>
    public static implicit operator Dimension(long length) => new(length, null);

    /// <inheritdoc/>
    public override string ToString() =>
        Symbol is null ? Factor.ToString(CultureInfo.InvariantCulture) : Factor == 1 ? Symbol : $"{Factor}*{Symbol}";
}
