using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Rendering;

namespace Pipeline.Tests.Training.Rendering;

internal sealed class ObservationBarsTests
{
    [Test]
    public void A_number_is_a_bar_from_0_between_its_bounds()
    {
        Scene scene = Draw(new Box([-1, 0], [3, 8]), 2, 2);
        Area[] bars = [.. scene.Shapes.OfType<Area>().Where(a => a.Ink == Ink.Agent)];

        // Tracks are 6 long and begin at 4.3: 0 is a quarter of the way from −1 to 3, 2 is three quarters; of 0 to 8 it is a quarter.
        Assert.That(Ends(bars[0]), Is.EqualTo(new[] { 4.3 + 1.5, 4.3 + 4.5 }).Within(1e-6));
        Assert.That(Ends(bars[1]), Is.EqualTo(new[] { 4.3, 4.3 + 1.5 }).Within(1e-6));
        Assert.That(scene.Shapes.OfType<Label>().Select(l => l.Content), Is.EqualTo(new[] { "[0]", "2", "[1]", "2" }));
    }

    [Test]
    public void A_number_without_bounds_is_squashed()
    {
        Scene scene = Draw(new Box(float.NegativeInfinity, float.PositiveInfinity, 1), -1);

        // −1 / (1 + 1) = −½ of the way from the middle to the left.
        Assert.That(Ends(scene.Shapes.OfType<Area>().Single(a => a.Ink == Ink.Agent)), Is.EqualTo(new[] { 4.3 + 1.5, 4.3 + 3 }).Within(1e-6));
    }

    [Test]
    public void Every_kind_of_entry_of_a_dictionary_has_its_name()
    {
        var space = new Dict(("speed", new Box(0, 1, 1)), ("gear", new Discrete(5)), ("lamps", new MultiBinary(2)), ("switches", new MultiDiscrete(2, 3)));
        string[] labels = [.. Draw(space, 0.5f, 4, 1, 0, 1, 2).Shapes.OfType<Label>().Select(l => l.Content)];
        Assert.That(labels, Is.EqualTo(new[] { "speed", "0.5", "gear", "4", "lamps[0]", "1", "lamps[1]", "0", "switches[0]", "1", "switches[1]", "2" }));
    }

    [Test]
    public void Images_are_shown_as_images_and_large_ones_smaller()
    {
        Cells[] small = [.. Draw(new Box(0, 1, 2, 2, 3), 0, 0.5f, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1).Shapes.OfType<Cells>()];
        Assert.That(small.Select(c => (c.Columns, c.Inks.Count)), Is.EqualTo(new[] { (3, 6), (3, 6) }));
        Assert.That(small[0].Inks.Take(3), Is.EqualTo(new[] { Ink.Surface, Ink.Muted, Ink.Agent }));
        Cells large = Draw(new Box(0, 255, 210, 160), new float[210 * 160]).Shapes.OfType<Cells>().Single();
        Assert.That((large.Columns, large.Inks.Count), Is.EqualTo((32, 32 * 42)), "every fifth pixel: 210 rows become 42, 160 columns become 32");
    }

    [Test]
    public void Of_very_many_numbers_the_first_are_shown_and_the_rest_counted()
    {
        Scene scene = Draw(new Box(0, 1, 376), new float[376]);
        Assert.That(scene.Shapes.OfType<Area>().Count(a => a.Ink == Ink.Agent), Is.EqualTo(16));
        Assert.That(scene.Shapes.OfType<Label>().Last().Content, Is.EqualTo("and 360 more"));
    }

    [Test]
    public void Numbers_that_are_none_do_no_harm() =>
        Assert.That(Draw(new Box(float.NegativeInfinity, float.PositiveInfinity, 2), float.NaN, float.PositiveInfinity).Shapes.OfType<Area>().SelectMany(a => a.Corners).Select(c => c.X), Is.All.InRange(4.3, 10.3));

    [Test]
    public void A_row_of_another_length_is_refused() =>
        Assert.That(() => Draw(new Box(0, 1, 3), 1), Throws.ArgumentException.With.Message.Contains("has 1 numbers").And.Message.Contains("has 3"));

    private static Scene Draw(Space space, params float[] observation)
    {
        var scene = new Scene();
        ObservationBars.Draw(scene, space, observation);
        return scene;
    }

    private static double[] Ends(Area bar) => [bar.Corners.Min(c => c.X), bar.Corners.Max(c => c.X)];
}
