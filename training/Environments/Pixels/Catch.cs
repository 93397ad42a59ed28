using System;
using System.Collections.Generic;
using System.IO;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Rendering;

namespace Pipeline.Training.Environments.Pixels;

/// <summary>
/// Catch (Mnih et al., arXiv:1406.6247), on the board of bsuite (Osband et al., arXiv:1908.03568): a ball falls through 10 rows of 5 columns,
/// one row a step, from a column of the top row drawn uniformly; a paddle in the bottom row starts in the middle and moves left (0), stays (1)
/// or moves right (2). The step that brings the ball to the bottom row, the ninth, terminates with reward 1 where the paddle is in its column and −1
/// where it is not; every other reward is 0. Observation: [1, 10, 5], 1 where the ball or the paddle is and 0 elsewhere.
/// </summary>
public sealed class Catch : IEnvironment, IStateful, IDrawable
{
    private const int Rows = 10;
    private const int Columns = 5;
    private const int ActionCount = 3;

    private int _ballRow;
    private int _ballColumn;
    private int _paddle;

    /// <inheritdoc/>
    public Space ObservationSpace { get; } = new Box(0, 1, 1, Rows, Columns);

    /// <inheritdoc/>
    public Space ActionSpace { get; } = new Discrete(ActionCount);

    /// <inheritdoc/>
    public void Reset(RandomGenerator random, Span<float> observation)
    {
        ArgumentNullException.ThrowIfNull(random);
        _ballRow = 0;
        _ballColumn = random.NextInt32(Columns);
        _paddle = Columns / 2;
        Observe(observation);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The action is none of the choices.</exception>
    public StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
    {
        int direction = DiscreteAction.Number(action[0], ActionCount, nameof(Catch)) - 1;
        _paddle = Math.Clamp(_paddle + direction, 0, Columns - 1);
        _ballRow = Math.Min(_ballRow + 1, Rows - 1);
        Observe(observation);
        if (_ballRow < Rows - 1) return default;
        return new StepResult(_paddle == _ballColumn ? 1 : -1, Terminated: true);
    }

    /// <inheritdoc/>
    public double StepsPerSecond => 6;

    /// <inheritdoc/>
    public IReadOnlyList<string> ActionNames => ["left", "stay", "right"];

    /// <inheritdoc/>
    public void Draw(Scene scene)
    {
        ArgumentNullException.ThrowIfNull(scene);
        var board = new Board(Rows, Columns);
        var inks = new Ink[Rows * Columns];
        inks[((Rows - 1) * Columns) + _paddle] = Ink.Agent;
        inks[(_ballRow * Columns) + _ballColumn] = _ballRow == Rows - 1 && _ballColumn == _paddle ? Ink.Goal : Ink.Item;
        board.Show(scene);
        board.Fill(scene, inks);
    }

    /// <inheritdoc/>
    public void SaveState(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write(_ballRow);
        writer.Write(_ballColumn);
        writer.Write(_paddle);
    }

    /// <inheritdoc/>
    public void LoadState(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        _ballRow = reader.ReadInt32();
        _ballColumn = reader.ReadInt32();
        _paddle = reader.ReadInt32();
    }

    private void Observe(Span<float> observation)
    {
        observation.Clear();
        observation[(_ballRow * Columns) + _ballColumn] = 1;
        observation[((Rows - 1) * Columns) + _paddle] = 1;
    }
}
