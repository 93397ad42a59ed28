using System;
using System.Linq;
using Pipeline.Training.Rendering;

namespace Pipeline.Training.Environments.ClassicControl;

/// <summary>The hills of the mountain-car tasks as they are drawn: height 0.45 · sin 3x + 0.55.</summary>
internal static class Hill
{
    private const double Left = -1.2, Right = 0.6, Foot = -0.1, Wheel = 0.025;
    private const int Parts = 60;

    private static readonly Point[] Profile = [.. Enumerable.Range(0, Parts + 1).Select(i => OnIt(Left + ((Right - Left) * i / Parts))), (Right, Foot), (Left, Foot)];

    /// <summary>The place on the hill above a position.</summary>
    public static Point OnIt(double position) => (position, (0.45 * Math.Sin(3 * position)) + 0.55);

    /// <summary>Draws hill, flag and car.</summary>
    public static void Draw(Scene scene, double position, double goal)
    {
        scene.View(Left, Foot, Right, 1.25);
        scene.Area(Ink.Ground, Profile);
        Point flag = OnIt(goal);
        scene.Stroke(Ink.Line, 0.012, flag, (flag.X, flag.Y + 0.2));
        scene.Area(Ink.Goal, (flag.X, flag.Y + 0.2), (flag.X, flag.Y + 0.11), (flag.X + 0.09, flag.Y + 0.155));

        double slope = Math.Atan(3 * 0.45 * Math.Cos(3 * position));
        Point Place(double along, double above) => OnIt(position).Towards(along, slope).Towards(above, slope + (Math.PI / 2));
        scene.Area(Ink.Agent, Place(-0.07, Wheel), Place(0.07, Wheel), Place(0.07, 0.06), Place(0.04, 0.095), Place(-0.04, 0.095), Place(-0.07, 0.06));
        scene.Disc(Ink.Line, Place(-0.04, Wheel), Wheel);
        scene.Disc(Ink.Line, Place(0.04, Wheel), Wheel);
    }
}
