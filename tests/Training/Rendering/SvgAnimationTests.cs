using System;
using System.Globalization;
using System.Linq;
using System.Xml.Linq;
using NUnit.Framework;
using Pipeline.Training.Rendering;
using Pipeline.Training.Rendering.Svg;

namespace Pipeline.Tests.Training.Rendering;

internal sealed class SvgAnimationTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Test]
    public void What_moves_is_one_element_with_a_value_for_every_frame()
    {
        XElement svg = Draw(Animations.MovingDot(frames: 8, ticksPerSecond: 4), 104);
        XElement dot = svg.Elements(Svg + "circle").Single(), move = dot.Elements(Svg + "animate").Single();

        // A view 10 wide in 98.8 pixels beside a margin of 2.6.
        Assert.Multiple(() =>
        {
            Assert.That((string?)dot.Attribute("class"), Is.EqualTo("agent"));
            Assert.That((string?)move.Attribute("attributeName"), Is.EqualTo("cx"));
            Assert.That(((string)move.Attribute("values")!).Split(';').Select(v => double.Parse(v, CultureInfo.InvariantCulture)), Is.EqualTo(Enumerable.Range(1, 8).Select(i => 2.6 + (9.88 * i))).Within(0.051));
            Assert.That((string?)move.Attribute("dur"), Is.EqualTo("2s"));
            Assert.That((string?)move.Attribute("repeatCount"), Is.EqualTo("indefinite"));
            Assert.That((string?)move.Attribute("calcMode"), Is.EqualTo("discrete"));
            Assert.That(svg.Element(Svg + "title")!.Value, Is.EqualTo("A moving dot"));
        });
    }

    [Test]
    public void What_stays_for_long_is_said_once_with_its_time()
    {
        Frame one = Animations.Dot(1) with { Status = [] }, other = Animations.Dot(7) with { Status = [] };
        XElement move = Draw(new Animation("", 10, [one with { Ticks = 30 }, other with { Ticks = 10 }]), 104).Descendants(Svg + "animate").Single();
        Assert.That(((string?)move.Attribute("keyTimes"), (string?)move.Attribute("values"), (string?)move.Attribute("dur")), Is.EqualTo(("0;0.75", "12.5;71.8", "4s")));
    }

    [Test]
    public void Words_that_change_are_lines_of_a_strip_and_each_is_written_once()
    {
        XElement svg = Draw(Animations.MovingDot(frames: 3, ticksPerSecond: 10, lastTicks: 2), 480);
        XElement window = svg.Elements(Svg + "svg").Single(), strip = window.Elements(Svg + "g").Single();
        double step = double.Parse((string)window.Attribute("height")!, CultureInfo.InvariantCulture);
        string[] moves = ((string)strip.Elements(Svg + "animateTransform").Single().Attribute("values")!).Split(';');
        Assert.Multiple(() =>
        {
            Assert.That(strip.Elements(Svg + "text").Select(t => t.Value), Is.EqualTo(new[] { "step 1", "step 2", "step 3" }));
            Assert.That(moves.Distinct(), Is.EqualTo(new[] { "0 0", $"0 {-step}", $"0 {-2 * step}" }));
            Assert.That(svg.Elements(Svg + "text").Single().Value, Is.EqualTo("same"));
        });
    }

    [Test]
    public void Cells_are_seen_while_they_have_their_ink()
    {
        static Frame Cell(Ink ink)
        {
            var scene = new Scene();
            scene.Cells((0, 1), 1, [ink]);
            return new Frame(scene, []);
        }

        XElement[] cells = [.. Draw(new Animation("", 1, [Cell(Ink.Goal), Cell(Ink.None), Cell(Ink.Danger), Cell(Ink.Goal)]), 100).Elements(Svg + "polygon")];
        Assert.That(cells.Select(c => (string?)c.Attribute("class")), Is.EqualTo(new[] { "goal", "danger" }));
        Assert.That(cells.Select(c => (string?)c.Elements(Svg + "animate").Single(a => (string?)a.Attribute("attributeName") == "visibility").Attribute("values")), Is.EqualTo(new[] { "visible;hidden;hidden;visible", "hidden;hidden;visible;hidden" }));
    }

    [Test]
    public void Scenes_whose_shapes_change_in_number_and_kind_keep_what_lies_over_what()
    {
        var both = new Scene();
        both.Rectangle(Ink.Surface, 0, 0, 1, 1);
        both.Disc(Ink.Agent, (0.5, 0.5), 0.2);
        var without = new Scene();
        without.Disc(Ink.Agent, (0.5, 0.5), 0.2);
        XElement[] shapes = [.. Draw(new Animation("", 1, [new Frame(both, []), new Frame(without, [])]), 100).Elements().Where(e => e.Name == Svg + "polygon" || e.Name == Svg + "circle")];
        Assert.That(shapes.Select(s => $"{s.Name.LocalName} {s.Elements().Single().Attribute("values")!.Value}"), Is.EqualTo(new[] { "polygon visible;hidden", "circle hidden;visible", "circle visible;hidden" }));
    }

    [Test]
    public void Words_of_any_kind_make_a_well_formed_document()
    {
        var scene = new Scene();
        scene.Label(Ink.Line, (0.5, 0.5), "a < b & \"c\"", 0.1);
        Assert.That(Draw(new Animation("<&>", 1, [new Frame(scene, ["x > y", ""])]), 100).Descendants(Svg + "text").Select(t => t.Value), Is.EqualTo(new[] { "a < b & \"c\"", "x > y" }));
    }

    [Test]
    public void Nothing_outside_the_file_is_asked_for() =>
        Assert.That(SvgAnimation.Draw(Animations.MovingDot(3, 10), 200), Does.Not.Contain("href").And.Not.Contain("url(").And.Not.Contain("<script").And.Not.Contain("@import"));

    private static XElement Draw(Animation animation, int width)
    {
        string text = SvgAnimation.Draw(animation, width);
        Assert.That(SvgAnimation.Draw(animation, width), Is.EqualTo(text), "the same every time");
        return XDocument.Parse(text).Root ?? throw new InvalidOperationException();
    }
}
