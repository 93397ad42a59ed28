using System;
using System.IO;
using System.Numerics;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Rendering;

namespace Pipeline.Training.Environments.ToyText;

/// <summary>
/// The blind cliff walk (Schaul et al., arXiv:1511.05952, section 3.1): n states in a row, in each of which one of two actions is right and
/// leads on, and the other ends the episode. The right action of the last state ends it too, with reward 1; every other reward is 0. Chance gets there
/// once in 2ⁿ episodes, so that nearly all transitions have nothing to teach. Observation: the state, one-hot; zeros after the end.
/// </summary>
/// <remarks>
/// Which action is right must not be guessed from other states: it is 1 where the number of the state, counted from 0, has an odd number of
/// binary ones, and 0 elsewhere. Here an episode starts in the first state.
/// </remarks>
public sealed class Chain : IEnvironment, IStateful, IDrawable
{
    /// <summary>The most states there can be.</summary>
    public const int MostStates = 1024;

    private const int ActionCount = 2;

    private readonly int _length;
    private int _state;

    /// <summary>Makes the chain.</summary>
    /// <param name="length">n, 1 to <see cref="MostStates"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="length"/> is out of range.</exception>
    public Chain(int length = 10)
    {
        if (length is < 1 or > MostStates) throw new ArgumentOutOfRangeException(nameof(length), length, $"A chain has 1 to {MostStates} states.");
        _length = length;
        ObservationSpace = new Box(0, 1, length);
    }

    /// <inheritdoc/>
    public Space ObservationSpace { get; }

    /// <inheritdoc/>
    public Space ActionSpace { get; } = new Discrete(ActionCount);

    /// <summary>The right action of a state.</summary>
    /// <param name="state">The number of the state, 0 for the first.</param>
    public static int RightAction(int state) => BitOperations.PopCount((uint)state) & 1;

    /// <inheritdoc/>
    public void Reset(RandomGenerator random, Span<float> observation)
    {
        _state = 0;
        Observe(observation);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The action is none of the choices.</exception>
    public StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
    {
        int chosen = DiscreteAction.Number(action[0], ActionCount, nameof(Chain));
        bool isRight = _state < _length && chosen == RightAction(_state);
        bool arrives = isRight && _state == _length - 1;
        _state = isRight ? _state + 1 : _length;
        Observe(observation);
        return new StepResult(arrives ? 1 : 0, Terminated: _state == _length);
    }

    /// <inheritdoc/>
    public double StepsPerSecond => 3;

    /// <inheritdoc/>
    public void Draw(Scene scene)
    {
        const int MostColumns = 20;
        ArgumentNullException.ThrowIfNull(scene);
        Board board = Board.Of(_length, MostColumns);
        board.Show(scene);
        board.Fill(scene, cell => cell < _length - 1 ? Ink.Surface : cell == _length - 1 ? Ink.Goal : Ink.None);
        if (_state < _length) scene.Disc(Ink.Agent, board.Centre(_state), 0.4);
        for (int state = 0; state < Math.Min(_length, 5 * MostColumns); state++)
            board.Letter(scene, state, RightAction(state) == 0 ? "0" : "1", state == _length - 1 ? Ink.Surface : Ink.Line);
    }

    /// <inheritdoc/>
    public void SaveState(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write(_state);
    }

    /// <inheritdoc/>
    public void LoadState(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        _state = reader.ReadInt32();
    }

    private void Observe(Span<float> observation)
    {
        observation.Clear();
        if (_state < _length) observation[_state] = 1;
    }
}
