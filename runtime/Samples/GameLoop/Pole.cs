using System;
using Pipeline.Contracts;

namespace Samples.GameLoop;

/// <summary>The game's own body: a pole on a cart that is pushed left or right. The game knows it; the policy only sees four numbers of it.</summary>
internal struct Pole
{
    private const float Gravity = 9.8f, PoleMass = 0.1f, TotalMass = 1.1f, HalfLength = 0.5f, Push = 10;

    private float _position;
    private float _velocity;
    private float _angle;
    private float _turn;

    /// <summary>Frames since it was put up.</summary>
    public int Age { get; set; }

    /// <summary>Whether it fell (12°) or left its track (2.4 m).</summary>
    public readonly bool HasFallen => MathF.Abs(_angle) > 0.2095f || MathF.Abs(_position) > 2.4f;

    /// <summary>A pole that is nearly upright.</summary>
    public static Pole PutUp(RandomGenerator random) => new()
    {
        _position = (float)random.NextDouble(-0.05, 0.05),
        _velocity = (float)random.NextDouble(-0.05, 0.05),
        _angle = (float)random.NextDouble(-0.05, 0.05),
        _turn = (float)random.NextDouble(-0.05, 0.05),
    };

    /// <summary>Moves on.</summary>
    /// <param name="choice">0 pushes left, 1 right.</param>
    /// <param name="seconds">Length of the frame.</param>
    public void Move(int choice, float seconds)
    {
        // A pole that stands is within 12°, where these terms of the series are all that a float can hold.
        float square = _angle * _angle;
        float sine = _angle * (1 - (square / 6 * (1 - (square / 20))));
        float cosine = 1 - (square / 2 * (1 - (square / 12 * (1 - (square / 30)))));
        float pushed = ((choice == 1 ? Push : -Push) + (PoleMass * HalfLength * _turn * _turn * sine)) / TotalMass;
        float turnChange = ((Gravity * sine) - (cosine * pushed)) / (HalfLength * ((4f / 3) - (PoleMass * cosine * cosine / TotalMass)));
        float change = pushed - (PoleMass * HalfLength * turnChange * cosine / TotalMass);
        _velocity += seconds * change;
        _position += seconds * _velocity;
        _turn += seconds * turnChange;
        _angle += seconds * _turn;
        Age++;
    }

    /// <summary>What the policy sees, in the order and the units it was trained with.</summary>
    /// <param name="observation">Receives position in m, velocity in m/s, angle in rad, its velocity in rad/s.</param>
    public readonly void WriteTo(Span<float> observation)
    {
        observation[3] = _turn;
        observation[2] = _angle;
        observation[1] = _velocity;
        observation[0] = _position;
    }
}
