using System;
using System.Linq;

namespace Pipeline.Training.Rendering.Raster;

/// <summary>A scene in characters, each about twice as high as wide: two square pixels, one above the other, or a letter of the scene's words.</summary>
public sealed class CharacterGrid
{
    // Samples of a pixel from left to right and from above to below.
    private const int Grain = 4;

    // In pixels: one between two pixels still covers a third of both.
    private const double ThinnestLine = 0.7;
    private readonly InkRaster _raster;
    private readonly (char Letter, Ink Ink)[] _letters;

    /// <summary>Draws a scene, as large as fits and in the middle.</summary>
    /// <param name="scene">The scene.</param>
    /// <param name="columns">Characters in a row, at least 1.</param>
    /// <param name="rows">Rows of characters, at least 1.</param>
    public CharacterGrid(Scene scene, int columns, int rows)
    {
        ArgumentNullException.ThrowIfNull(scene);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        (Columns, Rows) = (columns, rows);
        _raster = new InkRaster(columns * Grain, 2 * rows * Grain, ThinnestLine * Grain, Grain);
        _letters = new (char, Ink)[columns * rows];
        var fit = new SceneFit(scene, 0, 0, _raster.Width, _raster.Height);
        _raster.Draw(scene, fit, withLabels: false);
        foreach (Label label in scene.Shapes.OfType<Label>()) Write(label, fit);
    }

    /// <summary>Characters in a row.</summary>
    public int Columns { get; }

    /// <summary>Rows of characters.</summary>
    public int Rows { get; }

    /// <summary>How many rows a scene fills at a width.</summary>
    /// <param name="scene">The scene.</param>
    /// <param name="columns">Characters in a row.</param>
    public static int RowsOf(Scene scene, int columns)
    {
        ArgumentNullException.ThrowIfNull(scene);
        return (int)Math.Min(Math.Ceiling(columns * scene.Height / scene.Width / 2), int.MaxValue);
    }

    /// <summary>The letter at a place, and its ink; '\0' where there is none.</summary>
    public (char Letter, Ink Ink) LetterAt(int row, int column) => _letters[(row * Columns) + column];

    /// <summary>The upper pixel of a character.</summary>
    public Ink UpperAt(int row, int column) => Most(2 * row, column, 1);

    /// <summary>The lower pixel of a character.</summary>
    public Ink LowerAt(int row, int column) => Most((2 * row) + 1, column, 1);

    /// <summary>What a character shows most of.</summary>
    public Ink WholeAt(int row, int column) => Most(2 * row, column, 2);

    /// <summary>What lies in front where it covers a third, so that thin lines stay; else the plane behind.</summary>
    private Ink Most(int row, int column, int height)
    {
        Span<int> counts = stackalloc int[(int)Ink.Danger + 1];
        for (int y = row * Grain; y < (row + height) * Grain; y++)
        {
            foreach (Ink ink in _raster.Samples.Slice((y * _raster.Width) + (column * Grain), Grain)) counts[(int)ink]++;
        }

        Ink front = Ink.Muted, behind = Ink.None;
        int covered = 0;
        for (Ink ink = Ink.None; ink <= Ink.Danger; ink++)
        {
            if (ink is Ink.None or Ink.Surface or Ink.Ground)
            {
                if (counts[(int)ink] > counts[(int)behind]) behind = ink;
                continue;
            }

            covered += counts[(int)ink];
            if (counts[(int)ink] > counts[(int)front]) front = ink;
        }

        return 3 * covered >= Grain * Grain * height ? front : behind;
    }

    private void Write(Label label, SceneFit fit)
    {
        Point middle = fit.Place((label.Place.X, label.Place.Y + (label.Height / 2)));
        int row = (int)Math.Floor(middle.Y / Grain / 2);
        int column = (int)Math.Floor(middle.X / Grain) - (label.IsCentred ? (label.Content.Length - 1) / 2 : 0);
        for (int i = 0; i < label.Content.Length; i++)
        {
            if (row >= 0 && row < Rows && column + i >= 0 && column + i < Columns) _letters[(row * Columns) + column + i] = (label.Content[i], label.Ink);
        }
    }
}
