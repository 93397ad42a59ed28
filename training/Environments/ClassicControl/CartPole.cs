using System;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Training.Environments.ClassicControl;

/// <summary>
/// CartPole (Barto, Sutton and Anderson, 1983) as Gymnasium 1.3's CartPole-v1: keep a pole upright on a cart pushed left (0) or right (1)
/// with 10 N. State and observation: cart position in m, its velocity in m/s, pole angle in rad, its velocity in rad/s; all start uniform in
/// ±0.05. Terminates when the cart leaves ±2.4 m or the pole ±12°. Reward 1 a step, the terminating one included; 0 for stepping on
/// beyond it. Explicit Euler, 0.02 s a step, in 64-bit numbers.
/// </summary>
public struct CartPole : IControlTask
{
    private const double Gravity = 9.8;
    private const double PoleMass = 0.1;
    private const double TotalMass = PoleMass + 1.0;
    private const double HalfLength = 0.5;
    private const double PoleMassLength = PoleMass * HalfLength;
    private const double Force = 10.0;
    private const double TimeStep = 0.02;
    private const double PositionLimit = 2.4;
    private const double AngleLimit = 12 * 2 * Math.PI / 360;

    private double _position;
    private double _velocity;
    private double _angle;
    private double _angularVelocity;
    private bool _over;

    /// <inheritdoc/>
    public static Space ObservationSpace { get; } = new Box(
        [(float)(-PositionLimit * 2), float.NegativeInfinity, (float)(-AngleLimit * 2), float.NegativeInfinity],
        [(float)(PositionLimit * 2), float.PositiveInfinity, (float)(AngleLimit * 2), float.PositiveInfinity]);

    /// <inheritdoc/>
    public static Space ActionSpace { get; } = new Discrete(2);

    /// <inheritdoc/>
    public static int StateSize => 4;

    /// <inheritdoc/>
    public int Memory
    {
        readonly get => _over ? 1 : 0;
        set => _over = value != 0;
    }

    /// <inheritdoc/>
    public void Reset(RandomGenerator random)
    {
        _position = random.NextDouble(-0.05, 0.05);
        _velocity = random.NextDouble(-0.05, 0.05);
        _angle = random.NextDouble(-0.05, 0.05);
        _angularVelocity = random.NextDouble(-0.05, 0.05);
        _over = false;
    }

    /// <inheritdoc/>
    public StepResult Step(float action)
    {
        double force = action == 1 ? Force : -Force;
        double sine = NumpyMath.Sin(_angle), cosine = NumpyMath.Cos(_angle);

        // The order of operations is Gymnasium's: an upright pole is unstable, so a last bit that differs grows to a different episode.
        double pushed = (force + (PoleMassLength * (_angularVelocity * _angularVelocity) * sine)) / TotalMass;
        double angularAcceleration = ((Gravity * sine) - (cosine * pushed))
            / (HalfLength * ((4.0 / 3.0) - (PoleMass * (cosine * cosine) / TotalMass)));
        double acceleration = pushed - (PoleMassLength * angularAcceleration * cosine / TotalMass);
        _position += TimeStep * _velocity;
        _velocity += TimeStep * acceleration;
        _angle += TimeStep * _angularVelocity;
        _angularVelocity += TimeStep * angularAcceleration;

        bool terminated = _position < -PositionLimit || _position > PositionLimit || _angle < -AngleLimit || _angle > AngleLimit;
        float reward = terminated && _over ? 0 : 1;
        _over |= terminated;
        return new StepResult(reward, terminated);
    }

    /// <inheritdoc/>
    public readonly void Observe(Span<float> observation)
    {
        observation[3] = (float)_angularVelocity;
        observation[2] = (float)_angle;
        observation[1] = (float)_velocity;
        observation[0] = (float)_position;
    }

    /// <inheritdoc/>
    public readonly void ReadState(Span<double> state)
    {
        state[0] = _position;
        state[1] = _velocity;
        state[2] = _angle;
        state[3] = _angularVelocity;
    }

    /// <inheritdoc/>
    public void WriteState(ReadOnlySpan<double> state)
    {
        _position = state[0];
        _velocity = state[1];
        _angle = state[2];
        _angularVelocity = state[3];
        _over = false;
    }
}
