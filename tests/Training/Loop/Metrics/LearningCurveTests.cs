using System.Linq;
using System.Xml.Linq;
using NUnit.Framework;
using Pipeline.Training.Loop.Metrics;

namespace Pipeline.Tests.Training.Loop.Metrics;

public sealed class LearningCurveTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [TestCase(0, 500, ExpectedResult = new[] { 0d, 100, 200, 300, 400, 500 })]
    [TestCase(9, 9, ExpectedResult = new[] { 8d, 10, 12, 14, 16, 18 })]
    [TestCase(-1600, -150, ExpectedResult = new[] { -1750d, -1500, -1250, -1000, -750, -500, -250, 0 })]
    public double[] Ticks_are_round_numbers_around_the_range(double low, double high) => LearningCurve.Ticks(low, high, 6);

    [Test]
    public void One_run_is_a_line_from_the_first_point_to_the_last()
    {
        XElement picture = XElement.Parse(LearningCurve.Draw("a < b & c", "episode return", [new Curve([0, 500, 1000], [0, 250, 500])]));
        string[] points = picture.Elements(Svg + "polyline").Single().Attribute("points")!.Value.Split(' ');
        Assert.Multiple(() =>
        {
            // The plot spans x 76 to 696 and y 344 (bottom) to 48.
            Assert.That(points, Is.EqualTo(new[] { "76,344", "386,196", "696,48" }));
            Assert.That(picture.Elements(Svg + "text").First().Value, Is.EqualTo("a < b & c"));
            Assert.That(picture.Elements(Svg + "polygon"), Is.Empty);
        });
    }

    [Test]
    public void Several_runs_are_a_mean_and_a_band_over_the_steps_they_share()
    {
        XElement picture = XElement.Parse(LearningCurve.Draw("t", "y", [new Curve([0, 1000], [0, 0]), new Curve([0, 1000], [500, 500])]));
        string mean = picture.Elements(Svg + "polyline").Single().Attribute("points")!.Value;
        string band = picture.Elements(Svg + "polygon").Single().Attribute("points")!.Value;
        Assert.Multiple(() =>
        {
            Assert.That(mean.Split(' ').Select(p => p.Split(',')[1]), Is.All.EqualTo("196"), "halfway between both");
            Assert.That(band.Split(' ').Select(p => p.Split(',')[1]).Distinct(), Is.EquivalentTo(new[] { "48", "344" }));
        });
    }

    [Test]
    public void A_run_without_episodes_still_gives_a_picture()
    {
        XElement picture = XElement.Parse(LearningCurve.Draw("t", "y", [new Curve([], [])]));
        Assert.That(picture.Elements(Svg + "polyline"), Is.Empty);
        Assert.That(picture.Elements(Svg + "text").Count(), Is.GreaterThan(3));
    }
}
