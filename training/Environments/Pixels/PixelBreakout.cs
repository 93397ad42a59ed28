using System;
using System.Collections.Generic;
using System.IO;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Rendering;

namespace Pipeline.Training.Environments.Pixels;

/// <summary>
/// Breakout on a board of ten by ten cells, with the rules of MinAtar (Young and Tian, arXiv:1903.03176) as far as its description gives them; ours
/// are below. Observation: [4, 10, 10], 1 or 0, the channels paddle, ball, trail (where the ball was before), bricks. Actions: stay 0, left 1,
/// right 2. Reward 1 for every brick broken. Terminates when the ball is lost.
/// </summary>
/// <remarks>
/// <list type="number">
/// <item>The paddle is one cell of the bottom row and starts in column 4. Bricks fill rows 1 to 3. The ball starts in row 3 at the left
/// or right edge, which of the two is drawn, and moves one cell diagonally a step, at first down and inwards.</item>
/// <item>In a step the paddle moves first, one column and never through the wall, then the ball.</item>
/// <item>A ball that would leave at a side keeps its column, turns its sideways direction and moves on up or down; one that would leave at the
/// top stays in the top row and turns downwards.</item>
/// <item>A ball that would enter a brick breaks it, keeps its row and turns its vertical direction. It passes through bricks from then on until
/// it has been in a step that meets none.</item>
/// <item>A ball that would enter the bottom row is met by the paddle in its own column, and turns upwards, or by the paddle in the column that it
/// would enter, and goes back the way it came; its row stays. Elsewhere it is lost. When no brick is left at that moment, the wall is built anew
/// first.</item>
/// <item>With the sticky-action probability, the action of the step before is taken again.</item>
/// </list>
/// </remarks>
public sealed class PixelBreakout : IEnvironment, IStateful, IDrawable
{
    private const int ActionCount = 3;
    private const int FirstPaddle = 4;
    private const int FirstBallRow = 3;
    private const int LastRow = PixelBoard.Size - 1;
    private const int LastColumn = PixelBoard.Size - 1;

    private static readonly PixelBoard Wall = PixelBoard.Block(1, 0, 3, PixelBoard.Size);

    private StickyActions _sticky;
    private PixelBoard _bricks;
    private int _paddle;
    private int _row;
    private int _column;
    private int _down;
    private int _right;
    private int _trailRow;
    private int _trailColumn;
    private bool _passes;

    /// <summary>Makes the board.</summary>
    /// <param name="stickyActionProbability">How often the action before is taken again; 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The probability is out of range.</exception>
    public PixelBreakout(double stickyActionProbability = 0.1) => _sticky = new StickyActions(stickyActionProbability);

    /// <inheritdoc/>
    public Space ObservationSpace { get; } = new Box(0, 1, 4, PixelBoard.Size, PixelBoard.Size);

    /// <inheritdoc/>
    public Space ActionSpace { get; } = new Discrete(ActionCount);

    /// <inheritdoc/>
    public void Reset(RandomGenerator random, Span<float> observation)
    {
        ArgumentNullException.ThrowIfNull(random);
        _sticky.Reset(random);
        bool fromLeft = random.NextInt32(2) == 0;
        _bricks = Wall;
        _paddle = FirstPaddle;
        _row = _trailRow = FirstBallRow;
        _column = _trailColumn = fromLeft ? 0 : LastColumn;
        _down = 1;
        _right = fromLeft ? 1 : -1;
        _passes = false;
        Observe(observation);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The action is none of the choices.</exception>
    public StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
    {
        int taken = _sticky.Take(DiscreteAction.Number(action[0], ActionCount, nameof(PixelBreakout)));
        _paddle = Math.Clamp(_paddle + (taken == 1 ? -1 : taken == 2 ? 1 : 0), 0, LastColumn);
        StepResult result = MoveBall();
        Observe(observation);
        return result;
    }

    /// <inheritdoc/>
    public double StepsPerSecond => 10;

    /// <inheritdoc/>
    public IReadOnlyList<string> ActionNames => ["stay", "left", "right"];

    /// <inheritdoc/>
    public void Draw(Scene scene)
    {
        ArgumentNullException.ThrowIfNull(scene);
        var inks = new Ink[PixelBoard.CellCount];
        _bricks.Draw(inks, Ink.Item);
        PixelBoard.Cell(_trailRow, _trailColumn).Draw(inks, Ink.Muted);
        PixelBoard.Cell(_row, _column).Draw(inks, Ink.Limb);
        PixelBoard.Cell(LastRow, _paddle).Draw(inks, Ink.Agent);
        PixelBoard.Show(scene, inks);
    }

    /// <inheritdoc/>
    public void SaveState(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        _sticky.Save(writer);
        _bricks.Save(writer);
        foreach (int number in (ReadOnlySpan<int>)[_paddle, _row, _column, _down, _right, _trailRow, _trailColumn]) writer.Write(number);
        writer.Write(_passes);
    }

    /// <inheritdoc/>
    public void LoadState(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        _sticky.Load(reader);
        _bricks = PixelBoard.Load(reader);
        _paddle = reader.ReadInt32();
        _row = reader.ReadInt32();
        _column = reader.ReadInt32();
        _down = reader.ReadInt32();
        _right = reader.ReadInt32();
        _trailRow = reader.ReadInt32();
        _trailColumn = reader.ReadInt32();
        _passes = reader.ReadBoolean();
    }

    private StepResult MoveBall()
    {
        if (_row == LastRow) return new StepResult(0, Terminated: true);
        (_trailRow, _trailColumn) = (_row, _column);
        int row = _row + _down, column = _column + _right;
        if (column is < 0 or > LastColumn)
        {
            column = _column;
            _right = -_right;
        }

        float reward = 0;
        bool lost = false, metBrick = false;
        if (row < 0)
        {
            row = 0;
            _down = 1;
        }
        else if (_bricks.Contains(row, column))
        {
            metBrick = true;
            if (!_passes)
            {
                reward = 1;
                _bricks -= PixelBoard.Cell(row, column);
                row = _row;
                _down = -_down;
            }
        }
        else if (row == LastRow)
        {
            if (_bricks.IsEmpty) _bricks = Wall;
            bool met = _column == _paddle, meets = column == _paddle;
            if (met | meets)
            {
                row = _row;
                _down = -1;
                if (!met) _right = -_right;
            }

            lost = !met & !meets;
        }

        _passes = metBrick;
        (_row, _column) = (row, column);
        return new StepResult(reward, lost);
    }

    private void Observe(Span<float> observation)
    {
        observation.Clear();
        observation[(LastRow * PixelBoard.Size) + _paddle] = 1;
        observation[PixelBoard.CellCount + (_row * PixelBoard.Size) + _column] = 1;
        observation[(2 * PixelBoard.CellCount) + (_trailRow * PixelBoard.Size) + _trailColumn] = 1;
        _bricks.Draw(observation[(3 * PixelBoard.CellCount)..]);
    }
}
