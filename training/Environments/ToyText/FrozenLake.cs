using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Rendering;

namespace Pipeline.Training.Environments.ToyText;

/// <summary>
/// FrozenLake as Gymnasium 1.3's FrozenLake-v1: cross a lake from its start to its goal without falling into a hole. State: row · columns +
/// column. Actions: left 0, down 1, right 2, up 3; on slippery ice a step goes where it was meant to with the success rate, and otherwise
/// to either side alike. Reward 1 at the goal, 0 elsewhere. Terminates at the goal and in holes.
/// </summary>
public sealed class FrozenLake : TabularEnvironment, IDrawable
{
    private const int Left = 0;
    private const int Down = 1;
    private const int Right = 2;
    private const int ActionCount = 4;

    private static readonly Dictionary<string, string[]> NamedMaps = new(StringComparer.Ordinal)
    {
        ["4x4"] = ["SFFF", "FHFH", "FFFH", "HFFG"],
        ["8x8"] = ["SFFFFFFF", "FFFFFFFF", "FFFHFFFF", "FFFFFHFF", "FFFHFFFF", "FHHFFFHF", "FHFFHFHF", "FFFHFFFG"],
    };

    private readonly IReadOnlyList<string> _map;

    /// <summary>Makes a lake of a named map.</summary>
    /// <param name="mapName">4x4 or 8x8.</param>
    /// <param name="isSlippery">Whether steps may go sideways.</param>
    /// <param name="successRate">How often a step on slippery ice goes where it was meant to; 0 to 1.</param>
    /// <exception cref="ArgumentException">There is no such map, or the rate is out of range.</exception>
    public FrozenLake(string mapName = "4x4", bool isSlippery = true, double successRate = 1.0 / 3.0)
        : this(Map(mapName), isSlippery, successRate)
    {
    }

    /// <summary>Makes a lake of a map of your own.</summary>
    /// <param name="map">Rows of equal length: S start (at least one), F frozen, H hole, G goal.</param>
    /// <param name="isSlippery">Whether steps may go sideways.</param>
    /// <param name="successRate">How often a step on slippery ice goes where it was meant to; 0 to 1.</param>
    /// <exception cref="ArgumentException">The map is not such rows, or the rate is out of range.</exception>
    public FrozenLake(IReadOnlyList<string> map, bool isSlippery, double successRate)
        : base(Table(Checked(map), isSlippery, Rate(successRate)), Start(map), ActionCount) => _map = [.. map];

    /// <summary>The names of the maps that come with it.</summary>
    public static IReadOnlyCollection<string> MapNames => NamedMaps.Keys;

    /// <inheritdoc/>
    public double StepsPerSecond => 4;

    /// <inheritdoc/>
    public IReadOnlyList<string> ActionNames => ["left", "down", "right", "up"];

    /// <inheritdoc/>
    public void Draw(Scene scene)
    {
        ArgumentNullException.ThrowIfNull(scene);
        var board = new Board(_map.Count, _map[0].Length);
        string cells = string.Concat(_map);
        board.Show(scene);
        board.Fill(scene, _ => Ink.Surface);
        for (int cell = 0; cell < cells.Length; cell++)
        {
            Point centre = board.Centre(cell);
            if (cells[cell] == 'H') scene.Disc(Ink.Danger, centre, 0.38);
            else if (cells[cell] == 'G') scene.Rectangle(Ink.Goal, centre.X - 0.38, centre.Y - 0.38, 0.76, 0.76);
            else if (cells[cell] == 'S') board.Letter(scene, cell, "S");
        }

        scene.Disc(Ink.Agent, board.Centre(Current), 0.26);
    }

    private static Transition[][] Table(IReadOnlyList<string> map, bool isSlippery, double successRate)
    {
        int rows = map.Count, columns = map[0].Length;
        double failRate = (1.0 - successRate) / 2.0;
        var table = new Transition[rows * columns * ActionCount][];
        for (int state = 0; state < rows * columns; state++)
        {
            for (int action = 0; action < ActionCount; action++)
            {
                table[(state * ActionCount) + action] = IsEnd(map, state)
                    ? [new Transition(1.0, state, 0, true)]
                    : !isSlippery
                    ? [Outcome(map, state, action, 1.0)]
                    :
                    [
                        Outcome(map, state, (action + 3) % ActionCount, failRate),
                        Outcome(map, state, action, successRate),
                        Outcome(map, state, (action + 1) % ActionCount, failRate),
                    ];
            }
        }

        return table;
    }

    private static Transition Outcome(IReadOnlyList<string> map, int state, int direction, double probability)
    {
        int columns = map[0].Length;
        (int row, int column) = Math.DivRem(state, columns);
        if (direction == Left) column = Math.Max(column - 1, 0);
        else if (direction == Down) row = Math.Min(row + 1, map.Count - 1);
        else if (direction == Right) column = Math.Min(column + 1, columns - 1);
        else row = Math.Max(row - 1, 0);
        int next = (row * columns) + column;
        return new Transition(probability, next, map[row][column] == 'G' ? 1 : 0, IsEnd(map, next));
    }

    private static bool IsEnd(IReadOnlyList<string> map, int state) => map[state / map[0].Length][state % map[0].Length] is 'G' or 'H';

    private static double[] Start(IReadOnlyList<string> map)
    {
        string cells = string.Concat(map);
        double starts = cells.Count(c => c == 'S');
        return [.. cells.Select(c => c == 'S' ? 1 / starts : 0)];
    }

    private static string[] Map(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return NamedMaps.TryGetValue(name, out string[]? map)
            ? map
            : throw new ArgumentException($"There is no map '{name}'. Choose one of {string.Join(", ", NamedMaps.Keys)}.", nameof(name));
    }

    private static IReadOnlyList<string> Checked(IReadOnlyList<string> map)
    {
        ArgumentNullException.ThrowIfNull(map);
        if (map.Count == 0 || map[0].Length == 0 || map.Any(row => row.Length != map[0].Length))
            throw new ArgumentException("The rows of a map have one length, and there is at least one row with one cell.", nameof(map));
        if (string.Concat(map).FirstOrDefault(c => c is not ('S' or 'F' or 'H' or 'G')) is var odd and not '\0')
            throw new ArgumentException($"A map has the cells S, F, H and G; this one has '{odd}'.", nameof(map));
        if (!string.Concat(map).Contains('S', StringComparison.Ordinal))
            throw new ArgumentException("The map has no start. Mark at least one cell S.", nameof(map));
        return map;
    }

    private static double Rate(double successRate) =>
        successRate is >= 0 and <= 1
            ? successRate
            : throw new ArgumentOutOfRangeException(nameof(successRate), successRate, "The success rate is a probability: 0 to 1.");
}
