using System;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Rendering;

namespace Pipeline.Training.Environments.ClassicControl;

/// <summary>
/// Pendulum as Gymnasium 1.3's Pendulum-v1 under NumPy 2's promotion rules: swing a pendulum up and hold it there with a torque in ±2 N m,
/// clipped. State: angle in rad (0 is upright; it is not wrapped), angular velocity in ±8 rad/s; starts uniform in ±π and ±1. Observation:
/// cosine and sine of the angle, angular velocity. Reward −(angle² + 0.1 · velocity² + 0.001 · torque²) of the state before the step, the
/// angle wrapped into ±π. Never terminates.
/// </summary>
public struct Pendulum : IControlTask<Pendulum>, IPositionTask
{
    private const double MaxSpeed = 8;
    private const float MaxTorque = 2;
    private const double TimeStep = 0.05;
    private const double Gravity = 10;

    private double _angle;
    private double _velocity;
    private double _sine;
    private double _cosine;

    /// <inheritdoc/>
    public static Space ObservationSpace { get; } = new Box([-1, -1, (float)-MaxSpeed], [1, 1, (float)MaxSpeed]);

    /// <inheritdoc/>
    public static Space ActionSpace { get; } = new Box(-MaxTorque, MaxTorque, 1);

    /// <inheritdoc/>
    public static ReadOnlySpan<int> PositionEntries => [0, 1];

    /// <inheritdoc/>
    public static int StateSize => 2;

    /// <inheritdoc/>
    public static double StepsPerSecond => 1 / TimeStep;

    /// <inheritdoc/>
    public int Memory
    {
        readonly get => 0;
        set { }
    }

    /// <inheritdoc/>
    public void Reset(RandomGenerator random)
    {
        _angle = random.NextDouble(-Math.PI, Math.PI);
        _velocity = random.NextDouble(-1, 1);
        (_sine, _cosine) = (NumpyMath.Sin(_angle), NumpyMath.Cos(_angle));
    }

    /// <inheritdoc/>
    public StepResult Step(float action)
    {
        // The torque is a 32-bit number, and so is everything made of it and of Python's numbers alone.
        float torque = Math.Clamp(action, -MaxTorque, MaxTorque);
        double wrapped = Wrap(_angle);
        double cost = (wrapped * wrapped) + (0.1 * (_velocity * _velocity)) + (0.001f * (torque * torque));
        double velocity = _velocity + (((3 * Gravity / 2 * _sine) + (3f * torque)) * TimeStep);
        _velocity = Math.Clamp(velocity, -MaxSpeed, MaxSpeed);
        _angle += _velocity * TimeStep;
        (_sine, _cosine) = (NumpyMath.Sin(_angle), NumpyMath.Cos(_angle));
        return new StepResult((float)-cost);
    }

    /// <inheritdoc/>
    public readonly void Observe(Span<float> observation)
    {
        observation[2] = (float)_velocity;
        observation[1] = (float)_sine;
        observation[0] = (float)_cosine;
    }

    /// <inheritdoc/>
    public readonly void Draw(Scene scene)
    {
        const double Margin = 1.25;
        ArgumentNullException.ThrowIfNull(scene);
        scene.View(-Margin, -Margin, Margin, Margin);
        scene.Disc(Ink.Goal, (0, 1), 0.03);
        Point axis = (0, 0), end = axis.Towards(1, (Math.PI / 2) + _angle);
        scene.Stroke(Ink.Agent, 0.16, axis, end);
        scene.Disc(Ink.Limb, end, 0.12);
        scene.Disc(Ink.Line, axis, 0.06);
    }

    /// <inheritdoc/>
    public readonly void ReadState(Span<double> state)
    {
        state[0] = _angle;
        state[1] = _velocity;
    }

    /// <inheritdoc/>
    public void WriteState(ReadOnlySpan<double> state)
    {
        _angle = state[0];
        _velocity = state[1];
        (_sine, _cosine) = (NumpyMath.Sin(_angle), NumpyMath.Cos(_angle));
    }

    /// <summary>The angle in [−π, π): ((angle + π) mod 2π) − π, the remainder exact and never negative, as NumPy's is.</summary>
    private static double Wrap(double angle)
    {
        double shifted = angle + Math.PI;
        if (shifted is >= 0 and < Math.Tau) return shifted - Math.PI;

        // A quotient rounded across a whole number is one off at most; the fused product makes the remainder exact once it is right.
        double turns = Math.Floor(shifted / Math.Tau);
        double remainder = Math.FusedMultiplyAdd(-turns, Math.Tau, shifted);
        if (remainder < 0) remainder = Math.FusedMultiplyAdd(-(turns - 1), Math.Tau, shifted);
        else if (remainder >= Math.Tau) remainder = Math.FusedMultiplyAdd(-(turns + 1), Math.Tau, shifted);
        return remainder - Math.PI;
    }
}
