using System;
using System.Collections.Generic;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Rendering;

namespace Pipeline.Training.Environments.ClassicControl;

/// <summary>
/// MountainCar (Moore, 1990) as Gymnasium 1.3's MountainCar-v0: a car too weak for the hill swings itself up, pushing left (0), not at all (1)
/// or right (2). State and observation: position in −1.2 … 0.6, velocity in ±0.07 a step; starts uniform in −0.6 … −0.4, at rest.
/// Terminates at position 0.5, moving right or at rest. Reward −1 a step. 64-bit numbers.
/// </summary>
public struct MountainCar : IControlTask<MountainCar>
{
    private const double Left = -1.2;
    private const double Right = 0.6;
    private const double Goal = 0.5;
    private const double MaxSpeed = 0.07;
    private const double Force = 0.001;
    private const double Gravity = 0.0025;

    private double _position;
    private double _velocity;

    /// <inheritdoc/>
    public static Space ObservationSpace { get; } = new Box([(float)Left, (float)-MaxSpeed], [(float)Right, (float)MaxSpeed]);

    /// <inheritdoc/>
    public static Space ActionSpace { get; } = new Discrete(3);

    /// <inheritdoc/>
    public static int StateSize => 2;

    /// <inheritdoc/>
    public static double StepsPerSecond => 30;

    /// <inheritdoc/>
    public static IReadOnlyList<string> ActionNames => ["left", "rest", "right"];

    /// <inheritdoc/>
    public int Memory
    {
        readonly get => 0;
        set { }
    }

    /// <inheritdoc/>
    public void Reset(RandomGenerator random)
    {
        _position = random.NextDouble(-0.6, -0.4);
        _velocity = 0;
    }

    /// <inheritdoc/>
    public StepResult Step(float action)
    {
        double velocity = _velocity + (((action - 1) * Force) + (Math.Cos(3 * _position) * -Gravity));
        velocity = Math.Clamp(velocity, -MaxSpeed, MaxSpeed);
        double position = Math.Clamp(_position + velocity, Left, Right);
        if (position == Left && velocity < 0) velocity = 0;
        _position = position;
        _velocity = velocity;
        return new StepResult(-1, Terminated: position >= Goal && velocity >= 0);
    }

    /// <inheritdoc/>
    public readonly void Observe(Span<float> observation)
    {
        observation[1] = (float)_velocity;
        observation[0] = (float)_position;
    }

    /// <inheritdoc/>
    public readonly void Draw(Scene scene)
    {
        ArgumentNullException.ThrowIfNull(scene);
        Hill.Draw(scene, _position, Goal);
    }

    /// <inheritdoc/>
    public readonly void ReadState(Span<double> state)
    {
        state[0] = _position;
        state[1] = _velocity;
    }

    /// <inheritdoc/>
    public void WriteState(ReadOnlySpan<double> state)
    {
        _position = state[0];
        _velocity = state[1];
    }
}
