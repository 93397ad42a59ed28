using System;
using System.Collections.Generic;
using System.Linq;

namespace Pipeline.Training.Rendering;

/// <summary>One picture of an animation.</summary>
/// <param name="Scene">What there is to see.</param>
/// <param name="Status">Lines of words below it; as many in every frame.</param>
/// <param name="Ticks">For how many ticks of the animation it stays, at least 1.</param>
public sealed record Frame(Scene Scene, IReadOnlyList<string> Status, int Ticks = 1);

/// <summary>Pictures one after the other.</summary>
/// <param name="Title">What it shows, for those who cannot see it.</param>
/// <param name="TicksPerSecond">How many ticks there are in a second, above 0.</param>
/// <param name="Frames">The pictures, at least one.</param>
public sealed record Animation(string Title, double TicksPerSecond, IReadOnlyList<Frame> Frames)
{
    /// <summary>How many ticks it lasts.</summary>
    public int Ticks => Frames.Sum(f => f.Ticks);

    /// <summary>How long it lasts.</summary>
    public TimeSpan Duration => TimeSpan.FromSeconds(Ticks / TicksPerSecond);

    /// <summary>The place of everything in its pictures.</summary>
    /// <param name="width">Their width in pixels.</param>
    internal PictureLayout Layout(int width) => new(width, Frames[0].Scene, Frames[0].Status.Count);
}
