using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;

namespace Pipeline.Training.Engine.Graphs;

/// <summary>The lengths of a tensor's axes, outermost first. No axis: a scalar. Immutable.</summary>
[CollectionBuilder(typeof(Shape), nameof(Create))]
public sealed class Shape : IReadOnlyList<Dimension>, IEquatable<Shape>
{
    private readonly Dimension[] _dimensions;

    private Shape(Dimension[] dimensions) => _dimensions = dimensions;

    /// <summary>The shape of a scalar.</summary>
    public static Shape Scalar { get; } = new([]);

    /// <summary>Number of axes.</summary>
    public int Rank => _dimensions.Length;

    int IReadOnlyCollection<Dimension>.Count => _dimensions.Length;

    /// <summary>Whether every length is known when the graph is built.</summary>
    public bool IsKnown => _dimensions.All(d => d.IsKnown);

    /// <summary>Number of elements.</summary>
    /// <exception cref="InvalidOperationException">A length is symbolic.</exception>
    public long ElementCount => _dimensions.Aggregate(1L, (product, d) => checked(product * d.Value));

    /// <summary>The length of an axis.</summary>
    /// <param name="axis">The axis; negative counts from the last.</param>
    public Dimension this[int axis] => _dimensions[axis < 0 ? axis + Rank : axis];

    /// <summary>Makes a shape.</summary>
    /// <param name="dimensions">The lengths, outermost first.</param>
    public static Shape Create(ReadOnlySpan<Dimension> dimensions) => dimensions.Length == 0 && Scalar is not null ? Scalar : new Shape(dimensions.ToArray());

    /// <summary>Makes a shape of known lengths.</summary>
    /// <param name="lengths">The lengths, outermost first.</param>
    public static Shape Of(IEnumerable<long> lengths) => new([.. lengths.Select(l => (Dimension)l)]);

    /// <summary>
    /// The shape that two shapes broadcast to: aligned at the last axis, an axis of length 1 (or missing) stretches to the other's length.
    /// </summary>
    /// <param name="a">One shape.</param>
    /// <param name="b">The other.</param>
    /// <exception cref="ArgumentException">Two lengths differ and neither is 1.</exception>
    public static Shape Broadcast(Shape a, Shape b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        if (a.Equals(b)) return a;
        int rank = Math.Max(a.Rank, b.Rank);
        var result = new Dimension[rank];
        for (int i = 0; i < rank; i++)
        {
            Dimension left = i < rank - a.Rank ? 1 : a._dimensions[i - (rank - a.Rank)];
            Dimension right = i < rank - b.Rank ? 1 : b._dimensions[i - (rank - b.Rank)];
            if (left != right && !left.IsOne && !right.IsOne)
                throw new ArgumentException($"Shapes {a} and {b} do not broadcast: axis {i - rank} has lengths {left} and {right}. They must be equal, or one of them 1.");
            result[i] = left.IsOne ? right : left;
        }

        return new Shape(result);
    }

    /// <summary>The axis as a number from 0, checked.</summary>
    /// <param name="axis">The axis; negative counts from the last.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such axis.</exception>
    public int Axis(int axis)
    {
        int positive = axis < 0 ? axis + Rank : axis;
        if (positive < 0 || positive >= Rank)
            throw new ArgumentOutOfRangeException(nameof(axis), axis, $"The shape {this} has {Rank} axes; allowed are {-Rank} to {Rank - 1}.");
        return positive;
    }

    /// <summary>This shape with one length replaced.</summary>
    /// <param name="axis">The axis; negative counts from the last.</param>
    /// <param name="length">Its new length.</param>
    public Shape With(int axis, Dimension length)
    {
        Dimension[] copy = [.. _dimensions];
        copy[Axis(axis)] = length;
        return new Shape(copy);
    }

    /// <summary>This shape without one axis.</summary>
    /// <param name="axis">The axis; negative counts from the last.</param>
    public Shape Without(int axis)
    {
        int removed = Axis(axis);
        return new Shape([.. _dimensions.Where((_, i) => i != removed)]);
    }

    /// <summary>This shape with an axis more.</summary>
    /// <param name="position">Where the new axis goes, 0 to <see cref="Rank"/>.</param>
    /// <param name="length">Its length.</param>
    public Shape Insert(int position, Dimension length) => new([.. _dimensions[..position], length, .. _dimensions[position..]]);

    /// <summary>The lengths with symbols replaced by numbers.</summary>
    /// <param name="valueOf">Gives a symbol's value.</param>
    public long[] Resolve(Func<string, long> valueOf)
    {
        ArgumentNullException.ThrowIfNull(valueOf);
        return [.. _dimensions.Select(d => d.Symbol is null ? d.Factor : d.Factor * valueOf(d.Symbol))];
    }

    /// <inheritdoc/>
    public bool Equals(Shape? other) => other is not null && _dimensions.AsSpan().SequenceEqual(other._dimensions);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Shape);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (Dimension d in _dimensions) hash.Add(d);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public IEnumerator<Dimension> GetEnumerator() => ((IEnumerable<Dimension>)_dimensions).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public override string ToString() => $"[{string.Join(", ", _dimensions)}]";
}
