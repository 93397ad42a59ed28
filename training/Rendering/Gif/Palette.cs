using System;
using System.Collections.Generic;
using System.Linq;

namespace Pipeline.Training.Rendering.Gif;

/// <summary>The at most 255 colours of a GIF: those that its pictures have most of, every other colour being the nearest of them.</summary>
internal sealed class Palette
{
    /// <summary>The number that leaves a pixel as the frame before has it.</summary>
    public const byte Unchanged = 255;

    private readonly Rgb[] _colours;
    private readonly Dictionary<Rgb, byte> _indices = [];

    /// <summary>Chooses colours.</summary>
    /// <param name="counts">How many pixels have each.</param>
    public Palette(IReadOnlyDictionary<Rgb, int> counts) =>
        _colours = [.. counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key.ToString(), StringComparer.Ordinal).Take(Unchanged).Select(c => c.Key)];

    /// <summary>The colours, at their numbers.</summary>
    public IReadOnlyList<Rgb> Colours => _colours;

    /// <summary>The numbers of the nearest colours.</summary>
    /// <param name="pixels">The colours.</param>
    /// <param name="indices">Receives a number for each.</param>
    public void IndicesOf(ReadOnlySpan<Rgb> pixels, Span<byte> indices)
    {
        for (int i = 0; i < pixels.Length; i++)
            indices[i] = i > 0 && pixels[i] == pixels[i - 1] ? indices[i - 1] : IndexOf(pixels[i]);
    }

    private byte IndexOf(Rgb colour)
    {
        if (_indices.TryGetValue(colour, out byte index)) return index;
        index = (byte)Enumerable.Range(0, _colours.Length).MinBy(i => Distance(_colours[i], colour));
        _indices.Add(colour, index);
        return index;
    }

    private static int Distance(Rgb first, Rgb second)
    {
        int red = first.Red - second.Red, green = first.Green - second.Green, blue = first.Blue - second.Blue;
        return (2 * red * red) + (4 * green * green) + (3 * blue * blue);
    }
}
