using System;
using System.Collections.Generic;

namespace Pipeline.Training.Rendering.Raster;

/// <summary>A scene as samples on a grid: which ink lies uppermost at each. Pictures are made by averaging samples, terminals by counting them.</summary>
internal sealed class InkRaster
{
    private readonly Ink[] _samples;
    private readonly List<double> _crossings = [];
    private readonly double _thinnest;
    private readonly int _pixel;

    /// <summary>Makes the grid.</summary>
    /// <param name="width">Samples in a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="thinnest">How many samples lines are wide at least: thinner ones would come and go as they move.</param>
    /// <param name="pixel">Samples of a coarse pixel, to whose edges cells are moved so that all look alike; 0 to leave them where they are.</param>
    public InkRaster(int width, int height, double thinnest, int pixel = 0)
    {
        (Width, Height) = (width, height);
        (_thinnest, _pixel) = (thinnest, pixel);
        _samples = new Ink[width * height];
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>[height, width], the top row first.</summary>
    public ReadOnlySpan<Ink> Samples => _samples;

    public void Clear() => Array.Clear(_samples);

    /// <summary>Draws a scene.</summary>
    /// <param name="scene">The scene.</param>
    /// <param name="fit">The way to coordinates in samples.</param>
    /// <param name="withLabels">Whether words are drawn too.</param>
    public void Draw(Scene scene, SceneFit fit, bool withLabels)
    {
        foreach (Shape shape in scene.Shapes)
        {
            switch (shape)
            {
                case Area area:
                    Polygon(area.Ink, Placed(area.Corners, fit));
                    break;
                case Stroke stroke:
                    Line(stroke.Ink, Placed(stroke.Points, fit), stroke.Width * fit.Scale / 2);
                    break;
                case Disc disc:
                    Circle(disc.Ink, fit.Place(disc.Centre), disc.Radius * fit.Scale);
                    break;
                case Cells cells:
                    for (int i = 0; i < cells.Inks.Count; i++)
                    {
                        if (cells.Inks[i] != Ink.None) Square(cells, i, fit);
                    }

                    break;
                case Label label when withLabels:
                    Point foot = fit.Place(label.Place);
                    double height = label.Height * fit.Scale, left = foot.X - (label.IsCentred ? PixelFont.WidthOf(label.Content, height) / 2 : 0);
                    Words(label.Ink, (left, foot.Y - height), label.Content, height, 1);
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>Draws words in capital letters.</summary>
    /// <param name="ink">Their ink.</param>
    /// <param name="corner">The upper left corner of the first letter.</param>
    /// <param name="words">The words.</param>
    /// <param name="height">Of a letter, in samples.</param>
    /// <param name="grid">Dots are whole numbers of this many samples, and begin at them.</param>
    public void Words(Ink ink, Point corner, string words, double height, int grid)
    {
        double dot = grid > 1 ? Math.Max(Math.Round(height / PixelFont.Rows / grid), 1) * grid : height / PixelFont.Rows;
        double left = grid > 1 ? Math.Round(corner.X / grid) * grid : corner.X, top = grid > 1 ? Math.Round(corner.Y / grid) * grid : corner.Y;
        for (int letter = 0; letter < words.Length; letter++)
        {
            for (int i = 0; i < PixelFont.Rows * PixelFont.Columns; i++)
            {
                (int row, int column) = Math.DivRem(i, PixelFont.Columns);
                if (!PixelFont.IsSet(words[letter], row, column)) continue;
                double x = left + (((letter * PixelFont.Advance) + column) * dot);
                Fill(ink, top + (row * dot), top + ((row + 1) * dot), x, x + dot);
            }
        }
    }

    private static Point[] Placed(IReadOnlyList<Point> points, SceneFit fit)
    {
        var placed = new Point[points.Count];
        for (int i = 0; i < placed.Length; i++) placed[i] = fit.Place(points[i]);
        return placed;
    }

    private void Square(Cells cells, int index, SceneFit fit)
    {
        const double WidestGap = 0.2;
        if (_pixel == 0 || cells.Gap > WidestGap)
        {
            Polygon(cells.Inks[index], Placed(cells.SquareAt(index), fit));
            return;
        }

        (int row, int column) = Math.DivRem(index, cells.Columns);
        Point corner = fit.Place((cells.Corner.X + (column * cells.Side), cells.Corner.Y - (row * cells.Side)));
        double side = cells.Side * fit.Scale;
        double left = Edge(corner.X), right = Edge(corner.X + side), top = Edge(corner.Y), bottom = Edge(corner.Y + side);

        // A gap of one pixel, where it leaves enough of the square.
        double gap = cells.Gap > 0 && side >= 3 * _pixel ? _pixel : 0;
        Fill(cells.Inks[index], top, bottom - gap, left, right - gap);

        double Edge(double place) => Math.Round(place / _pixel) * _pixel;
    }

    private void Line(Ink ink, Point[] points, double half)
    {
        half = Math.Max(half, _thinnest / 2);
        for (int i = 0; i < points.Length; i++)
        {
            Circle(ink, points[i], half);
            if (i == 0) continue;
            Point from = points[i - 1], to = points[i];
            double across = Math.Atan2(to.Y - from.Y, to.X - from.X) + (Math.PI / 2);
            Polygon(ink, from.Towards(half, across), to.Towards(half, across), to.Towards(-half, across), from.Towards(-half, across));
        }
    }

    private void Circle(Ink ink, Point centre, double radius)
    {
        (int first, int last) = Covered(centre.Y - radius, centre.Y + radius, Height);
        for (int row = first; row < last; row++)
        {
            double below = row + 0.5 - centre.Y, half = Math.Sqrt(Math.Max((radius * radius) - (below * below), 0));
            Row(ink, row, centre.X - half, centre.X + half);
        }
    }

    private void Polygon(Ink ink, params Point[] corners)
    {
        double top = double.MaxValue, bottom = double.MinValue;
        foreach (Point corner in corners) (top, bottom) = (Math.Min(top, corner.Y), Math.Max(bottom, corner.Y));
        (int first, int last) = Covered(top, bottom, Height);
        for (int row = first; row < last; row++)
        {
            double y = row + 0.5;
            _crossings.Clear();
            for (int i = 0; i < corners.Length; i++)
            {
                Point from = corners[i], to = corners[(i + 1) % corners.Length];
                if (from.Y <= y != to.Y <= y) _crossings.Add(from.X + ((y - from.Y) / (to.Y - from.Y) * (to.X - from.X)));
            }

            _crossings.Sort();
            for (int i = 0; i + 1 < _crossings.Count; i += 2) Row(ink, row, _crossings[i], _crossings[i + 1]);
        }
    }

    private void Fill(Ink ink, double top, double bottom, double left, double right)
    {
        (int first, int last) = Covered(top, bottom, Height);
        for (int row = first; row < last; row++) Row(ink, row, left, right);
    }

    private void Row(Ink ink, int row, double left, double right)
    {
        (int first, int last) = Covered(left, right, Width);
        if (last > first) _samples.AsSpan((row * Width) + first, last - first).Fill(ink);
    }

    /// <summary>The samples whose middles lie between two places, cut to the grid.</summary>
    private static (int First, int Last) Covered(double from, double to, int count) =>
        ((int)Math.Clamp(Math.Ceiling(from - 0.5), 0, count), (int)Math.Clamp(Math.Ceiling(to - 0.5), 0, count));
}
