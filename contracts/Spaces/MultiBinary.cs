using System;

namespace Pipeline.Contracts.Spaces;

/// <summary>n independent yes-or-no choices, written 1 and 0.</summary>
public sealed class MultiBinary : Space
{
    /// <summary>Makes the space of <paramref name="n"/> bits.</summary>
    /// <param name="n">How many; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="n"/> is below 1.</exception>
    public MultiBinary(int n)
    {
        if (n < 1) throw new ArgumentOutOfRangeException(nameof(n), n, "A MultiBinary space has at least 1 bit.");
        N = n;
    }

    /// <summary>How many bits there are.</summary>
    public int N { get; }

    /// <inheritdoc/>
    public override int Size => N;

    /// <inheritdoc/>
    public override bool Contains(ReadOnlySpan<float> value)
    {
        if (value.Length != N) return false;
        foreach (float bit in value)
        {
            if (bit != 0 && bit != 1) return false;
        }

        return true;
    }

    /// <inheritdoc/>
    public override void Sample(RandomGenerator random, Span<float> destination)
    {
        if (random is null) throw new ArgumentNullException(nameof(random));
        for (int i = 0; i < N; i++)
            destination[i] = random.NextInt32(2);
    }

    /// <inheritdoc/>
    public override bool Equals(Space? other) => other is MultiBinary binary && binary.N == N;

    /// <inheritdoc/>
    public override string ToString() => $"MultiBinary({N})";
}
