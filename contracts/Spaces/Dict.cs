using System;
using System.Collections.Generic;
using System.Linq;

namespace Pipeline.Contracts.Spaces;

/// <summary>
/// Named spaces side by side, in a fixed order. Entries are not themselves dictionaries. As an action space it is a hybrid action: several parts of
/// different kinds chosen together.
/// </summary>
public sealed class Dict : Space
{
    private readonly KeyValuePair<string, Space>[] _entries;

    /// <summary>Makes the space of these entries; a value is their values one after the other.</summary>
    /// <param name="entries">Name and space of each, in the order in which their values stand in a row.</param>
    /// <exception cref="ArgumentException">There is no entry, a name is empty or taken twice, or an entry is a Dict itself.</exception>
    public Dict(params (string Name, Space Space)[] entries)
    {
        if (entries is null) throw new ArgumentNullException(nameof(entries));
        if (entries.Length == 0) throw new ArgumentException("A Dict space has at least one entry.", nameof(entries));
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string name, Space space) in entries)
        {
            if (string.IsNullOrEmpty(name)) throw new ArgumentException("An entry of a Dict space has no name.", nameof(entries));
            if (!names.Add(name)) throw new ArgumentException($"The Dict space has two entries named '{name}'.", nameof(entries));
            if (space is null) throw new ArgumentException($"The entry '{name}' of a Dict space is null.", nameof(entries));
            if (space is Dict) throw new ArgumentException($"The entry '{name}' is itself a Dict. Put its entries into the outer one under names of their own.", nameof(entries));
        }

        Size = entries.Sum(e => e.Space.Size);
        MaskSize = (int)Math.Min(entries.Sum(e => (long)e.Space.MaskSize), int.MaxValue);
        _entries = entries.Select(e => new KeyValuePair<string, Space>(e.Name, e.Space)).ToArray();
    }

    /// <summary>The entries, in order.</summary>
    public IReadOnlyList<KeyValuePair<string, Space>> Entries => _entries;

    /// <inheritdoc/>
    public override int Size { get; }

    /// <summary>Number of entries in an action mask: the sum of those of its entries, whose masks stand one after the other.</summary>
    public override int MaskSize { get; }

    /// <summary>Where an entry's value begins in a row.</summary>
    /// <param name="name">The entry's name.</param>
    /// <returns>0 … <see cref="Size"/> − 1; the value has as many floats as the entry's space says.</returns>
    /// <exception cref="ArgumentException">There is no such entry.</exception>
    public int OffsetOf(string name) => Before(name).Sum(e => e.Value.Size);

    /// <summary>Where an entry's mask begins in a mask of the whole.</summary>
    /// <param name="name">The entry's name.</param>
    /// <returns>0 … <see cref="MaskSize"/>; the mask has as many entries as the entry's space says, which may be none.</returns>
    /// <exception cref="ArgumentException">There is no such entry.</exception>
    public int MaskOffsetOf(string name) => Before(name).Sum(e => e.Value.MaskSize);

    /// <inheritdoc/>
    public override bool Contains(ReadOnlySpan<float> value)
    {
        if (value.Length != Size) return false;
        foreach (KeyValuePair<string, Space> entry in _entries)
        {
            if (!entry.Value.Contains(value[..entry.Value.Size])) return false;
            value = value[entry.Value.Size..];
        }

        return true;
    }

    /// <inheritdoc/>
    public override void Sample(RandomGenerator random, Span<float> destination)
    {
        foreach (KeyValuePair<string, Space> entry in _entries)
        {
            entry.Value.Sample(random, destination[..entry.Value.Size]);
            destination = destination[entry.Value.Size..];
        }
    }

    /// <inheritdoc/>
    public override bool Equals(Space? other) => other is Dict dict && _entries.SequenceEqual(dict._entries);

    /// <inheritdoc/>
    public override string ToString() => "Dict(" + string.Join(", ", _entries.Select(e => $"{e.Key}: {e.Value}")) + ")";

    private IEnumerable<KeyValuePair<string, Space>> Before(string name)
    {
        int index = Array.FindIndex(_entries, e => e.Key == name);
        if (index < 0) throw new ArgumentException($"The Dict space has no entry '{name}'; it has {string.Join(", ", _entries.Select(e => e.Key))}.", nameof(name));
        return _entries.Take(index);
    }
}
