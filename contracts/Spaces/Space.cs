using System;

namespace Pipeline.Contracts.Spaces;

/// <summary>
/// What observations or actions look like. At every boundary of the program a value of a space is a row of
/// <see cref="Size"/> 32-bit floats: a <see cref="Box"/> row-major, a <see cref="Discrete"/> as one whole number,
/// a <see cref="MultiDiscrete"/> as one whole number a branch, a <see cref="MultiBinary"/> as zeros and ones,
/// a <see cref="Dict"/> as its entries one after the other. Two spaces are equal when all their parts are.
/// </summary>
public abstract class Space : IEquatable<Space>
{
    private protected Space()
    {
    }

    /// <summary>Number of floats in one value.</summary>
    public abstract int Size { get; }

    /// <summary>
    /// Number of entries in an action mask for this space: n for <see cref="Discrete"/>, the sum of the branch sizes for
    /// <see cref="MultiDiscrete"/>, the sum of its entries' for <see cref="Dict"/>, 0 where masks have no meaning.
    /// </summary>
    public virtual int MaskSize => 0;

    /// <summary>Whether a row is a value of this space.</summary>
    /// <param name="value">The row; any length.</param>
    /// <returns>False for a wrong length, a number out of range, a fraction where a whole number belongs, or NaN.</returns>
    public abstract bool Contains(ReadOnlySpan<float> value);

    /// <summary>Draws a uniform value (for an unbounded side of a box: standard normal, shifted to the bound there is).</summary>
    /// <param name="random">Where the randomness comes from.</param>
    /// <param name="destination">Exactly <see cref="Size"/> floats.</param>
    public abstract void Sample(RandomGenerator random, Span<float> destination);

    /// <inheritdoc/>
    public abstract bool Equals(Space? other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Space other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(GetType(), Size);

    private protected static bool IsIndex(float value, int count) => value >= 0 && value < count && value == MathF.Floor(value);
}
