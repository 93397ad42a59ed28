using System.Linq;
using NUnit.Framework;
using Pipeline.Training.Rendering;
using Pipeline.Training.Rendering.Raster;

namespace Pipeline.Tests.Training.Rendering;

internal sealed class SceneTests
{
    [TestCase(1, 0, 0, 1)]
    [TestCase(0, 1, 1, 1)]
    [TestCase(double.NaN, 0, 1, 1)]
    [TestCase(0, 0, double.PositiveInfinity, 1)]
    public void A_view_that_shows_nothing_is_refused(double left, double bottom, double right, double top) =>
        Assert.That(() => new Scene().View(left, bottom, right, top), Throws.ArgumentException.With.Message.Contains("shows nothing"));

    [Test]
    public void Shapes_of_too_few_points_and_cells_in_broken_rows_are_refused()
    {
        var scene = new Scene();
        Assert.Multiple(() =>
        {
            Assert.That(() => scene.Area(Ink.Agent, (0, 0), (1, 1)), Throws.ArgumentException.With.Message.Contains("at least 3"));
            Assert.That(() => scene.Stroke(Ink.Agent, 1, (0, 0)), Throws.ArgumentException.With.Message.Contains("at least 2"));
            Assert.That(() => scene.Cells((0, 0), 3, [Ink.Agent, Ink.Goal]), Throws.ArgumentException.With.Message.Contains("rows of 3"));
        });
    }

    [Test]
    public void Cells_lie_row_after_row_from_above_with_their_gap()
    {
        var scene = new Scene();
        scene.Cells((10, 6), 2, [Ink.Agent, Ink.None, Ink.None, Ink.Goal], side: 2, gap: 0.5);
        Assert.That(scene.Shapes.OfType<Cells>().Single().SquareAt(3), Is.EqualTo(new Point[] { (12.5, 3.5), (13.5, 3.5), (13.5, 2.5), (12.5, 2.5) }));
    }

    [Test]
    public void A_scene_is_fitted_into_its_picture_in_the_middle_and_upright()
    {
        var scene = new Scene();
        scene.View(-1, 0, 1, 1);
        var fit = new SceneFit(scene, 0, 0, 100, 100);
        Assert.Multiple(() =>
        {
            Assert.That(fit.Scale, Is.EqualTo(50));
            Assert.That(fit.Place((-1, 0)), Is.EqualTo(new Point(0, 75)));
            Assert.That(fit.Place((1, 1)), Is.EqualTo(new Point(100, 25)));
        });
    }

    [Test]
    public void Cells_in_characters_are_all_of_one_size_a_pixel_apart()
    {
        var scene = new Scene();
        scene.View(0, 0, 3, 1);
        scene.Cells((0, 1), 3, [Ink.Agent, Ink.Agent, Ink.Agent]);
        var grid = new CharacterGrid(scene, 12, 2);
        string row = string.Concat(Enumerable.Range(0, 12).Select(column => grid.UpperAt(0, column) == Ink.Agent ? '@' : '.'));
        Assert.That(row, Is.EqualTo("@@@.@@@.@@@."));
        Assert.That((grid.LowerAt(0, 0), grid.UpperAt(1, 0), grid.LowerAt(1, 0)), Is.EqualTo((Ink.Agent, Ink.Agent, Ink.None)));
    }

    [Test]
    public void Characters_show_what_lies_in_front_where_it_covers_a_third_of_them()
    {
        var scene = new Scene();
        scene.View(0, 0, 4, 4);
        scene.Rectangle(Ink.Surface, 0, 0, 4, 2);
        scene.Rectangle(Ink.Agent, 1, 1, 0.5, 2);
        scene.Rectangle(Ink.Goal, 2, 1, 0.2, 2);
        scene.Label(Ink.Line, (3.5, 0.2), "a", 0.5);
        var grid = new CharacterGrid(scene, 4, 2);
        Assert.Multiple(() =>
        {
            Assert.That(CharacterGrid.RowsOf(scene, 4), Is.EqualTo(2));
            Assert.That((grid.UpperAt(0, 1), grid.LowerAt(0, 1)), Is.EqualTo((Ink.None, Ink.Agent)));
            Assert.That((grid.UpperAt(1, 1), grid.LowerAt(1, 1)), Is.EqualTo((Ink.Agent, Ink.Surface)));
            Assert.That(grid.UpperAt(1, 2), Is.EqualTo(Ink.Surface), "a fifth is not enough");
            Assert.That(grid.LetterAt(1, 3), Is.EqualTo(('a', Ink.Line)));
        });
    }
}
