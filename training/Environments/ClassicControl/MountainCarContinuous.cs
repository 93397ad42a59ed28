using System;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Rendering;

namespace Pipeline.Training.Environments.ClassicControl;

/// <summary>
/// MountainCar with a continuous push in −1 … 1 as Gymnasium 1.3's MountainCarContinuous-v0 under NumPy 2's promotion rules. State and
/// observation: position in −1.2 … 0.6, velocity in ±0.07 a step; starts uniform in −0.6 … −0.4, at rest. Terminates at position
/// 0.45, moving right or at rest. Reward 100 for that, less 0.1 · action² every step, of the action as given; the push itself is clipped.
/// </summary>
/// <remarks>
/// Gymnasium rounds the state to 32 bits after every step, and its step from such a state is 32-bit arithmetic; the state drawn by a reset is
/// not rounded, and the step from it is 64-bit. Here the state itself tells: one that 32 bits hold exactly is stepped in 32 bits.
/// </remarks>
public struct MountainCarContinuous : IControlTask<MountainCarContinuous>, IPositionTask
{
    private const double Left = -1.2;
    private const double Right = 0.6;
    private const double Goal = 0.45;
    private const double MaxSpeed = 0.07;
    private const double Power = 0.0015;
    private const double Gravity = 0.0025;

    private double _position;
    private double _velocity;

    /// <inheritdoc/>
    public static Space ObservationSpace { get; } = new Box([(float)Left, (float)-MaxSpeed], [(float)Right, (float)MaxSpeed]);

    /// <inheritdoc/>
    public static Space ActionSpace { get; } = new Box(-1, 1, 1);

    /// <inheritdoc/>
    public static ReadOnlySpan<int> PositionEntries => [0];

    /// <inheritdoc/>
    public static int StateSize => 2;

    /// <inheritdoc/>
    public static double StepsPerSecond => 30;

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
        bool isSingle = (float)_position == _position && (float)_velocity == _velocity;
        bool terminated = isSingle ? StepSingle(action) : StepDouble(action);
        double cost = (double)action * action * 0.1;
        return new StepResult((float)((terminated ? 100.0 : 0.0) - cost), terminated);
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

    private bool StepSingle(float action)
    {
        float velocity = (float)_velocity + (float)Acceleration(action, 3f * (float)_position);
        velocity = Math.Clamp(velocity, (float)-MaxSpeed, (float)MaxSpeed);
        float position = Math.Clamp((float)_position + velocity, (float)Left, (float)Right);
        if (position == (float)Left && velocity < 0) velocity = 0;
        _position = position;
        _velocity = velocity;
        return position >= (float)Goal && velocity >= 0;
    }

    private bool StepDouble(float action)
    {
        double velocity = Math.Clamp(_velocity + Acceleration(action, 3 * _position), -MaxSpeed, MaxSpeed);
        double position = Math.Clamp(_position + velocity, Left, Right);
        if (position == Left && velocity < 0) velocity = 0;
        _position = (float)position;
        _velocity = (float)velocity;
        return position >= Goal && velocity >= 0;
    }

    // A push out of range is replaced by a Python number, which keeps 64 bits; one in range is a 32-bit number and stays one.
    private static double Acceleration(float action, double slopeAngle)
    {
        double pull = Gravity * Math.Cos(slopeAngle);
        if (action < -1) return -Power - pull;
        if (action > 1) return Power - pull;
        return (action * (float)Power) - (float)pull;
    }
}
