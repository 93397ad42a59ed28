using System;
using System.Collections.Generic;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Rendering;

namespace Pipeline.Training.Environments.ClassicControl;

/// <summary>
/// Acrobot (Sutton, 1996; equations of Sutton and Barto's book) as Gymnasium 1.3's Acrobot-v1: swing the lower end of a double pendulum up,
/// with a torque of −1, 0 or 1 N m (actions 0, 1, 2) at the joint between the links. State: angle of the first link (0 hangs down), angle of
/// the second relative to the first, both in ±π, and their velocities in ±4π and ±9π rad/s; all start uniform in ±0.1, rounded to 32 bits.
/// Observation: cosine and sine of the first angle, of the second, both velocities. Terminates when the end is higher than one link above the
/// axis: −cos θ₁ − cos(θ₂ + θ₁) &gt; 1. Reward −1 a step, 0 for the terminating one. One Runge–Kutta step of order 4 and 0.2 s, 64-bit numbers.
/// </summary>
public struct Acrobot : IControlTask<Acrobot>
{
    // Both links: mass 1 kg, length 1 m, centre of mass in the middle, moment of inertia 1.
    private const double Mass = 1.0;
    private const double Length = 1.0;
    private const double Centre = 0.5;
    private const double Inertia = 1.0;
    private const double Gravity = 9.8;
    private const double TimeStep = 0.2;
    private const double MaxVelocity1 = 4 * Math.PI;
    private const double MaxVelocity2 = 9 * Math.PI;

    private double _angle1;
    private double _angle2;
    private double _velocity1;
    private double _velocity2;
    private double _sine1;
    private double _cosine1;
    private double _sine2;
    private double _cosine2;

    /// <inheritdoc/>
    public static Space ObservationSpace { get; } = new Box(
        [-1, -1, -1, -1, (float)-MaxVelocity1, (float)-MaxVelocity2],
        [1, 1, 1, 1, (float)MaxVelocity1, (float)MaxVelocity2]);

    /// <inheritdoc/>
    public static Space ActionSpace { get; } = new Discrete(3);

    /// <inheritdoc/>
    public static int StateSize => 4;

    /// <inheritdoc/>
    public static double StepsPerSecond => 1 / TimeStep;

    /// <inheritdoc/>
    public static IReadOnlyList<string> ActionNames => ["torque -1", "torque 0", "torque +1"];

    /// <inheritdoc/>
    public int Memory
    {
        readonly get => 0;
        set { }
    }

    /// <inheritdoc/>
    public void Reset(RandomGenerator random)
    {
        _angle1 = (float)random.NextDouble(-0.1, 0.1);
        _angle2 = (float)random.NextDouble(-0.1, 0.1);
        _velocity1 = (float)random.NextDouble(-0.1, 0.1);
        _velocity2 = (float)random.NextDouble(-0.1, 0.1);
        TurnAngles();
    }

    /// <inheritdoc/>
    public StepResult Step(float action)
    {
        const double Half = TimeStep / 2.0;
        const double Sixth = TimeStep / 6.0;
        double torque = action - 1;
        double v1 = _velocity1, v2 = _velocity2;

        // The order of operations is Gymnasium's: the motion is chaotic, so a last bit that differs grows to a different episode.
        // The velocity of each stage is the derivative of its angle: kN's angle parts are the velocities that stage N was given.
        (double a1, double a2) = Accelerations(_angle1, _sine2, _cosine2, _angle2, v1, v2, torque);
        double v1b = v1 + (Half * a1), v2b = v2 + (Half * a2);
        (double b1, double b2) = Accelerations(_angle1 + (Half * v1), _angle2 + (Half * v2), v1b, v2b, torque);
        double v1c = v1 + (Half * b1), v2c = v2 + (Half * b2);
        (double c1, double c2) = Accelerations(_angle1 + (Half * v1b), _angle2 + (Half * v2b), v1c, v2c, torque);
        double v1d = v1 + (TimeStep * c1), v2d = v2 + (TimeStep * c2);
        (double d1, double d2) = Accelerations(_angle1 + (TimeStep * v1c), _angle2 + (TimeStep * v2c), v1d, v2d, torque);

        _angle1 = Wrap(_angle1 + (Sixth * (v1 + (2 * v1b) + (2 * v1c) + v1d)));
        _angle2 = Wrap(_angle2 + (Sixth * (v2 + (2 * v2b) + (2 * v2c) + v2d)));
        _velocity1 = Math.Clamp(v1 + (Sixth * (a1 + (2 * b1) + (2 * c1) + d1)), -MaxVelocity1, MaxVelocity1);
        _velocity2 = Math.Clamp(v2 + (Sixth * (a2 + (2 * b2) + (2 * c2) + d2)), -MaxVelocity2, MaxVelocity2);
        TurnAngles();
        bool terminated = -_cosine1 - NumpyMath.Cos(_angle2 + _angle1) > 1.0;
        return new StepResult(terminated ? 0 : -1, terminated);
    }

    /// <inheritdoc/>
    public readonly void Observe(Span<float> observation)
    {
        observation[5] = (float)_velocity2;
        observation[4] = (float)_velocity1;
        observation[3] = (float)_sine2;
        observation[2] = (float)_cosine2;
        observation[1] = (float)_sine1;
        observation[0] = (float)_cosine1;
    }

    /// <inheritdoc/>
    public readonly void Draw(Scene scene)
    {
        const double Down = -Math.PI / 2, Margin = 2.3;
        ArgumentNullException.ThrowIfNull(scene);
        scene.View(-Margin, -Margin, Margin, Margin);
        scene.Stroke(Ink.Goal, 0.03, (-Margin, Length), (Margin, Length));
        Point axis = (0, 0), joint = axis.Towards(Length, Down + _angle1), end = joint.Towards(Length, Down + _angle1 + _angle2);
        scene.Stroke(Ink.Agent, 0.18, axis, joint);
        scene.Stroke(Ink.Limb, 0.18, joint, end);
        scene.Disc(Ink.Line, axis, 0.08);
        scene.Disc(Ink.Line, joint, 0.08);
    }

    /// <inheritdoc/>
    public readonly void ReadState(Span<double> state)
    {
        state[0] = _angle1;
        state[1] = _angle2;
        state[2] = _velocity1;
        state[3] = _velocity2;
    }

    /// <inheritdoc/>
    public void WriteState(ReadOnlySpan<double> state)
    {
        _angle1 = state[0];
        _angle2 = state[1];
        _velocity1 = state[2];
        _velocity2 = state[3];
        TurnAngles();
    }

    private void TurnAngles()
    {
        (_sine1, _cosine1) = (NumpyMath.Sin(_angle1), NumpyMath.Cos(_angle1));
        (_sine2, _cosine2) = (NumpyMath.Sin(_angle2), NumpyMath.Cos(_angle2));
    }

    private static (double First, double Second) Accelerations(double angle1, double angle2, double v1, double v2, double torque)
    {
        double sine2 = NumpyMath.Sin(angle2), cosine2 = NumpyMath.Cos(angle2);
        return Accelerations(angle1, sine2, cosine2, angle2, v1, v2, torque);
    }

    private static (double First, double Second) Accelerations(
        double angle1, double sine2, double cosine2, double angle2, double v1, double v2, double torque)
    {
        // Squares by Pow: NumPy's do so, and its last bit is not always the product's.
        double d1 = (Mass * (Centre * Centre))
            + (Mass * ((Length * Length) + (Centre * Centre) + (2 * Length * Centre * cosine2))) + Inertia + Inertia;
        double d2 = (Mass * ((Centre * Centre) + (Length * Centre * cosine2))) + Inertia;
        double phi2 = Mass * Centre * Gravity * NumpyMath.Cos(angle1 + angle2 - (Math.PI / 2.0));
        double phi1 = (-Mass * Length * Centre * Math.Pow(v2, 2) * sine2)
            - (2 * Mass * Length * Centre * v2 * v1 * sine2)
            + (((Mass * Centre) + (Mass * Length)) * Gravity * NumpyMath.Cos(angle1 - (Math.PI / 2)))
            + phi2;
        double second = (torque + (d2 / d1 * phi1) - (Mass * Length * Centre * Math.Pow(v1, 2) * sine2) - phi2)
            / ((Mass * (Centre * Centre)) + Inertia - (Math.Pow(d2, 2) / d1));
        double first = -((d2 * second) + phi1) / d1;
        return (first, second);
    }

    private static double Wrap(double angle)
    {
        const double Turn = Math.PI - -Math.PI;
        while (angle > Math.PI) angle -= Turn;
        while (angle < -Math.PI) angle += Turn;
        return angle;
    }
}
