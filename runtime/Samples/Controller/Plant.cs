using System;

namespace Samples.Controller;

/// <summary>
/// Stands for the machine: a rod of 1 kg and 1 m on a motor of ±2 N m that is too weak to lift it straight up (it has to swing). A real host
/// has a driver for its sensor and its motor here.
/// </summary>
/// <param name="angle">Where it starts, at rest, in rad; 0 is upright, π hangs down.</param>
internal sealed class Plant(double angle)
{
    public const float MaximumTorque = 2;
    private const double Gravity = 10, MaximumSpeed = 8;

    /// <summary>In rad, within ±π; 0 is upright.</summary>
    public double Angle { get; private set; } = angle;

    /// <summary>In rad/s.</summary>
    public double Speed { get; private set; }

    /// <summary>Lets time pass under a constant torque.</summary>
    /// <param name="torque">In N m.</param>
    /// <param name="seconds">A few milliseconds at most.</param>
    public void Advance(double torque, double seconds)
    {
        double acceleration = (1.5 * Gravity * Math.Sin(Angle)) + (3 * torque);
        Speed = Math.Clamp(Speed + (acceleration * seconds), -MaximumSpeed, MaximumSpeed);
        Angle = Math.IEEERemainder(Angle + (Speed * seconds), Math.Tau);
    }

    /// <summary>Reads the sensor, in the order and the units the policy was trained with.</summary>
    /// <param name="observation">Receives cosine and sine of the angle, and the speed in rad/s.</param>
    public void Read(Span<float> observation)
    {
        observation[2] = (float)Speed;
        observation[1] = (float)Math.Sin(Angle);
        observation[0] = (float)Math.Cos(Angle);
    }
}
