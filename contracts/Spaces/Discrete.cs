using System;

namespace Pipeline.Contracts.Spaces;

/// <summary>One of n choices, written 0 … n−1.</summary>
public sealed class Discrete : Space
{
    /// <summary>Makes the space of <paramref name="n"/> choices.</summary>
    /// <param name="n">How many; 1 to 16,777,216 (what a 32-bit float counts exactly).</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="n"/> is outside that range.</exception>
    public Discrete(int n)
    {
        if (n < 1 || n > 1 << 24)
            throw new ArgumentOutOfRangeException(nameof(n), n, $"A Discrete space has 1 to {1 << 24} choices.");
        N = n;
    }

    /// <summary>How many choices there are.</summary>
    public int N { get; }

    /// <inheritdoc/>
    public override int Size => 1;

    /// <inheritdoc/>
    public override int MaskSize => N;

    /// <inheritdoc/>
    public override bool Contains(ReadOnlySpan<float> value) => value.Length == 1 && IsIndex(value[0], N);

    /// <inheritdoc/>
    public override void Sample(RandomGenerator random, Span<float> destination)
    {
        if (random is null) throw new ArgumentNullException(nameof(random));
        destination[0] = random.NextInt32(N);
    }

    /// <inheritdoc/>
    public override bool Equals(Space? other) => other is Discrete discrete && discrete.N == N;

    /// <inheritdoc/>
    public override string ToString() => $"Discrete({N})";
}
