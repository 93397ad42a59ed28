using System;
using System.Collections.Generic;
using System.IO;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Rendering;

namespace Pipeline.Training.Environments.Pixels;

/// <summary>
/// Space Invaders on a board of ten by ten cells, with the rules of MinAtar (Young and Tian, arXiv:1903.03176) as far as its description gives them;
/// ours are below. Observation: [6, 10, 10], 1 or 0, the channels cannon, aliens, aliens while they move left, aliens while they move right, own
/// bullets, alien bullets. Actions: stay 0, left 1, right 2, fire 3. Reward 1 for every alien hit. Terminates when the cannon is hit or reached.
/// </summary>
/// <remarks>
/// <list type="number">
/// <item>The cannon is one cell of the bottom row and starts in column 5. 24 aliens start in rows 0 to 3 and columns 2 to 7, moving left.</item>
/// <item>In a step the cannon acts first. Moving goes one column and never through the wall. Firing puts a bullet in the cannon's cell, if the
/// latest was fired 5 steps ago or more.</item>
/// <item>Then own bullets move one row up and alien bullets one row down; an alien bullet in the cannon's cell ends the episode.</item>
/// <item>The aliens move for the first time in step 13 and then every k steps, where k is the number of aliens left, though at most the
/// pace, which is 12 at first. They move one column, or, where one of them is at the wall that they move to, turn and move one row down. The episode
/// ends when an alien comes to the cannon's cell, or is in the bottom row when they are to move down.</item>
/// <item>In step 11 and every 10 steps from then on an alien fires: the lowest one in the column nearest to the cannon, of two the left.
/// Its bullet appears in its own cell.</item>
/// <item>An alien and an own bullet in one cell are both gone, reward 1. When no alien is left a new block starts as the first did, in the direction in
/// which the last one moved, and the pace goes down by 1, though not below 6.</item>
/// <item>With the sticky-action probability, the action of the step before is taken again.</item>
/// </list>
/// </remarks>
public sealed class PixelSpaceInvaders : IEnvironment, IStateful, IDrawable
{
    private const int ActionCount = 4;
    private const int FirstCannon = 5;
    private const int LastRow = PixelBoard.Size - 1;
    private const int LastColumn = PixelBoard.Size - 1;
    private const int SlowestPace = 12;
    private const int FastestPace = 6;
    private const int CannonInterval = 5;
    private const int AlienShotInterval = 10;

    private static readonly PixelBoard FirstAliens = PixelBoard.Block(0, 2, 4, 6);
    private static readonly PixelBoard Bottom = PixelBoard.Block(LastRow, 0, 1, PixelBoard.Size);
    private static readonly PixelBoard[] Columns = Array.ConvertAll([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], column => PixelBoard.Block(0, column, PixelBoard.Size, 1));

    private StickyActions _sticky;
    private PixelBoard _aliens;
    private PixelBoard _bullets;
    private PixelBoard _alienBullets;
    private int _cannon;
    private bool _movesRight;
    private int _pace;
    private int _untilMove;
    private int _untilAlienShot;
    private int _untilReady;

    /// <summary>Makes the board.</summary>
    /// <param name="stickyActionProbability">How often the action before is taken again; 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The probability is out of range.</exception>
    public PixelSpaceInvaders(double stickyActionProbability = 0.1) => _sticky = new StickyActions(stickyActionProbability);

    /// <inheritdoc/>
    public Space ObservationSpace { get; } = new Box(0, 1, 6, PixelBoard.Size, PixelBoard.Size);

    /// <inheritdoc/>
    public Space ActionSpace { get; } = new Discrete(ActionCount);

    /// <inheritdoc/>
    public void Reset(RandomGenerator random, Span<float> observation)
    {
        ArgumentNullException.ThrowIfNull(random);
        _sticky.Reset(random);
        _aliens = FirstAliens;
        _bullets = default;
        _alienBullets = default;
        _cannon = FirstCannon;
        _movesRight = false;
        _pace = SlowestPace;
        _untilMove = SlowestPace;
        _untilAlienShot = AlienShotInterval;
        _untilReady = 0;
        Observe(observation);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The action is none of the choices.</exception>
    public StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
    {
        Act(_sticky.Take(DiscreteAction.Number(action[0], ActionCount, nameof(PixelSpaceInvaders))));
        PixelBoard cannon = PixelBoard.Cell(LastRow, _cannon);
        _bullets = _bullets.Up;
        _alienBullets = _alienBullets.Down;
        bool ended = !(_alienBullets & cannon).IsEmpty;
        if (_untilMove-- == 0) ended |= MoveAliens();
        ended |= !(_aliens & cannon).IsEmpty;
        if (_untilAlienShot-- == 0) FireAtCannon();

        PixelBoard hit = _aliens & _bullets;
        _aliens -= hit;
        _bullets -= hit;
        if (_aliens.IsEmpty)
        {
            _aliens = FirstAliens;
            _pace = Math.Max(_pace - 1, FastestPace);
        }

        Observe(observation);
        return new StepResult(hit.Count, ended);
    }

    /// <inheritdoc/>
    public double StepsPerSecond => 10;

    /// <inheritdoc/>
    public IReadOnlyList<string> ActionNames => ["stay", "left", "right", "fire"];

    /// <inheritdoc/>
    public void Draw(Scene scene)
    {
        ArgumentNullException.ThrowIfNull(scene);
        var inks = new Ink[PixelBoard.CellCount];
        _aliens.Draw(inks, Ink.Danger);
        PixelBoard.Cell(LastRow, _cannon).Draw(inks, Ink.Agent);
        _bullets.Draw(inks, Ink.Limb);
        _alienBullets.Draw(inks, Ink.Item);
        PixelBoard.Show(scene, inks);
    }

    /// <inheritdoc/>
    public void SaveState(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        _sticky.Save(writer);
        _aliens.Save(writer);
        _bullets.Save(writer);
        _alienBullets.Save(writer);
        foreach (int number in (ReadOnlySpan<int>)[_cannon, _pace, _untilMove, _untilAlienShot, _untilReady]) writer.Write(number);
        writer.Write(_movesRight);
    }

    /// <inheritdoc/>
    public void LoadState(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        _sticky.Load(reader);
        _aliens = PixelBoard.Load(reader);
        _bullets = PixelBoard.Load(reader);
        _alienBullets = PixelBoard.Load(reader);
        _cannon = reader.ReadInt32();
        _pace = reader.ReadInt32();
        _untilMove = reader.ReadInt32();
        _untilAlienShot = reader.ReadInt32();
        _untilReady = reader.ReadInt32();
        _movesRight = reader.ReadBoolean();
    }

    private void Act(int action)
    {
        _untilReady = Math.Max(_untilReady - 1, 0);
        if (action == 1) _cannon = Math.Max(_cannon - 1, 0);
        else if (action == 2) _cannon = Math.Min(_cannon + 1, LastColumn);
        else if (action == 3 && _untilReady == 0)
        {
            _bullets |= PixelBoard.Cell(LastRow, _cannon);
            _untilReady = CannonInterval;
        }
    }

    /// <summary>Moves the aliens; gives whether they were to leave the board at the bottom.</summary>
    private bool MoveAliens()
    {
        _untilMove = Math.Min(_aliens.Count, _pace) - 1;
        if ((_aliens & Columns[_movesRight ? LastColumn : 0]).IsEmpty)
        {
            _aliens = _movesRight ? _aliens.Right : _aliens.Left;
            return false;
        }

        _movesRight = !_movesRight;
        if (!(_aliens & Bottom).IsEmpty) return true;
        _aliens = _aliens.Down;
        return false;
    }

    private void FireAtCannon()
    {
        _untilAlienShot = AlienShotInterval - 1;
        for (int distance = 0; distance < PixelBoard.Size; distance++)
        {
            PixelBoard column = _aliens & Column(_cannon - distance);
            if (column.IsEmpty) column = _aliens & Column(_cannon + distance);
            if (column.IsEmpty) continue;
            _alienBullets |= column.Lowest;
            return;
        }
    }

    private static PixelBoard Column(int column) => column is >= 0 and <= LastColumn ? Columns[column] : default;

    private void Observe(Span<float> observation)
    {
        observation.Clear();
        observation[(LastRow * PixelBoard.Size) + _cannon] = 1;
        _aliens.Draw(observation[PixelBoard.CellCount..]);
        _aliens.Draw(observation[((_movesRight ? 3 : 2) * PixelBoard.CellCount)..]);
        _bullets.Draw(observation[(4 * PixelBoard.CellCount)..]);
        _alienBullets.Draw(observation[(5 * PixelBoard.CellCount)..]);
    }
}
