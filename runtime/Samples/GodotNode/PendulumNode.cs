using System;
using Godot;

namespace Samples.GodotNode;

/// <summary>A pendulum that swings itself up and stands: the least that a node of one's own has to be.</summary>
public partial class PendulumNode : PolicyNode
{
    /// <summary>In rad; 0 is upright. A sprite would take it as its rotation.</summary>
    [Export]
    public float Angle { get; set; } = MathF.PI;

    /// <summary>In rad/s.</summary>
    public float Speed { get; private set; }

    protected override void Observe(Span<float> observation)
    {
        observation[0] = MathF.Cos(Angle);
        observation[1] = MathF.Sin(Angle);
        observation[2] = Speed;
    }

    protected override void Apply(ReadOnlySpan<float> action, double delta)
    {
        float acceleration = (15 * MathF.Sin(Angle)) + (3 * action[0]);
        Speed = Math.Clamp(Speed + (acceleration * (float)delta), -8, 8);
        Angle = MathF.IEEERemainder(Angle + (Speed * (float)delta), MathF.Tau);
    }
}
