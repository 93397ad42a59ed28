using System;
using System.Collections.Generic;
using Pipeline.Contracts;
using Pipeline.Training.Rendering;

namespace Pipeline.Training.Environments.ToyText;

/// <summary>
/// Taxi (Dietterich, 2000) as Gymnasium 1.3's Taxi-v4: fetch a passenger at one of four places of a 5 × 5 grid with walls and bring them to
/// another. State: ((row · 5 + column) · 5 + passenger) · 4 + destination, the passenger at place 0 … 3 or in the taxi (4). Actions: south 0,
/// north 1, east 2, west 3, pick up 4, drop off 5. Reward −1 a step, −10 for a pick-up or drop-off that is not possible, 20 for the
/// passenger's arrival, which terminates.
/// </summary>
/// <remarks>
/// In rain a move goes where it was meant to with the rainy probability, and otherwise to either side alike; a move that a wall or the edge
/// stops does not drift. A fickle passenger may, once an episode, choose another destination at the first move after a pick-up.
/// <see cref="State"/> is the number of the state, then 1 while a fickle passenger has yet to change their mind and 0 otherwise.
/// </remarks>
public sealed class Taxi : TabularEnvironment, IMaskedEnvironment, IDrawable
{
    private const int Size = 5;
    private const int ActionCount = 6;
    private const int InTaxi = 4;
    private const int PlaceCount = 4;
    private const int StateCount = Size * Size * (PlaceCount + 1) * PlaceCount;

    private static readonly (int Row, int Column)[] Places = [(0, 0), (0, 4), (4, 0), (4, 3)];
    private static readonly string[] PlaceNames = ["R", "G", "Y", "B"];
    private static readonly (int Row, int Column)[] Moves = [(1, 0), (-1, 0), (0, 1), (0, -1)];

    // For each heading, the moves to its left and its right.
    private static readonly (int Left, int Right)[] Sides = [(2, 3), (3, 2), (1, 0), (0, 1)];

    // Whether the cell is open to the one east of it.
    private static readonly string[] EastDoors = [":|::", ":|::", "::::", "|:|:", "|:|:"];

    private readonly bool _isFickle;
    private readonly double _fickleProbability;
    private bool _mayChangeMind;

    /// <summary>Makes the taxi.</summary>
    /// <param name="isRainy">Whether moves may go sideways.</param>
    /// <param name="ficklePassenger">Whether passengers may change their destination.</param>
    /// <param name="rainyProbability">How often a move in rain goes where it was meant to; 0 to 1.</param>
    /// <param name="fickleProbability">How often a fickle passenger changes their mind, an episode; 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A probability is out of range.</exception>
    public Taxi(bool isRainy = false, bool ficklePassenger = false, double rainyProbability = 0.8, double fickleProbability = 0.3)
        : base(Table(isRainy ? Probability(rainyProbability, nameof(rainyProbability)) : null), StartDistribution(), ActionCount)
    {
        _isFickle = ficklePassenger;
        _fickleProbability = Probability(fickleProbability, nameof(fickleProbability));
    }

    /// <inheritdoc/>
    public override double[] State
    {
        get => [Current, _mayChangeMind ? 1 : 0];
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            if (value.Length is not (1 or 2))
                throw new ArgumentException($"The state given has {value.Length} numbers; it is the number of the state and, if wanted, whether the passenger may change their mind.", nameof(value));
            Current = StateNumber(value[0]);
            _mayChangeMind = value.Length == 2 && value[1] != 0;
        }
    }

    /// <inheritdoc/>
    public override void Reset(RandomGenerator random, Span<float> observation)
    {
        base.Reset(random, observation);
        _mayChangeMind = _isFickle && random.NextDouble() < _fickleProbability;
    }

    /// <inheritdoc/>
    public void WriteActionMask(Span<float> mask)
    {
        (int row, int column, int passenger, _) = Decode(Current);
        int place = Array.IndexOf(Places, (row, column));
        for (int action = 0; action < Moves.Length; action++)
            mask[action] = IsOpen(row, column, action) ? 1 : 0;
        mask[4] = passenger < InTaxi && place == passenger ? 1 : 0;
        mask[5] = passenger == InTaxi && place >= 0 ? 1 : 0;
    }

    /// <inheritdoc/>
    public double StepsPerSecond => 4;

    /// <inheritdoc/>
    public IReadOnlyList<string> ActionNames => ["south", "north", "east", "west", "pick up", "drop off"];

    /// <inheritdoc/>
    public void Draw(Scene scene)
    {
        ArgumentNullException.ThrowIfNull(scene);
        var board = new Board(Size, Size);
        (int row, int column, int passenger, int destination) = Decode(Current);
        int Cell((int Row, int Column) place) => (place.Row * Size) + place.Column;
        board.Show(scene);
        board.Fill(scene, cell => cell == Cell(Places[destination]) ? Ink.Goal : Ink.Surface);
        for (int i = 0; i < EastDoors.Length; i++)
        {
            for (int wall = 0; wall < EastDoors[i].Length; wall++)
            {
                if (EastDoors[i][wall] == '|') scene.Stroke(Ink.Line, 0.08, (wall + 1, Size - i), (wall + 1, Size - i - 1));
            }
        }

        for (int place = 0; place < PlaceCount; place++)
        {
            Point corner = board.Centre(Cell(Places[place]));
            scene.Label(place == destination ? Ink.Surface : Ink.Line, (corner.X - 0.3, corner.Y + 0.16), PlaceNames[place], 0.22);
        }

        Point taxi = board.Centre(row, column);
        scene.Rectangle(Ink.Agent, taxi.X - 0.36, taxi.Y - 0.22, 0.72, 0.44);
        Point waiting = passenger == InTaxi ? taxi : board.Centre(Cell(Places[passenger]));
        scene.Disc(Ink.Surface, waiting, 0.2);
        scene.Disc(Ink.Item, waiting, 0.16);
    }

    private protected override int Arrive(int from, int to)
    {
        (int oldRow, int oldColumn, int oldPassenger, int oldDestination) = Decode(from);
        (int row, int column, int passenger, _) = Decode(to);
        if (!_mayChangeMind || oldPassenger != InTaxi || (row == oldRow && column == oldColumn)) return to;
        _mayChangeMind = false;
        int other = Random.NextInt32(PlaceCount - 1);
        return Encode(row, column, passenger, other < oldDestination ? other : other + 1);
    }

    private static Transition[][] Table(double? rainyProbability)
    {
        var table = new Transition[StateCount * ActionCount][];
        for (int i = 0; i < table.Length; i++)
        {
            (int state, int action) = Math.DivRem(i, ActionCount);
            table[i] = action == 4 ? [PickUp(state)]
                : action == 5 ? [DropOff(state)]
                : rainyProbability is double intended ? Drift(state, action, intended)
                : [Move(state, action, 1.0)];
        }

        return table;
    }

    private static Transition Move(int state, int direction, double probability)
    {
        (int row, int column, int passenger, int destination) = Decode(state);
        if (!IsOpen(row, column, direction)) return new Transition(probability, state, -1, false);
        int next = Encode(row + Moves[direction].Row, column + Moves[direction].Column, passenger, destination);
        return new Transition(probability, next, -1, false);
    }

    private static Transition[] Drift(int state, int direction, double intended)
    {
        double aside = (1.0 - intended) / 2.0;
        (int row, int column, _, _) = Decode(state);
        if (!IsOpen(row, column, direction))
        {
            Transition Stay(double probability) => new(probability, state, -1, false);
            return [Stay(intended), Stay(aside), Stay(aside)];
        }

        return [Move(state, direction, intended), Move(state, Sides[direction].Left, aside), Move(state, Sides[direction].Right, aside)];
    }

    private static Transition PickUp(int state)
    {
        (int row, int column, int passenger, int destination) = Decode(state);
        return passenger < InTaxi && Places[passenger] == (row, column)
            ? new Transition(1.0, Encode(row, column, InTaxi, destination), -1, false)
            : new Transition(1.0, state, -10, false);
    }

    private static Transition DropOff(int state)
    {
        (int row, int column, int passenger, int destination) = Decode(state);
        int place = Array.IndexOf(Places, (row, column));
        if (passenger != InTaxi || place < 0) return new Transition(1.0, state, -10, false);
        return place == destination
            ? new Transition(1.0, Encode(row, column, place, destination), 20, true)
            : new Transition(1.0, Encode(row, column, place, destination), -1, false);
    }

    private static bool IsOpen(int row, int column, int direction) => direction switch
    {
        0 => row < Size - 1,
        1 => row > 0,
        2 => column < Size - 1 && EastDoors[row][column] == ':',
        _ => column > 0 && EastDoors[row][column - 1] == ':',
    };

    private static double[] StartDistribution()
    {
        double[] distribution = new double[StateCount];
        for (int state = 0; state < StateCount; state++)
        {
            (_, _, int passenger, int destination) = Decode(state);
            distribution[state] = passenger < InTaxi && passenger != destination ? 1.0 / (Size * Size * PlaceCount * (PlaceCount - 1)) : 0;
        }

        return distribution;
    }

    private static int Encode(int row, int column, int passenger, int destination) =>
        (((((row * Size) + column) * (PlaceCount + 1)) + passenger) * PlaceCount) + destination;

    private static (int Row, int Column, int Passenger, int Destination) Decode(int state) =>
        (state / 100, state / 20 % Size, state / PlaceCount % (PlaceCount + 1), state % PlaceCount);

    private static double Probability(double value, string name) =>
        value is >= 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(name, value, "A probability is 0 to 1.");
}
