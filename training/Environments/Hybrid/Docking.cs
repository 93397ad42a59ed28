using System;
using System.IO;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Rendering;

namespace Pipeline.Training.Environments.Hybrid;

/// <summary>
/// Docking: a vessel in the square from −1 to 1 is brought to its berth by manoeuvres, each chosen together with how much of it. Its rules are in README.md of
/// the environments.
/// </summary>
/// <remarks>
/// Observation: <c>berth</c>, how far ahead of the vessel and how far to its left the berth is; <c>in_reach</c>, whether it can dock. Action:
/// <c>manoeuvre</c>, 0 turn, 1 sail, 2 dock, which is masked where the berth is out of reach; <c>angle</c> of a turn in radians, to the left;
/// <c>distance</c> to sail ahead. The two numbers count for their own manoeuvre alone.
/// </remarks>
public sealed class Docking : IMaskedEnvironment, IStateful, IDrawable
{
    private const int Turn = 0, Sail = 1, Dock = 2, Manoeuvres = 3;
    private const float MostAngle = MathF.PI / 2, MostDistance = 0.25f;
    private const float Reach = 0.1f, LeastDistance = 0.5f;
    private const float Goal = 1, StepCost = 0.02f;

    private float _x, _y, _heading, _berthX, _berthY;

    /// <inheritdoc/>
    public Space ObservationSpace { get; } = new Dict(("berth", new Box(-3, 3, 2)), ("in_reach", new MultiBinary(1)));

    /// <inheritdoc/>
    public Space ActionSpace { get; } =
        new Dict(("manoeuvre", new Discrete(Manoeuvres)), ("angle", new Box(-MostAngle, MostAngle, 1)), ("distance", new Box(0, MostDistance, 1)));

    private float Distance => MathF.Sqrt(((_berthX - _x) * (_berthX - _x)) + ((_berthY - _y) * (_berthY - _y)));

    private bool InReach => Distance <= Reach;

    /// <inheritdoc/>
    public void Reset(RandomGenerator random, Span<float> observation)
    {
        ArgumentNullException.ThrowIfNull(random);
        (_x, _y, _heading) = (Place(random), Place(random), MathF.PI * Place(random));
        do (_berthX, _berthY) = (Place(random), Place(random));
        while (Distance < LeastDistance);
        Observe(observation);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The manoeuvre is none of the choices.</exception>
    /// <exception cref="ArgumentException">The angle or the distance is NaN.</exception>
    public StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
    {
        int manoeuvre = DiscreteAction.Number(action[0], Manoeuvres, nameof(Docking));
        if (float.IsNaN(action[1]) || float.IsNaN(action[2]))
            throw new ArgumentException($"The angle {action[1]} or the distance {action[2]} is NaN; they are numbers from {-MostAngle} to {MostAngle} and from 0 to {MostDistance}.", nameof(action));
        bool docked = manoeuvre == Dock && InReach;
        float before = Distance;
        if (manoeuvre == Turn) _heading = MathF.IEEERemainder(_heading + Math.Clamp(action[1], -MostAngle, MostAngle), 2 * MathF.PI);
        else if (manoeuvre == Sail) Move(Math.Clamp(action[2], 0, MostDistance));
        Observe(observation);
        return new StepResult(before - Distance - StepCost + (docked ? Goal : 0), Terminated: docked);
    }

    /// <inheritdoc/>
    public void WriteActionMask(Span<float> mask)
    {
        mask[Turn] = mask[Sail] = 1;
        mask[Dock] = InReach ? 1 : 0;
    }

    /// <inheritdoc/>
    public double StepsPerSecond => 5;

    /// <inheritdoc/>
    public void Draw(Scene scene)
    {
        ArgumentNullException.ThrowIfNull(scene);
        scene.View(-1.15, -1.15, 1.15, 1.15);
        scene.Rectangle(Ink.Surface, -1.1, -1.1, 2.2, 2.2);
        scene.Disc(Ink.Goal, (_berthX, _berthY), Reach);
        scene.Disc(Ink.Surface, (_berthX, _berthY), 0.75 * Reach);
        Point vessel = (_x, _y);
        scene.Area(
            InReach ? Ink.Limb : Ink.Agent,
            vessel.Towards(0.15, _heading), vessel.Towards(0.11, _heading + 2.4), vessel.Towards(0.05, _heading + Math.PI), vessel.Towards(0.11, _heading - 2.4));
    }

    /// <inheritdoc/>
    public void SaveState(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        foreach (float number in (ReadOnlySpan<float>)[_x, _y, _heading, _berthX, _berthY]) writer.Write(number);
    }

    /// <inheritdoc/>
    public void LoadState(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        (_x, _y, _heading) = (reader.ReadSingle(), reader.ReadSingle(), reader.ReadSingle());
        (_berthX, _berthY) = (reader.ReadSingle(), reader.ReadSingle());
    }

    private static float Place(RandomGenerator random) => (2 * random.NextSingle()) - 1;

    private void Move(float distance)
    {
        _x = Math.Clamp(_x + (distance * MathF.Cos(_heading)), -1, 1);
        _y = Math.Clamp(_y + (distance * MathF.Sin(_heading)), -1, 1);
    }

    private void Observe(Span<float> observation)
    {
        float x = _berthX - _x, y = _berthY - _y, cosine = MathF.Cos(_heading), sine = MathF.Sin(_heading);
        observation[0] = (x * cosine) + (y * sine);
        observation[1] = (y * cosine) - (x * sine);
        observation[2] = InReach ? 1 : 0;
    }
}
