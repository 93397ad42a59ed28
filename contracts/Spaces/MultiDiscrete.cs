using System;
using System.Collections.Generic;
using System.Linq;

namespace Pipeline.Contracts.Spaces;

/// <summary>Several independent choices (branches), each one of its own number of options.</summary>
public sealed class MultiDiscrete : Space
{
    private readonly int[] _branches;

    /// <summary>Makes the space of these branches.</summary>
    /// <param name="branches">The number of options of each branch; at least one branch, each at least 1.</param>
    /// <exception cref="ArgumentException">There is no branch, or one has no option.</exception>
    public MultiDiscrete(params int[] branches)
    {
        if (branches is null) throw new ArgumentNullException(nameof(branches));
        if (branches.Length == 0 || branches.Any(n => n < 1 || n > 1 << 24))
            throw new ArgumentException($"The branches [{string.Join(", ", branches)}] are not a MultiDiscrete space: give at least one branch, each with 1 to {1 << 24} options.", nameof(branches));
        _branches = (int[])branches.Clone();
        MaskSize = (int)Math.Min(_branches.Sum(n => (long)n), int.MaxValue);
    }

    /// <summary>The number of options of each branch.</summary>
    public IReadOnlyList<int> Branches => _branches;

    /// <inheritdoc/>
    public override int Size => _branches.Length;

    /// <inheritdoc/>
    public override int MaskSize { get; }

    /// <inheritdoc/>
    public override bool Contains(ReadOnlySpan<float> value)
    {
        if (value.Length != Size) return false;
        for (int i = 0; i < value.Length; i++)
        {
            if (!IsIndex(value[i], _branches[i])) return false;
        }

        return true;
    }

    /// <inheritdoc/>
    public override void Sample(RandomGenerator random, Span<float> destination)
    {
        if (random is null) throw new ArgumentNullException(nameof(random));
        for (int i = 0; i < _branches.Length; i++)
            destination[i] = random.NextInt32(_branches[i]);
    }

    /// <inheritdoc/>
    public override bool Equals(Space? other) => other is MultiDiscrete multi && _branches.AsSpan().SequenceEqual(multi._branches);

    /// <inheritdoc/>
    public override string ToString() => $"MultiDiscrete([{string.Join(", ", _branches)}])";
}
