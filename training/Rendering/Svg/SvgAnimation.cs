using System;
using System.Globalization;
using System.Linq;
using System.Text;

namespace Pipeline.Training.Rendering.Svg;

/// <summary>
/// An animation as one SVG file (SVG 2 with SMIL animation) that needs nothing else: it plays where it is opened, in a page's img too, and is dark where the reader
/// prefers dark. Each shape is written once, with what changes of it over time.
/// </summary>
public static class SvgAnimation
{
    /// <summary>Draws the file.</summary>
    /// <param name="animation">The animation.</param>
    /// <param name="width">Width of the picture in pixels; it may be shown at any size.</param>
    /// <returns>The SVG document.</returns>
    public static string Draw(Animation animation, int width)
    {
        ArgumentNullException.ThrowIfNull(animation);
        PictureLayout layout = animation.Layout(width);
        var time = new SvgTimeline(animation.Ticks, animation.Duration.TotalSeconds);
        Frame[] ticks = [.. animation.Frames.SelectMany(frame => Enumerable.Repeat(frame, frame.Ticks))];
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {layout.Width} {layout.Height}" width="{layout.Width}" height="{layout.Height}" role="img">
            <title>{Escape(animation.Title)}</title>
            <style>{Style(Theme.Light)}@media (prefers-color-scheme:dark){"{"}{Style(Theme.Dark)}{"}"}text{"{"}font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;white-space:pre{"}"}polyline{"{"}fill:none!important;stroke-linecap:round;stroke-linejoin:round{"}"}polygon,circle,text{"{"}stroke:none!important{"}"}</style>
            <rect class="none" width="100%" height="100%"/>

            """);
        var shapes = new SvgShapes(svg, time);
        SceneFit[] fits = [.. ticks.Select(t => layout.Fit(t.Scene))];
        for (int place = 0; place < ticks.Max(t => t.Scene.Shapes.Count); place++)
            shapes.Add([.. ticks.Select(t => place < t.Scene.Shapes.Count ? t.Scene.Shapes[place] : null)], fits);
        for (int line = 0; line < ticks[0].Status.Count; line++)
        {
            double foot = layout.StatusTop + ((line + 0.62) * layout.LineStep);
            shapes.Words(Ink.Line, new Point(layout.StatusLeft, foot), layout.LineStep * 0.48, isCentred: false, [.. ticks.Select(t => (string?)t.Status[line])]);
        }

        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>The class of an ink.</summary>
    internal static string ClassOf(Ink ink) => ink.ToString().ToLowerInvariant();

    /// <summary>Words as they stand in a document.</summary>
    internal static string Escape(string text) => System.Security.SecurityElement.Escape(text) ?? "";

    private static string Style(Theme theme) => string.Concat(Enum.GetValues<Ink>().Select(ink => $".{ClassOf(ink)}{{fill:{theme[ink]};stroke:{theme[ink]}}}"));
}
