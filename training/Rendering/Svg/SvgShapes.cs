using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace Pipeline.Training.Rendering.Svg;

/// <summary>
/// Writes the shapes that stand at one place of the scenes over time. Shapes of one kind and ink become one element whose numbers change; others are elements of
/// their own, each seen at its time.
/// </summary>
internal sealed class SvgShapes(StringBuilder svg, SvgTimeline time)
{
    /// <summary>Writes the shapes of one place.</summary>
    /// <param name="shapes">The shape at every tick; null where there is none.</param>
    /// <param name="fits">The way to pixels at every tick.</param>
    public void Add(Shape?[] shapes, SceneFit[] fits)
    {
        foreach (IGrouping<object, Shape> alike in shapes.OfType<Shape>().Distinct().GroupBy(Kind))
        {
            Shape?[] seen = Array.ConvertAll(shapes, s => s is not null && Kind(s).Equals(alike.Key) ? s : null);
            switch (alike.First())
            {
                case Area area:
                    Element("polygon", area.Ink, seen, (s, i) => [("points", Points(((Area)s).Corners, fits[i]))]);
                    break;
                case Stroke stroke:
                    Element("polyline", stroke.Ink, seen, (s, i) => [("points", Points(((Stroke)s).Points, fits[i])), ("stroke-width", Number(((Stroke)s).Width * fits[i].Scale))]);
                    break;
                case Disc disc:
                    Element("circle", disc.Ink, seen, (s, i) => Circle((Disc)s, fits[i]));
                    break;
                case Label label:
                    int first = Array.FindIndex(seen, s => s is not null);
                    Words(label.Ink, fits[first].Place(label.Place), label.Height * fits[first].Scale, label.IsCentred, [.. seen.Select(s => (s as Label)?.Content)]);
                    break;
                case Cells cells:
                    Squares(cells, seen, fits);
                    break;
                default:
                    throw new NotSupportedException($"A {alike.First().GetType().Name} cannot be written.");
            }
        }
    }

    /// <summary>Writes words that stay at a place: where they change, as a strip of all there are that moves behind a window.</summary>
    /// <param name="ink">Their ink.</param>
    /// <param name="foot">Their place in pixels.</param>
    /// <param name="height">Of a capital letter, in pixels.</param>
    /// <param name="isCentred">Whether the place is the middle.</param>
    /// <param name="contents">The words at every tick; null for none.</param>
    public void Words(Ink ink, Point foot, double height, bool isCentred, IReadOnlyList<string?> contents)
    {
        const double CapitalHeight = 0.72;
        double size = height / CapitalHeight, step = Math.Ceiling(size * 1.5);
        string[] different = [.. contents.Select(c => c ?? "").Distinct()];
        string font = string.Create(CultureInfo.InvariantCulture, $"class=\"{SvgAnimation.ClassOf(ink)}\" font-size=\"{size:0.##}\"{(isCentred ? " text-anchor=\"middle\"" : "")}");
        if (different.Length == 1)
        {
            if (different[0].Length > 0) svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Number(foot.X)}\" y=\"{Number(foot.Y)}\" {font}>{SvgAnimation.Escape(different[0])}</text>\n");
            return;
        }

        Dictionary<string, int> lines = different.Index().ToDictionary(d => d.Item, d => d.Index);
        svg.Append(CultureInfo.InvariantCulture, $"<svg y=\"{Number(foot.Y - size)}\" height=\"{step}\" overflow=\"hidden\"><g {font}>");
        foreach ((string words, int line) in lines.Where(l => l.Key.Length > 0))
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Number(foot.X)}\" y=\"{Number((line * step) + size)}\">{SvgAnimation.Escape(words)}</text>\n");
        svg.Append(time.Movement([.. contents.Select(c => string.Create(CultureInfo.InvariantCulture, $"0 {-lines[c ?? ""] * step}"))])).Append("</g></svg>\n");
    }

    /// <summary>Shapes of equal kind are one element.</summary>
    private static object Kind(Shape shape) => shape switch
    {
        Label label => (label.Ink, label.Place, label.Height, label.IsCentred),
        Cells cells => (cells.Corner, cells.Columns, cells.Side, cells.Gap, cells.Inks.Count),
        _ => (shape.GetType(), shape.Ink),
    };

    private static (string Name, string Value)[] Circle(Disc disc, SceneFit fit)
    {
        Point centre = fit.Place(disc.Centre);
        return [("cx", Number(centre.X)), ("cy", Number(centre.Y)), ("r", Number(disc.Radius * fit.Scale))];
    }

    private void Squares(Cells cells, Shape?[] seen, SceneFit[] fits)
    {
        for (int i = 0; i < cells.Inks.Count; i++)
        {
            int index = i;
            foreach (Ink ink in seen.OfType<Cells>().Select(c => c.Inks[index]).Where(ink => ink != Ink.None).Distinct())
            {
                Shape?[] shown = Array.ConvertAll(seen, s => s is Cells now && now.Inks[index] == ink ? s : null);
                Element("polygon", ink, shown, (s, tick) => [("points", Points(((Cells)s).SquareAt(index), fits[tick]))]);
            }
        }
    }

    private void Element(string name, Ink ink, Shape?[] seen, Func<Shape, int, (string Name, string Value)[]> describe)
    {
        if (ink == Ink.None) return;
        var attributes = new StringBuilder();
        var inside = new StringBuilder();
        (string Name, string Value)[]?[] described = [.. seen.Select((s, i) => s is null ? null : describe(s, i))];
        (string Name, string Value)[] latest = described.First(d => d is not null)!;
        for (int i = 0; i < described.Length; i++) latest = described[i] ??= latest;
        for (int a = 0; a < latest.Length; a++)
            time.Attribute(latest[a].Name, [.. described.Select(d => d![a].Value)], attributes, inside);
        if (seen.Contains(null)) time.Attribute("visibility", [.. seen.Select(s => s is null ? "hidden" : "visible")], attributes, inside);
        svg.Append(CultureInfo.InvariantCulture, $"<{name} class=\"{SvgAnimation.ClassOf(ink)}\"{attributes}");
        svg.Append(inside.Length == 0 ? "/>\n" : $">{inside}</{name}>\n");
    }

    private static string Points(IReadOnlyList<Point> points, SceneFit fit) => string.Join(' ', points.Select(p =>
    {
        Point place = fit.Place(p);
        return $"{Number(place.X)},{Number(place.Y)}";
    }));

    private static string Number(double value)
    {
        string text = value.ToString("0.#", CultureInfo.InvariantCulture);
        return text == "-0" ? "0" : text;
    }
}
