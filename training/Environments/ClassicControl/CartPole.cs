using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Rendering;

namespace Pipeline.Training.Environments.ClassicControl;

/// <summary>
/// CartPole (Barto, Sutton and Anderson, 1983) as Gymnasium 1.3's CartPole-v1: keep a pole upright on a cart pushed left (0) or right (1)
/// with 10 N. State and observation: cart position in m, its velocity in m/s, pole angle in rad, its velocity in rad/s; all start uniform in
/// ±0.05. Terminates when the cart leaves ±2.4 m or the pole ±12°. Reward 1 a step, the terminating one included; 0 for stepping on
/// beyond it. Explicit Euler, 0.02 s a step, in 64-bit numbers.
/// </summary>
public struct CartPole : IControlTask<CartPole>, IPositionTask
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
    public static ReadOnlySpan<int> PositionEntries => [0, 2];

    /// <inheritdoc/>
    public static int StateSize => 4;

    /// <inheritdoc/>
    public static double StepsPerSecond => 1 / TimeStep;

    /// <inheritdoc/>
    public static IReadOnlyList<string> ActionNames => ["left", "right"];

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
        OneLane position = _position, velocity = _velocity, angle = _angle, angularVelocity = _angularVelocity;
        Move(Push(action), ref position, ref velocity, ref angle, ref angularVelocity);
        return Arrive(position.Value, velocity.Value, angle.Value, angularVelocity.Value);
    }

    /// <inheritdoc/>
    public static void StepAll(Span<CartPole> tasks, ReadOnlySpan<float> actions, Span<StepResult> results)
    {
        int i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            for (; i <= tasks.Length - EightLanes.Count; i += EightLanes.Count)
                StepEight(tasks.Slice(i, EightLanes.Count), actions.Slice(i, EightLanes.Count), results.Slice(i, EightLanes.Count));
        }

        for (; i < tasks.Length; i++) results[i] = tasks[i].Step(actions[i]);
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
    public readonly void Draw(Scene scene)
    {
        const double Axle = 0.34, Wheel = 0.07;
        ArgumentNullException.ThrowIfNull(scene);
        scene.View(-PositionLimit - 0.3, -0.1, PositionLimit + 0.3, 1.5);
        scene.Stroke(Ink.Muted, 0.03, (-PositionLimit, 0.12), (-PositionLimit, 0), (PositionLimit, 0), (PositionLimit, 0.12));
        scene.Disc(Ink.Line, (_position - 0.15, Wheel + 0.015), Wheel);
        scene.Disc(Ink.Line, (_position + 0.15, Wheel + 0.015), Wheel);
        scene.Rectangle(Ink.Agent, _position - 0.28, 0.11, 0.56, 0.23);
        Point axle = (_position, Axle);
        scene.Stroke(Ink.Limb, 0.08, axle, axle.Towards(2 * HalfLength, (Math.PI / 2) - _angle));
        scene.Disc(Ink.Line, axle, 0.04);
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

    private static void StepEight(Span<CartPole> t, ReadOnlySpan<float> a, Span<StepResult> results)
    {
        EightLanes force = new(Vector512.Create(Push(a[0]), Push(a[1]), Push(a[2]), Push(a[3]), Push(a[4]), Push(a[5]), Push(a[6]), Push(a[7])));
        EightLanes position = new(Vector512.Create(
            t[0]._position, t[1]._position, t[2]._position, t[3]._position, t[4]._position, t[5]._position, t[6]._position, t[7]._position));
        EightLanes velocity = new(Vector512.Create(
            t[0]._velocity, t[1]._velocity, t[2]._velocity, t[3]._velocity, t[4]._velocity, t[5]._velocity, t[6]._velocity, t[7]._velocity));
        EightLanes angle = new(Vector512.Create(
            t[0]._angle, t[1]._angle, t[2]._angle, t[3]._angle, t[4]._angle, t[5]._angle, t[6]._angle, t[7]._angle));
        EightLanes angularVelocity = new(Vector512.Create(
            t[0]._angularVelocity, t[1]._angularVelocity, t[2]._angularVelocity, t[3]._angularVelocity,
            t[4]._angularVelocity, t[5]._angularVelocity, t[6]._angularVelocity, t[7]._angularVelocity));
        Move(force, ref position, ref velocity, ref angle, ref angularVelocity);

        Span<double> moved = stackalloc double[4 * EightLanes.Count];
        position.Value.CopyTo(moved);
        velocity.Value.CopyTo(moved[EightLanes.Count..]);
        angle.Value.CopyTo(moved[(2 * EightLanes.Count)..]);
        angularVelocity.Value.CopyTo(moved[(3 * EightLanes.Count)..]);
        for (int i = 0; i < EightLanes.Count; i++)
        {
            results[i] = t[i].Arrive(
                moved[i], moved[EightLanes.Count + i], moved[(2 * EightLanes.Count) + i], moved[(3 * EightLanes.Count) + i]);
        }
    }

    private static double Push(float action) => action == 1 ? Force : -Force;

    /// <summary>The equations of motion.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Move<T>(T force, ref T position, ref T velocity, ref T angle, ref T angularVelocity)
        where T : struct, ILanes<T>
    {
        T sine = NumpyMath.Sin(angle), cosine = NumpyMath.Cos(angle);

        // The order of operations is Gymnasium's: an upright pole is unstable, so a last bit that differs grows to a different episode.
        T pushed = (force + (PoleMassLength * (angularVelocity * angularVelocity) * sine)) / TotalMass;
        T angularAcceleration = ((Gravity * sine) - (cosine * pushed))
            / (HalfLength * ((4.0 / 3.0) - (PoleMass * (cosine * cosine) / TotalMass)));
        T acceleration = pushed - (PoleMassLength * angularAcceleration * cosine / TotalMass);
        position += TimeStep * velocity;
        velocity += TimeStep * acceleration;
        angle += TimeStep * angularVelocity;
        angularVelocity += TimeStep * angularAcceleration;
    }

    private StepResult Arrive(double position, double velocity, double angle, double angularVelocity)
    {
        _position = position;
        _velocity = velocity;
        _angle = angle;
        _angularVelocity = angularVelocity;
        bool terminated = position < -PositionLimit || position > PositionLimit || angle < -AngleLimit || angle > AngleLimit;
        float reward = terminated && _over ? 0 : 1;
        _over |= terminated;
        return new StepResult(reward, terminated);
    }
}
