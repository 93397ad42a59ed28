using System;
using System.Collections.Generic;

namespace Pipeline.Training.Rendering;

/// <summary>
/// What there is to see at one moment, as plain shapes in coordinates of one's own: x to the right, y upwards. Later shapes lie over earlier ones. What draws a
/// scene fits the view into its picture, the sides in proportion.
/// </summary>
public sealed class Scene
{
    private readonly List<Shape> _shapes = [];

    /// <summary>The left edge of what is shown.</summary>
    public double Left { get; private set; }

    /// <summary>The lower edge of what is shown.</summary>
    public double Bottom { get; private set; }

    /// <summary>Width of what is shown, above 0.</summary>
    public double Width { get; private set; } = 1;

    /// <summary>Height of what is shown, above 0.</summary>
    public double Height { get; private set; } = 1;

    /// <summary>The shapes, the lowest first.</summary>
    public IReadOnlyList<Shape> Shapes => _shapes;

    /// <summary>Says what is shown. It should be the same at every moment of an episode, or the picture jumps.</summary>
    /// <param name="left">The left edge.</param>
    /// <param name="bottom">The lower edge.</param>
    /// <param name="right">The right edge, beyond the left one.</param>
    /// <param name="top">The upper edge, above the lower one.</param>
    /// <exception cref="ArgumentException">Nothing lies between the edges, or one is not finite.</exception>
    public void View(double left, double bottom, double right, double top)
    {
        if (!(right > left && top > bottom && double.IsFinite(right - left) && double.IsFinite(top - bottom)))
            throw new ArgumentException($"The view from ({left}, {bottom}) to ({right}, {top}) shows nothing. Give left below right and bottom below top, all finite.");
        (Left, Bottom, Width, Height) = (left, bottom, right - left, top - bottom);
    }

    /// <summary>Adds a filled polygon.</summary>
    /// <param name="ink">What it stands for.</param>
    /// <param name="corners">At least three.</param>
    /// <exception cref="ArgumentException">There are fewer.</exception>
    public void Area(Ink ink, params IReadOnlyList<Point> corners) => _shapes.Add(new Area(ink, AtLeast(corners, 3, "An area")));

    /// <summary>Adds a filled rectangle.</summary>
    /// <param name="ink">What it stands for.</param>
    /// <param name="left">Its left edge.</param>
    /// <param name="bottom">Its lower edge.</param>
    /// <param name="width">Its width.</param>
    /// <param name="height">Its height.</param>
    public void Rectangle(Ink ink, double left, double bottom, double width, double height) =>
        Area(ink, (left, bottom), (left + width, bottom), (left + width, bottom + height), (left, bottom + height));

    /// <summary>Adds a line through points.</summary>
    /// <param name="ink">What it stands for.</param>
    /// <param name="width">How thick it is, in units of the scene.</param>
    /// <param name="points">At least two.</param>
    /// <exception cref="ArgumentException">There are fewer.</exception>
    public void Stroke(Ink ink, double width, params IReadOnlyList<Point> points) => _shapes.Add(new Stroke(ink, AtLeast(points, 2, "A line"), width));

    /// <summary>Adds a filled circle.</summary>
    /// <param name="ink">What it stands for.</param>
    /// <param name="centre">Its middle.</param>
    /// <param name="radius">In units of the scene.</param>
    public void Disc(Ink ink, Point centre, double radius) => _shapes.Add(new Disc(ink, centre, radius));

    /// <summary>Adds a line of words.</summary>
    /// <param name="ink">What it stands for.</param>
    /// <param name="place">The foot of its letters: where it begins, or its middle.</param>
    /// <param name="content">The words.</param>
    /// <param name="height">Of its capital letters, in units of the scene.</param>
    /// <param name="isCentred">Whether the place is the middle.</param>
    public void Label(Ink ink, Point place, string content, double height, bool isCentred = true) =>
        _shapes.Add(new Label(ink, place, content ?? throw new ArgumentNullException(nameof(content)), height, isCentred));

    /// <summary>Adds squares in rows and columns.</summary>
    /// <param name="corner">The upper left corner of the first.</param>
    /// <param name="columns">How many in a row, at least 1.</param>
    /// <param name="inks">Row after row from above.</param>
    /// <param name="side">Of a square, in units of the scene.</param>
    /// <param name="gap">How much of a side is left free between two, 0 to 1.</param>
    /// <exception cref="ArgumentException">The inks are not whole rows.</exception>
    public void Cells(Point corner, int columns, IReadOnlyList<Ink> inks, double side = 1, double gap = 0.08)
    {
        ArgumentNullException.ThrowIfNull(inks);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        if (inks.Count % columns != 0)
            throw new ArgumentException($"{inks.Count} cells are no whole number of rows of {columns}.", nameof(inks));
        _shapes.Add(new Cells(corner, columns, side, [.. inks], gap));
    }

    private static IReadOnlyList<Point> AtLeast(IReadOnlyList<Point> points, int least, string what)
    {
        ArgumentNullException.ThrowIfNull(points);
        return points.Count >= least ? points : throw new ArgumentException($"{what} of {points.Count} points was given; it has at least {least}.", nameof(points));
    }
}
