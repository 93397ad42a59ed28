using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using Pipeline.Training.Files;

namespace Pipeline.Training.Loop.Metrics;

/// <summary>Draws a figure against environment steps as an SVG picture: the line of one run, or mean and minimum-to-maximum band of several.</summary>
public static class LearningCurve
{
    private const double Width = 720, Height = 400;
    private const double Left = 76, Right = 24, Top = 48, Bottom = 56;
    private const int MeanPoints = 400;

    /// <summary>Writes the picture.</summary>
    /// <param name="path">The .svg file; its folder exists.</param>
    /// <param name="title">What stands above.</param>
    /// <param name="label">What the vertical axis shows.</param>
    /// <param name="runs">One curve a run; at least one. Runs without points are left out.</param>
    public static void Write(string path, string title, string label, params IReadOnlyList<Curve> runs) =>
        AtomicFile.WriteText(path, Draw(title, label, runs));

    /// <summary>The picture as text; see <see cref="Write"/>.</summary>
    /// <param name="title">What stands above.</param>
    /// <param name="label">What the vertical axis shows.</param>
    /// <param name="runs">One curve a run. Runs without points are left out.</param>
    public static string Draw(string title, string label, IReadOnlyList<Curve> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        Curve[] curves = runs.Where(r => r.Steps.Count > 0).ToArray();
        double lastStep = Math.Max(1, curves.Select(c => c.Steps[^1]).DefaultIfEmpty(1).Max());
        double[] xTicks = Ticks(0, lastStep, 6).Where(x => x <= lastStep).ToArray();
        double[] yTicks = Ticks(
            curves.SelectMany(c => c.Values).DefaultIfEmpty(0).Min(),
            curves.SelectMany(c => c.Values).DefaultIfEmpty(1).Max(),
            6);
        var plot = new Plot(0, lastStep, yTicks[0], yTicks[^1]);
        var svg = new StringBuilder();
        Frame(svg, title, label, plot, xTicks, yTicks);
        if (curves.Length > 1) Band(svg, plot, curves);
        else if (curves.Length == 1) Line(svg, plot, curves[0].Steps, curves[0].Values);
        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>Round numbers, evenly spaced, that enclose a range: the first at or below its start, the last at or above its end.</summary>
    internal static double[] Ticks(double low, double high, int about)
    {
        if (!(high > low)) high = low + Math.Max(1, Math.Abs(low));
        double raw = (high - low) / about;
        double power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        double unit = (raw / power) switch { <= 1 => 1, <= 2 => 2, <= 2.5 => 2.5, <= 5 => 5, _ => 10 } * power;
        double first = Math.Floor(low / unit), last = Math.Ceiling(high / unit);
        return Enumerable.Range(0, (int)(last - first) + 1).Select(i => (first + i) * unit).ToArray();
    }

    private static void Frame(StringBuilder svg, string title, string label, Plot plot, double[] xTicks, double[] yTicks)
    {
        svg.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" width="{Width}" height="{Height}" font-family="system-ui, -apple-system, 'Segoe UI', sans-serif" font-size="12" fill="#57606a">
            <rect width="{Width}" height="{Height}" fill="#ffffff"/>
            <text x="{Left}" y="28" font-size="15" font-weight="600" fill="#24292f">{Escape(title)}</text>

            """);
        foreach (double y in yTicks)
        {
            svg.Append(CultureInfo.InvariantCulture, $"""
                <line x1="{Left}" x2="{Width - Right}" y1="{plot.Y(y):0.##}" y2="{plot.Y(y):0.##}" stroke="#eaeef2"/>
                <text x="{Left - 10}" y="{plot.Y(y) + 4:0.##}" text-anchor="end">{Number(y)}</text>

                """);
        }

        foreach (double x in xTicks)
        {
            svg.Append(CultureInfo.InvariantCulture, $"""
                <line x1="{plot.X(x):0.##}" x2="{plot.X(x):0.##}" y1="{Height - Bottom}" y2="{Height - Bottom + 5}" stroke="#8c959f"/>
                <text x="{plot.X(x):0.##}" y="{Height - Bottom + 20}" text-anchor="middle">{Number(x)}</text>

                """);
        }

        svg.Append(CultureInfo.InvariantCulture, $"""
            <line x1="{Left}" x2="{Width - Right}" y1="{Height - Bottom}" y2="{Height - Bottom}" stroke="#8c959f"/>
            <text x="{(Left + Width - Right) / 2}" y="{Height - 14}" text-anchor="middle">environment steps</text>
            <text transform="translate(20 {(Top + Height - Bottom) / 2}) rotate(-90)" text-anchor="middle">{Escape(label)}</text>

            """);
    }

    private static void Line(StringBuilder svg, Plot plot, IReadOnlyList<double> steps, IReadOnlyList<double> values) =>
        svg.Append(CultureInfo.InvariantCulture, $"""
            <polyline fill="none" stroke="#0969da" stroke-width="2" stroke-linejoin="round" points="{Points(plot, steps, values)}"/>

            """);

    private static void Band(StringBuilder svg, Plot plot, Curve[] curves)
    {
        // Only where every run has points, so that the mean is over the same runs everywhere.
        double from = curves.Max(c => c.Steps[0]), to = Math.Max(from, curves.Min(c => c.Steps[^1]));
        double[] steps = Enumerable.Range(0, MeanPoints + 1).Select(i => from + ((to - from) * i / MeanPoints)).ToArray();
        double[][] values = curves.Select(c => steps.Select(s => At(c, s)).ToArray()).ToArray();
        double[] low = steps.Select((_, i) => values.Min(v => v[i])).ToArray();
        double[] high = steps.Select((_, i) => values.Max(v => v[i])).ToArray();
        double[] mean = steps.Select((_, i) => values.Average(v => v[i])).ToArray();
        svg.Append(CultureInfo.InvariantCulture, $"""
            <polygon fill="#0969da" fill-opacity="0.16" points="{Points(plot, steps, high)} {Points(plot, steps.Reverse().ToArray(), low.Reverse().ToArray())}"/>

            """);
        Line(svg, plot, steps, mean);
        svg.Append(CultureInfo.InvariantCulture, $"""
            <text x="{Width - Right}" y="28" text-anchor="end">mean and range of {curves.Length} runs</text>

            """);
    }

    private static double At(Curve curve, double step)
    {
        int next = 0;
        while (next < curve.Steps.Count - 1 && curve.Steps[next] < step)
            next++;
        if (next == 0 || curve.Steps[next] <= step) return curve.Values[next];
        double share = (step - curve.Steps[next - 1]) / (curve.Steps[next] - curve.Steps[next - 1]);
        return curve.Values[next - 1] + (share * (curve.Values[next] - curve.Values[next - 1]));
    }

    private static string Points(Plot plot, IReadOnlyList<double> steps, IReadOnlyList<double> values) =>
        string.Join(' ', steps.Select((s, i) => string.Create(CultureInfo.InvariantCulture, $"{plot.X(s):0.#},{plot.Y(values[i]):0.#}")));

    private static string Number(double value) => Math.Abs(value) switch
    {
        >= 1e6 => (value / 1e6).ToString("0.###", CultureInfo.InvariantCulture) + "M",
        >= 1e4 => (value / 1e3).ToString("0.###", CultureInfo.InvariantCulture) + "k",
        _ => value.ToString("0.######", CultureInfo.InvariantCulture),
    };

    private static string Escape(string text) => System.Security.SecurityElement.Escape(text) ?? "";

    private sealed record Plot(double XLow, double XHigh, double YLow, double YHigh)
    {
        public double X(double x) => Left + ((x - XLow) / (XHigh - XLow) * (Width - Left - Right));

        public double Y(double y) => Height - Bottom - ((y - YLow) / (YHigh - YLow) * (Height - Top - Bottom));
    }
}
