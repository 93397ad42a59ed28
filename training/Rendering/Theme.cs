using System;

namespace Pipeline.Training.Rendering;

/// <summary>A colour, 0 to 255 each.</summary>
/// <param name="Red">Red.</param>
/// <param name="Green">Green.</param>
/// <param name="Blue">Blue.</param>
public readonly record struct Rgb(byte Red, byte Green, byte Blue)
{
    /// <summary>As it is written in pages: #rrggbb.</summary>
    public override string ToString() => $"#{Red:x2}{Green:x2}{Blue:x2}";
}

/// <summary>
/// The colours of inks. Those that tell things apart come from the palette of Okabe and Ito (Color universal design, 2008), adjusted for the background, so that they can be
/// told by those who see colours differently. Each stands out from its background and from planes at least 3 to 1 (the contrast of WCAG 2), save the planes themselves.
/// </summary>
public sealed class Theme
{
    private readonly Rgb[] _inks;

    private Theme(params uint[] colours) => _inks = Array.ConvertAll(colours, c => new Rgb((byte)(c >> 16), (byte)(c >> 8), (byte)c));

    /// <summary>For white pages.</summary>
    public static Theme Light { get; } = new(0xffffff, 0xe6edf3, 0xb7c4a3, 0x7a838d, 0x24292f, 0x0067a5, 0xb65c00, 0x8a4fa3, 0x00805c, 0xc02020);

    /// <summary>For dark pages.</summary>
    public static Theme Dark { get; } = new(0x0d1117, 0x232b36, 0x46543a, 0x8b949e, 0xe6edf3, 0x56b4e9, 0xe69f00, 0xcf9fe0, 0x2fbf8f, 0xff6b5e);

    /// <summary>For terminals, whose background nobody knows: colours of middling lightness, which stand out from black and from white at least 3 to 1, and from planes 2 to 1.</summary>
    public static Theme Terminal { get; } = new(0x808080, 0x3a424c, 0x5f6e44, 0x7a7f86, 0x8e9297, 0x2a8fd0, 0xd08400, 0xb070c8, 0x1fa679, 0xe04848);

    /// <summary>What lies behind everything.</summary>
    public Rgb Background => _inks[0];

    /// <summary>The colour of an ink; of none, the background's.</summary>
    /// <param name="ink">The ink.</param>
    public Rgb this[Ink ink] => _inks[(int)ink];
}
