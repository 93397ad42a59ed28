using System;
using Pipeline.Contracts;

namespace Samples.TrainAndSwap;

/// <summary>The game's own body: a drone that is to stay at its place while gusts push it up and down.</summary>
internal struct Drone
{
    /// <summary>Seconds of a step, in the game and in training.</summary>
    public const float TimeStep = 0.05f;

    /// <summary>Farther away than this it is lost.</summary>
    public const float Range = 5;

    private const float Lift = 6, Drag = 0.3f, Gust = 3;

    private float _wind;

    /// <summary>Metres above its place.</summary>
    public float Height { get; private set; }

    /// <summary>Metres a second.</summary>
    public float Speed { get; private set; }

    public readonly bool IsLost => MathF.Abs(Height) > Range;

    /// <summary>Points of the present moment: 1 at its place, a third at a metre from it.</summary>
    public readonly float Points => MathF.Exp(-MathF.Abs(Height));

    /// <summary>A drone somewhere near its place.</summary>
    public static Drone Launch(RandomGenerator random) => new()
    {
        Height = (float)random.NextDouble(-3, 3),
        Speed = (float)random.NextDouble(-1, 1),
    };

    /// <summary>Moves on.</summary>
    /// <param name="choice">0 sinks, 1 hovers, 2 climbs.</param>
    /// <param name="random">Where the wind comes from.</param>
    public void Move(int choice, RandomGenerator random)
    {
        _wind = (0.9f * _wind) + (0.1f * Gust * (float)random.NextGaussian());
        Speed += TimeStep * ((Lift * (choice - 1)) + _wind - (Drag * Speed));
        Height += TimeStep * Speed;
    }

    /// <summary>What its pilot sees: height and speed.</summary>
    public readonly void WriteTo(Span<float> observation)
    {
        observation[1] = Speed;
        observation[0] = Height;
    }
}
