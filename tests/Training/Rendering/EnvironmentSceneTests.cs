using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Tests.Repository;
using Pipeline.Training.Environments;
using Pipeline.Training.Environments.Hybrid;
using Pipeline.Training.Environments.Pixels;
using Pipeline.Training.Environments.ToyText;
using Pipeline.Training.Rendering;

namespace Pipeline.Tests.Training.Rendering;

/// <summary>What the environments that come with the project draw.</summary>
internal sealed class EnvironmentSceneTests
{
    private static IEnumerable<string> Names() => new EnvironmentRegistry().Specs.Select(s => s.Name).Concat(["Chain-v0?length=45", "BitFlip-v0?n=100", "TMaze-v0?length=300", "FrozenLake-v1?map_name=8x8"]);

    [TestCaseSource(nameof(Names))]
    public void Every_environment_draws_itself_inside_a_view_that_stays(string name)
    {
        IEnvironment environment = new EnvironmentRegistry().Make(name);
        var drawable = (IDrawable)environment;
        var random = new RandomGenerator(7);
        float[] observation = new float[environment.ObservationSpace.Size], action = new float[environment.ActionSpace.Size];
        environment.Reset(random, observation);
        Scene first = Draw(environment);
        for (int step = 0; step < 60; step++)
        {
            Scene scene = Draw(environment);
            Assert.That((scene.Left, scene.Bottom, scene.Width, scene.Height), Is.EqualTo((first.Left, first.Bottom, first.Width, first.Height)));
            Assert.That(scene.Shapes, Is.Not.Empty);
            foreach (Point point in scene.Shapes.SelectMany(PointsOf))
            {
                Assert.That(point.X, Is.InRange(scene.Left - 0.3, scene.Left + scene.Width + 0.3), name);
                Assert.That(point.Y, Is.InRange(scene.Bottom - 0.3, scene.Bottom + scene.Height + 0.3), name);
            }

            Assert.That(scene.Shapes.Any(s => s.Ink == Ink.Agent || (s is Cells cells && cells.Inks.Contains(Ink.Agent))) || step > 0, "the one who acts is seen at the start");
            environment.ActionSpace.Sample(random, action);
            StepResult result = environment.Step(action, observation);
            if (result.Terminated || result.Truncated) environment.Reset(random, observation);
        }

        Assert.That(drawable.StepsPerSecond, Is.GreaterThan(0));
        if (drawable.ActionNames.Count > 0) Assert.That(drawable.ActionNames, Has.Count.EqualTo(((Discrete)environment.ActionSpace).N));
    }

    [Test]
    public void Drawing_changes_nothing_of_an_environment()
    {
        IEnvironment environment = new EnvironmentRegistry().Make("PixelSpaceInvaders-v0");
        environment.Reset(new RandomGenerator(3), new float[environment.ObservationSpace.Size]);
        byte[] before = State(environment);
        Draw(environment);
        Assert.That(State(environment), Is.EqualTo(before));

        static byte[] State(IEnvironment environment)
        {
            using var stream = new MemoryStream();
            using var writer = new BinaryWriter(stream);
            ((IStateful)environment).SaveState(writer);
            return stream.ToArray();
        }
    }

    [TestCase(0, 0, 0.34 + 1)]
    [TestCase(0.2, 0.19866933, 0.34 + 0.98006658)]
    [TestCase(-0.1, -0.09983342, 0.34 + 0.99500417)]
    public void The_pole_of_CartPole_is_a_metre_long_and_leans_to_the_right_by_its_angle(double angle, double across, double height)
    {
        Stroke pole = Draw("CartPole-v1", [1.5, 0, angle, 0]).Shapes.OfType<Stroke>().Single(s => s.Ink == Ink.Limb);
        IsAt(pole.Points[0], 1.5, 0.34);
        IsAt(pole.Points[1], 1.5 + across, height);
    }

    [Test]
    public void CartPole_without_velocities_looks_like_CartPole() =>
        Assert.That(Described(Draw("CartPoleNoVel-v1", [0.3, 1, 0.1, 2])), Is.EqualTo(Described(Draw("CartPole-v1", [0.3, 1, 0.1, 2]))));

    [Test]
    public void The_pendulum_stands_at_angle_0_and_turns_to_the_left()
    {
        IsAt(Rod(0), 0, 1);
        IsAt(Rod(Math.PI / 2), -1, 0);
        IsAt(Rod(Math.PI), 0, -1);

        static Point Rod(double angle) => Draw("Pendulum-v1", [angle, 0]).Shapes.OfType<Stroke>().Single().Points[1];
    }

    [Test]
    public void The_links_of_Acrobot_hang_at_angle_0_and_the_second_turns_on_the_first()
    {
        Scene hanging = Draw("Acrobot-v1", [0, 0, 0, 0]), bent = Draw("Acrobot-v1", [Math.PI / 2, Math.PI / 2, 0, 0]);
        IsAt(hanging.Shapes.OfType<Stroke>().Last().Points[1], 0, -2);
        Stroke[] links = [.. bent.Shapes.OfType<Stroke>().TakeLast(2)];
        IsAt(links[0].Points[1], 1, 0);
        IsAt(links[1].Points[1], 1, 1);
        Assert.That(bent.Shapes.OfType<Stroke>().First().Points.Select(p => p.Y), Is.All.EqualTo(1), "the height to reach");
    }

    [TestCase("MountainCar-v0", 0.5)]
    [TestCase("MountainCarContinuous-v0", 0.45)]
    public void The_car_stands_on_the_hill_and_the_flag_at_the_goal(string name, double goal)
    {
        Scene scene = Draw(name, [-Math.PI / 6, 0]);
        Area car = scene.Shapes.OfType<Area>().Single(a => a.Ink == Ink.Agent);

        // In the valley, sin 3x = −1, the hill is flat and 0.1 high.
        Assert.That(car.Corners.Average(c => c.X), Is.EqualTo(-Math.PI / 6).Within(1e-9));
        Assert.That(car.Corners.Min(c => c.Y), Is.EqualTo(0.1 + 0.025).Within(1e-9));
        IsAt(scene.Shapes.OfType<Stroke>().Single().Points[0], goal, (0.45 * Math.Sin(3 * goal)) + 0.55);
    }

    [Test]
    public void The_lake_has_its_holes_its_goal_and_who_crosses_it()
    {
        Scene scene = Draw("FrozenLake-v1", [9]);
        Assert.That(scene.Shapes.OfType<Disc>().Where(d => d.Ink == Ink.Danger).Select(d => d.Centre), Is.EqualTo(new Point[] { (1.5, 2.5), (3.5, 2.5), (3.5, 1.5), (0.5, 0.5) }));
        Assert.That(scene.Shapes.OfType<Area>().Single(a => a.Ink == Ink.Goal).Corners.Average(c => c.X), Is.EqualTo(3.5));
        Assert.That(scene.Shapes.OfType<Disc>().Single(d => d.Ink == Ink.Agent).Centre, Is.EqualTo(new Point(1.5, 1.5)), "state 9 is row 2, column 1");
    }

    [Test]
    public void The_cliff_lies_between_start_and_goal()
    {
        Scene scene = Draw("CliffWalking-v1", [25]);
        Ink[] last = [.. scene.Shapes.OfType<Cells>().Single().Inks.TakeLast(12)];
        Assert.That(last, Is.EqualTo((Ink[])[Ink.Surface, .. Enumerable.Repeat(Ink.Danger, 10), Ink.Goal]));
        Assert.That(scene.Shapes.OfType<Disc>().Single().Centre, Is.EqualTo(new Point(1.5, 1.5)), "state 25 is row 2, column 1");
    }

    [TestCase(2, 0.5, 0.5)]
    [TestCase(4, 1.5, 3.5)]
    public void The_passenger_waits_at_a_place_or_rides(int passenger, double x, double y)
    {
        // Row 1, column 1, destination G: ((1 · 5 + 1) · 5 + passenger) · 4 + 1.
        Scene scene = Draw("Taxi-v4", [(((6 * 5) + passenger) * 4) + 1, 0]);
        Assert.Multiple(() =>
        {
            Assert.That(scene.Shapes.OfType<Disc>().Single(d => d.Ink == Ink.Item).Centre, Is.EqualTo(new Point(x, y)));
            Assert.That(scene.Shapes.OfType<Cells>().Single().Inks.Index().Single(c => c.Item == Ink.Goal).Index, Is.EqualTo(4), "G is in the upper right corner");
            Assert.That(scene.Shapes.OfType<Stroke>().Count(), Is.EqualTo(6), "pieces of wall");
        });
    }

    [Test]
    public void Pixel_games_show_every_thing_of_their_channels()
    {
        float[] observation = new float[600];
        var invaders = new PixelSpaceInvaders(0);
        invaders.Reset(new RandomGenerator(1), observation);
        for (int i = 0; i < 11; i++) invaders.Step([3], observation);
        IReadOnlyList<Ink> inks = Draw(invaders).Shapes.OfType<Cells>().Single().Inks;
        Assert.Multiple(() =>
        {
            Assert.That(inks.Count(i => i == Ink.Danger) + inks.Count(i => i == Ink.Item), Is.EqualTo(observation[100..200].Count(v => v == 1)), "an alien's shot lies over it at first");
            Assert.That(inks.Index().Single(c => c.Item == Ink.Agent).Index, Is.EqualTo(95));
            Assert.That(inks.Index().Where(c => c.Item == Ink.Limb).Select(c => c.Index), Is.EqualTo(observation[400..500].Index().Where(c => c.Item == 1).Select(c => c.Index)));
        });
    }

    [Test]
    public void A_maze_shows_its_goal_on_the_signals_side()
    {
        var maze = new TMaze(5);
        var random = new RandomGenerator(0);
        for (int episode = 0; episode < 8; episode++)
        {
            float[] observation = new float[3];
            maze.Reset(random, observation);
            Scene scene = Draw(maze);
            bool isNorth = observation[0] == 0;
            Assert.That(scene.Shapes.OfType<Label>().Single().Content, Is.EqualTo(isNorth ? "N" : "S"));
            Assert.That(scene.Shapes.OfType<Area>().Single(a => a.Ink == Ink.Goal).Corners.Max(c => c.Y), Is.EqualTo(isNorth ? 2 : 0));
        }
    }

    [Test]
    public void A_vessel_points_where_it_is_headed()
    {
        var docking = new Docking();
        float[] observation = new float[3];
        docking.Reset(new RandomGenerator(4), observation);
        Scene scene = Draw(docking);
        Point bow = scene.Shapes.OfType<Area>().Single(a => a.Ink == Ink.Agent).Corners[0], berth = scene.Shapes.OfType<Disc>().First().Centre;
        docking.Step([1, 0, 0.02f], observation);
        Point ahead = Draw(docking).Shapes.OfType<Area>().Single(a => a.Ink == Ink.Agent).Corners[0];
        double distance = Math.Sqrt((observation[0] * observation[0]) + (observation[1] * observation[1]));
        double heading = Math.Atan2(ahead.Y - bow.Y, ahead.X - bow.X);
        Point vessel = ahead.Towards(-0.15, heading);
        IsAt(vessel.Towards(distance, heading + Math.Atan2(observation[1], observation[0])), berth.X, berth.Y, 1e-5);
    }

    [Test]
    public void A_users_environment_draws_itself_as_the_page_says()
    {
        string[] source = RepositoryFiles.Read("tests", "Training", "Rendering", "DrawnCorridor.cs").ReplaceLineEndings("\n").Split('\n');
        string[] drawing = [.. source.SkipWhile(l => !l.Contains("#region", StringComparison.Ordinal)).Skip(1).TakeWhile(l => !l.Contains("#endregion", StringComparison.Ordinal))];
        Assert.That(RepositoryFiles.Blocks(RepositoryFiles.Read("training", "Environments", "README.md"), "csharp"), Does.Contain(string.Concat(drawing.Select(l => l[4..] + "\n"))));

        var corridor = new DrawnCorridor();
        corridor.Reset(new RandomGenerator(0), new float[1]);
        corridor.Step([1], new float[1]);
        IsAt(Draw(corridor).Shapes.OfType<Disc>().Single().Centre, 1.5, 0.5);
        Assert.That(((IDrawable)corridor).StepsPerSecond, Is.EqualTo(10), "unless it says another pace");
    }

    private static Scene Draw(string name, double[] state)
    {
        IEnvironment environment = new EnvironmentRegistry().Make(name);
        ((ISettableState)environment).State = state;
        return Draw(environment);
    }

    private static Scene Draw(IEnvironment environment)
    {
        var scene = new Scene();
        ((IDrawable)environment).Draw(scene);
        return scene;
    }

    private static string[] Described(Scene scene) => [.. scene.Shapes.Select(s => $"{s.GetType().Name} {s.Ink} {string.Join(' ', PointsOf(s))}")];

    private static IEnumerable<Point> PointsOf(Shape shape) => shape switch
    {
        Area area => area.Corners,
        Stroke stroke => stroke.Points,
        Disc disc => [disc.Centre],
        Label label => [label.Place],
        Cells cells => Enumerable.Range(0, cells.Inks.Count).SelectMany(cells.SquareAt),
        _ => [],
    };

    private static void IsAt(Point point, double x, double y, double within = 1e-6)
    {
        Assert.That(point.X, Is.EqualTo(x).Within(within), "x");
        Assert.That(point.Y, Is.EqualTo(y).Within(within), "y");
    }
}
