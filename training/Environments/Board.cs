using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Rendering;

namespace Pipeline.Training.Environments;

/// <summary>A board of unit squares, as environments on grids draw theirs: row 0 at the top, the lower left corner at (0, 0).</summary>
internal readonly record struct Board(int Rows, int Columns)
{
    /// <summary>The board of some cells in a row, broken into rows of about equal length where they are many.</summary>
    public static Board Of(int cells, int mostColumns)
    {
        int rows = (cells + mostColumns - 1) / mostColumns;
        return new Board(rows, (cells + rows - 1) / rows);
    }

    /// <summary>Shows the whole board with a margin.</summary>
    public void Show(Scene scene) => scene.View(-0.25, -0.25, Columns + 0.25, Rows + 0.25);

    /// <summary>The middle of a cell.</summary>
    public Point Centre(int row, int column) => (column + 0.5, Rows - row - 0.5);

    /// <summary>The middle of a cell, counted row after row.</summary>
    public Point Centre(int cell) => Centre(cell / Columns, cell % Columns);

    /// <summary>Draws every cell.</summary>
    public void Fill(Scene scene, Func<int, Ink> ink) => scene.Cells((0, Rows), Columns, [.. Enumerable.Range(0, Rows * Columns).Select(ink)]);

    /// <summary>Draws a plane and the cells that are on it, for boards of which most is empty.</summary>
    public void Fill(Scene scene, IReadOnlyList<Ink> inks)
    {
        scene.Rectangle(Ink.Surface, 0, 0, Columns, Rows);
        scene.Cells((0, Rows), Columns, inks);
    }

    /// <summary>Draws a letter in a cell.</summary>
    public void Letter(Scene scene, int cell, string letter, Ink ink = Ink.Muted)
    {
        Point centre = Centre(cell);
        scene.Label(ink, (centre.X, centre.Y - 0.18), letter, 0.36);
    }
}
