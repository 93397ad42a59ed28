using System;
using System.Collections.Generic;
using Pipeline.Training.Rendering;

namespace Pipeline.Training.Environments.ToyText;

/// <summary>
/// CliffWalking (Sutton and Barto, example 6.6) as Gymnasium 1.3's CliffWalking-v1: walk from the lower left of a 4 × 12 grid to the lower
/// right, along a cliff. State: row · 12 + column. Actions: up 0, right 1, down 2, left 3; where it is slippery a step goes that way or to
/// either side, a third each. Reward −1 a step, −100 for one off the cliff, which leads back to the start. Terminates at the goal; Gymnasium
/// sets no time limit.
/// </summary>
public sealed class CliffWalking : TabularEnvironment, IDrawable
{
    private const int Rows = 4;
    private const int Columns = 12;
    private const int ActionCount = 4;
    private const int Start = (Rows - 1) * Columns;
    private const int Goal = (Rows * Columns) - 1;

    private static readonly (int Row, int Column)[] Moves = [(-1, 0), (0, 1), (1, 0), (0, -1)];

    /// <summary>Makes the cliff.</summary>
    /// <param name="isSlippery">Whether steps may go sideways.</param>
    public CliffWalking(bool isSlippery = false)
        : base(Table(isSlippery), StartDistribution(), ActionCount)
    {
    }

    /// <inheritdoc/>
    public double StepsPerSecond => 4;

    /// <inheritdoc/>
    public IReadOnlyList<string> ActionNames => ["up", "right", "down", "left"];

    /// <inheritdoc/>
    public void Draw(Scene scene)
    {
        ArgumentNullException.ThrowIfNull(scene);
        var board = new Board(Rows, Columns);
        board.Show(scene);
        board.Fill(scene, cell => cell == Goal ? Ink.Goal : cell is > Start and < Goal ? Ink.Danger : Ink.Surface);
        board.Letter(scene, Start, "S");
        scene.Disc(Ink.Agent, board.Centre(Current), 0.3);
    }

    private static Transition[][] Table(bool isSlippery)
    {
        var table = new Transition[Rows * Columns * ActionCount][];
        for (int i = 0; i < table.Length; i++)
        {
            (int state, int action) = Math.DivRem(i, ActionCount);
            table[i] = isSlippery
                ?
                [
                    Outcome(state, (action + 3) % ActionCount, 1.0 / 3),
                    Outcome(state, action, 1.0 / 3),
                    Outcome(state, (action + 1) % ActionCount, 1.0 / 3),
                ]
                : [Outcome(state, action, 1.0)];
        }

        return table;
    }

    private static Transition Outcome(int state, int direction, double probability)
    {
        int row = Math.Clamp((state / Columns) + Moves[direction].Row, 0, Rows - 1);
        int column = Math.Clamp((state % Columns) + Moves[direction].Column, 0, Columns - 1);
        int next = (row * Columns) + column;
        return next is > Start and < Goal
            ? new Transition(probability, Start, -100, false)
            : new Transition(probability, next, -1, next == Goal);
    }

    private static double[] StartDistribution()
    {
        double[] distribution = new double[Rows * Columns];
        distribution[Start] = 1;
        return distribution;
    }
}
