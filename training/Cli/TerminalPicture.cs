using System;
using System.Collections.Generic;
using System.Text;
using Pipeline.Training.Rendering;
using Pipeline.Training.Rendering.Raster;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Pipeline.Cli;

/// <summary>
/// A scene in a terminal, with lines of words below it. With colours a character is two pixels, one above the other (the half blocks of Unicode); without them, or
/// without Unicode, it is the sign of what it shows most of.
/// </summary>
internal sealed class TerminalPicture : Renderable
{
    // One for each ink.
    private const string Signs = " .%-=@#o+x";
    private readonly Scene _scene;
    private readonly IReadOnlyList<string> _status;
    private readonly int _mostRows;

    /// <summary>Makes the picture.</summary>
    /// <param name="scene">The scene.</param>
    /// <param name="status">The lines below.</param>
    /// <param name="mostRows">The most lines that it may take in all.</param>
    public TerminalPicture(Scene scene, IReadOnlyList<string> status, int mostRows) => (_scene, _status, _mostRows) = (scene, status, mostRows);

    /// <summary>How many lines it takes in a terminal of a width.</summary>
    public int RowsIn(int width) => SceneRows(ColumnsOf(width)) + _status.Count;

    protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        int columns = ColumnsOf(maxWidth);
        var grid = new CharacterGrid(_scene, columns, SceneRows(columns));
        bool coloured = options.ColorSystem != ColorSystem.NoColors && options.Unicode;
        for (int row = 0; row < grid.Rows; row++)
        {
            var runs = new List<(StringBuilder Text, Style Style)>();
            for (int column = 0; column < columns; column++)
            {
                (char letter, Style style) = coloured ? Coloured(grid, row, column) : (Plain(grid, row, column), Style.Plain);
                if (runs.Count == 0 || !runs[^1].Style.Equals(style)) runs.Add((new StringBuilder(), style));
                runs[^1].Text.Append(letter);
            }

            foreach ((StringBuilder text, Style style) in runs) yield return new Segment(text.ToString(), style);
            yield return Segment.LineBreak;
        }

        foreach (string words in _status)
        {
            // Padded, so that nothing of the frame before stays.
            yield return new Segment(words.Length > columns ? words[..columns] : words.PadRight(columns));
            yield return Segment.LineBreak;
        }
    }

    /// <summary>The last column stays free: some terminals begin a new line after it.</summary>
    private static int ColumnsOf(int width) => Math.Max(width - 1, 1);

    private int SceneRows(int columns) => Math.Clamp(CharacterGrid.RowsOf(_scene, columns), 1, Math.Max(_mostRows - _status.Count, 1));

    private static char Plain(CharacterGrid grid, int row, int column) =>
        grid.LetterAt(row, column) is { Letter: not '\0' } letter ? letter.Letter : Signs[(int)grid.WholeAt(row, column)];

    private static (char Letter, Style Style) Coloured(CharacterGrid grid, int row, int column)
    {
        (char letter, Ink ink) = grid.LetterAt(row, column);
        Ink upper = grid.UpperAt(row, column), lower = grid.LowerAt(row, column);
        if (letter != '\0') return (letter, new Style(lower == Ink.None ? ColourOf(ink) : new Color(255, 255, 255), ColourOf(lower)));
        if (upper == lower) return (upper == Ink.None ? ' ' : '█', new Style(ColourOf(upper)));
        return upper == Ink.None ? ('▄', new Style(ColourOf(lower))) : ('▀', new Style(ColourOf(upper), ColourOf(lower)));
    }

    private static Color ColourOf(Ink ink)
    {
        if (ink == Ink.None) return Color.Default;
        Rgb colour = Theme.Terminal[ink];
        return new Color(colour.Red, colour.Green, colour.Blue);
    }
}
