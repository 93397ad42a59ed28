using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Pipeline.Contracts.Spaces;

/// <summary>An array of real numbers, each between its own bounds; a bound may be infinite.</summary>
public sealed class Box : Space
{
    private readonly float[] _low;
    private readonly float[] _high;
    private readonly int[] _shape;

    /// <summary>Makes a box with the same bounds everywhere.</summary>
    /// <param name="low">The lower bound of every entry.</param>
    /// <param name="high">The upper bound of every entry.</param>
    /// <param name="shape">The lengths of the axes, each at least 1.</param>
    /// <exception cref="ArgumentException">A length is below 1, or a bound is NaN or above its upper bound.</exception>
    public Box(float low, float high, params int[] shape)
        : this(Filled(low, shape), Filled(high, shape), shape)
    {
    }

    /// <summary>Makes a one-axis box with bounds of its own for every entry.</summary>
    /// <param name="low">Lower bounds.</param>
    /// <param name="high">Upper bounds, as many.</param>
    /// <exception cref="ArgumentException">The lengths differ, or a bound is NaN or above its upper bound.</exception>
    public Box(float[] low, float[] high)
        : this(low, high, new[] { (low ?? throw new ArgumentNullException(nameof(low))).Length })
    {
    }

    /// <summary>Makes a box with bounds of its own for every entry.</summary>
    /// <param name="low">Lower bounds, row-major.</param>
    /// <param name="high">Upper bounds, row-major.</param>
    /// <param name="shape">The lengths of the axes, each at least 1.</param>
    /// <exception cref="ArgumentException">The lengths do not fit the shape, or a bound is NaN or above its upper bound.</exception>
    public Box(float[] low, float[] high, int[] shape)
    {
        if (low is null) throw new ArgumentNullException(nameof(low));
        if (high is null) throw new ArgumentNullException(nameof(high));
        int size = Count(shape);
        if (low.Length != size || high.Length != size)
            throw new ArgumentException($"The shape [{string.Join(", ", shape)}] has {size} entries, but there are {low.Length} lower and {high.Length} upper bounds.", nameof(low));
        for (int i = 0; i < size; i++)
        {
            if (!(low[i] <= high[i]))
                throw new ArgumentException($"Entry {i} has the lower bound {low[i]} and the upper bound {high[i]}. The lower must not be above the upper, and neither may be NaN.", nameof(low));
        }

        _low = (float[])low.Clone();
        _high = (float[])high.Clone();
        _shape = (int[])shape.Clone();
    }

    /// <summary>Lower bounds, row-major.</summary>
    public IReadOnlyList<float> Low => _low;

    /// <summary>Upper bounds, row-major.</summary>
    public IReadOnlyList<float> High => _high;

    /// <summary>The lengths of the axes.</summary>
    public IReadOnlyList<int> Shape => _shape;

    /// <summary>Whether all bounds are finite.</summary>
    public bool IsBounded => _low.Concat(_high).All(b => !float.IsInfinity(b));

    /// <inheritdoc/>
    public override int Size => _low.Length;

    /// <inheritdoc/>
    public override bool Contains(ReadOnlySpan<float> value)
    {
        if (value.Length != Size) return false;
        for (int i = 0; i < value.Length; i++)
        {
            if (!(value[i] >= _low[i] && value[i] <= _high[i])) return false;
        }

        return true;
    }

    /// <inheritdoc/>
    public override void Sample(RandomGenerator random, Span<float> destination)
    {
        if (random is null) throw new ArgumentNullException(nameof(random));
        for (int i = 0; i < _low.Length; i++)
        {
            bool below = !float.IsInfinity(_low[i]);
            bool above = !float.IsInfinity(_high[i]);
            if (below && above) destination[i] = (float)random.NextDouble(_low[i], _high[i]);
            else if (below) destination[i] = _low[i] + MathF.Abs((float)random.NextGaussian());
            else if (above) destination[i] = _high[i] - MathF.Abs((float)random.NextGaussian());
            else destination[i] = (float)random.NextGaussian();
        }
    }

    /// <inheritdoc/>
    public override bool Equals(Space? other) =>
        other is Box box && _shape.AsSpan().SequenceEqual(box._shape) && _low.AsSpan().SequenceEqual(box._low) && _high.AsSpan().SequenceEqual(box._high);

    /// <inheritdoc/>
    public override string ToString()
    {
        string low = Bounds(_low), high = Bounds(_high);
        return $"Box([{string.Join(", ", _shape)}], {low} to {high})";
    }

    private static string Bounds(float[] bounds) =>
        bounds.Distinct().Count() == 1
            ? bounds[0].ToString(CultureInfo.InvariantCulture)
            : "[" + string.Join(", ", bounds.Select(b => b.ToString(CultureInfo.InvariantCulture))) + "]";

    private static int Count(int[] shape)
    {
        if (shape is null) throw new ArgumentNullException(nameof(shape));
        int count = 1;
        foreach (int length in shape)
        {
            if (length < 1) throw new ArgumentException($"The shape [{string.Join(", ", shape)}] has an axis of length {length}; each needs at least 1.", nameof(shape));
            count = checked(count * length);
        }

        return count;
    }

    private static float[] Filled(float value, int[] shape)
    {
        float[] filled = new float[Count(shape)];
        Array.Fill(filled, value);
        return filled;
    }
}
