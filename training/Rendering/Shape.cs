using System;
using System.Collections.Generic;

namespace Pipeline.Training.Rendering;

/// <summary>A place in a scene: x to the right, y upwards, in the units of the scene.</summary>
/// <param name="X">To the right.</param>
/// <param name="Y">Upwards.</param>
public readonly record struct Point(double X, double Y)
{
    /// <summary>Takes a pair for a place.</summary>
    /// <param name="pair">x and y.</param>
    public static implicit operator Point((double X, double Y) pair) => new(pair.X, pair.Y);

    /// <summary>Where one comes from here at a distance in a direction.</summary>
    /// <param name="distance">How far.</param>
    /// <param name="angle">In radians from the x axis, to the left.</param>
    public Point Towards(double distance, double angle) => new(X + (distance * Math.Cos(angle)), Y + (distance * Math.Sin(angle)));
}

/// <summary>One thing of a scene.</summary>
/// <param name="Ink">What it stands for.</param>
public abstract record Shape(Ink Ink);

/// <summary>A filled polygon.</summary>
/// <param name="Ink">What it stands for.</param>
/// <param name="Corners">At least three, in either direction.</param>
public sealed record Area(Ink Ink, IReadOnlyList<Point> Corners) : Shape(Ink);

/// <summary>A line through some points, with round ends and bends.</summary>
/// <param name="Ink">What it stands for.</param>
/// <param name="Points">At least two.</param>
/// <param name="Width">In units of the scene.</param>
public sealed record Stroke(Ink Ink, IReadOnlyList<Point> Points, double Width) : Shape(Ink);

/// <summary>A filled circle.</summary>
/// <param name="Ink">What it stands for.</param>
/// <param name="Centre">Its middle.</param>
/// <param name="Radius">In units of the scene.</param>
public sealed record Disc(Ink Ink, Point Centre, double Radius) : Shape(Ink);

/// <summary>A line of words.</summary>
/// <param name="Ink">What it stands for.</param>
/// <param name="Place">Where it begins, or its middle; the foot of its letters.</param>
/// <param name="Content">The words.</param>
/// <param name="Height">Of its capital letters, in units of the scene.</param>
/// <param name="IsCentred">Whether <paramref name="Place"/> is the middle.</param>
public sealed record Label(Ink Ink, Point Place, string Content, double Height, bool IsCentred) : Shape(Ink);

/// <summary>Squares in rows and columns, each with an ink of its own.</summary>
/// <param name="Corner">The upper left corner of the first.</param>
/// <param name="Columns">How many in a row.</param>
/// <param name="Side">Of a square, in units of the scene.</param>
/// <param name="Inks">Row after row from above; <see cref="Ink.None"/> where nothing is.</param>
/// <param name="Gap">How much of a side is left free between two, 0 to 1.</param>
public sealed record Cells(Point Corner, int Columns, double Side, IReadOnlyList<Ink> Inks, double Gap) : Shape(Ink.None)
{
    /// <summary>The four corners of a square.</summary>
    /// <param name="index">Which one.</param>
    public IReadOnlyList<Point> SquareAt(int index)
    {
        double inset = Side * Gap / 2, side = Side - (2 * inset);
        double x = Corner.X + (index % Columns * Side) + inset, top = Corner.Y - (index / Columns * Side) - inset;
        return [(x, top), (x + side, top), (x + side, top - side), (x, top - side)];
    }
}
