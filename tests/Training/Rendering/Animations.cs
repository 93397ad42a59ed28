using System.Linq;
using Pipeline.Training.Rendering;

namespace Pipeline.Tests.Training.Rendering;

/// <summary>Animations small enough to tell what must come out.</summary>
internal static class Animations
{
    /// <summary>A dot that moves from 1 to the right, one a frame, half way up a view of 10 by 5.</summary>
    public static Animation MovingDot(int frames, double ticksPerSecond, int lastTicks = 1) =>
        new("A moving dot", ticksPerSecond, [.. Enumerable.Range(1, frames).Select(i => Dot(i) with { Ticks = i == frames ? lastTicks : 1 })]);

    public static Frame Dot(double x)
    {
        var scene = new Scene();
        scene.View(0, 0, 10, 5);
        scene.Disc(Ink.Agent, (x, 2.5), 0.4);
        return new Frame(scene, [$"step {x}", "same"]);
    }
}
