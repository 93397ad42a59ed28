using System;
using System.Collections.Generic;
using System.IO;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Rendering;

namespace Pipeline.Training.Environments.ToyText;

/// <summary>
/// A T-maze after Bakker (Reinforcement learning with long short-term memory, NIPS 2001): a signal at the start of a corridor says to which side
/// its far end is to be left; between the two nothing tells the sides apart. Its rules are in README.md of the environments.
/// </summary>
public sealed class TMaze : IEnvironment, IStateful, IDrawable
{
    /// <summary>The longest corridor there can be.</summary>
    public const int LongestCorridor = 1000;

    private const int North = 0, East = 1, South = 2, ActionCount = 4;
    private const float Goal = 1, Penalty = -0.1f;

    private readonly int _length;
    private int _position;
    private bool _goalIsNorth;
    private bool _over;

    /// <summary>Makes the maze.</summary>
    /// <param name="length">Steps from the signal to the junction, 1 to <see cref="LongestCorridor"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="length"/> is out of range.</exception>
    public TMaze(int length = 20)
    {
        if (length is < 1 or > LongestCorridor) throw new ArgumentOutOfRangeException(nameof(length), length, $"A corridor has 1 to {LongestCorridor} steps.");
        _length = length;
    }

    /// <inheritdoc/>
    public Space ObservationSpace { get; } = new Box(0, 1, 3);

    /// <inheritdoc/>
    public Space ActionSpace { get; } = new Discrete(ActionCount);

    /// <inheritdoc/>
    public void Reset(RandomGenerator random, Span<float> observation)
    {
        ArgumentNullException.ThrowIfNull(random);
        _position = 0;
        _over = false;
        _goalIsNorth = random.NextInt32(2) == 0;
        Observe(observation);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The action is none of the choices.</exception>
    public StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
    {
        int chosen = DiscreteAction.Number(action[0], ActionCount, nameof(TMaze));
        bool sideways = chosen is North or South, turns = sideways && _position == _length && !_over;
        int next = sideways || _over ? _position : Math.Clamp(_position + (chosen == East ? 1 : -1), 0, _length);
        float reward = turns && chosen == North == _goalIsNorth ? Goal : next == _position ? Penalty : 0;
        _position = next;
        _over |= turns;
        Observe(observation);
        return new StepResult(reward, Terminated: _over);
    }

    /// <inheritdoc/>
    public double StepsPerSecond => 10;

    /// <inheritdoc/>
    public IReadOnlyList<string> ActionNames => ["north", "east", "south", "west"];

    /// <inheritdoc/>
    public void Draw(Scene scene)
    {
        // A corridor longer than this is shown shortened.
        double shown = Math.Min(_length, 30), x = 0.5 + (_position * shown / _length);
        ArgumentNullException.ThrowIfNull(scene);
        scene.View(-0.3, -1.3, shown + 1.3, 2.3);
        scene.Rectangle(Ink.Surface, 0, 0, shown + 1, 1);
        scene.Rectangle(_goalIsNorth ? Ink.Goal : Ink.Danger, shown, 1, 1, 1);
        scene.Rectangle(_goalIsNorth ? Ink.Danger : Ink.Goal, shown, -1, 1, 1);
        scene.Label(Ink.Item, (0.5, 1.2), _goalIsNorth ? "N" : "S", 0.8);
        scene.Disc(Ink.Agent, (x, 0.5), 0.36);
    }

    /// <inheritdoc/>
    public void SaveState(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write(_position);
        writer.Write(_goalIsNorth);
        writer.Write(_over);
    }

    /// <inheritdoc/>
    public void LoadState(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        _position = reader.ReadInt32();
        _goalIsNorth = reader.ReadBoolean();
        _over = reader.ReadBoolean();
    }

    // Bakker's codes: the signal 011 or 110, the corridor 101, the junction 010.
    private void Observe(Span<float> observation)
    {
        bool isStart = _position == 0, isJunction = _position == _length;
        observation[0] = _over ? 0 : isStart ? (_goalIsNorth ? 0 : 1) : isJunction ? 0 : 1;
        observation[1] = !_over && (isStart || isJunction) ? 1 : 0;
        observation[2] = _over ? 0 : isStart ? (_goalIsNorth ? 1 : 0) : isJunction ? 0 : 1;
    }
}
