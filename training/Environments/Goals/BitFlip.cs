using System;
using System.IO;
using System.Linq;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Rendering;

namespace Pipeline.Training.Environments.Goals;

/// <summary>
/// Bit flipping (Andrychowicz et al., arXiv:1707.01495, section 3.1): n bits and the n other bits they are to become, drawn uniformly; action i
/// flips bit i. The reward is 0 for a step that leads to the goal and −1 for any other. Nothing terminates: an episode is truncated by the step
/// that leads to the goal, or else by its time limit of n steps.
/// </summary>
/// <remarks>
/// Observation: <c>observation</c>, the bits; <c>achieved_goal</c>, the same bits; <c>desired_goal</c>, the goal; n floats of 0 or 1 each.
/// Every step flips a bit, so that an agent cannot stay at the goal, and an episode of a fixed length would end there only where the number of
/// wrong bits has the right parity. Hence the early end. It is a truncation, since the value of the goal's state is the same whether the goal was
/// asked for or put in its place by hindsight.
/// </remarks>
public sealed class BitFlip : IEnvironment, IStateful, IGoalTask, IDrawable
{
    /// <summary>The most bits there can be.</summary>
    public const int MostBits = 1024;

    private readonly float[] _bits;
    private readonly float[] _goal;
    private int _wrong;

    /// <summary>Makes the bits.</summary>
    /// <param name="n">How many, 1 to <see cref="MostBits"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="n"/> is out of range.</exception>
    public BitFlip(int n = 15)
    {
        if (n is < 1 or > MostBits) throw new ArgumentOutOfRangeException(nameof(n), n, $"There are 1 to {MostBits} bits.");
        _bits = new float[n];
        _goal = new float[n];
        var bits = new Box(0, 1, n);
        ObservationSpace = new Dict(("observation", bits), (IGoalTask.AchievedGoal, bits), (IGoalTask.DesiredGoal, bits));
        ActionSpace = new Discrete(n);
    }

    /// <inheritdoc/>
    public Space ObservationSpace { get; }

    /// <inheritdoc/>
    public Space ActionSpace { get; }

    /// <inheritdoc/>
    public void Reset(RandomGenerator random, Span<float> observation)
    {
        ArgumentNullException.ThrowIfNull(random);
        Draw(random, _bits);
        do
        {
            Draw(random, _goal);
            CountWrong();
        }
        while (_wrong == 0);
        Observe(observation);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The action is none of the bits.</exception>
    public StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
    {
        int bit = DiscreteAction.Number(action[0], _bits.Length, nameof(BitFlip));
        _bits[bit] = 1 - _bits[bit];
        _wrong += _bits[bit] == _goal[bit] ? -1 : 1;
        Observe(observation);
        return _wrong == 0 ? new StepResult(0, Truncated: true) : new StepResult(-1);
    }

    /// <inheritdoc/>
    public void ComputeRewards(ReadOnlySpan<float> achieved, ReadOnlySpan<float> desired, Span<float> rewards)
    {
        int n = _bits.Length;
        for (int i = 0; i < rewards.Length; i++)
            rewards[i] = IsSuccess(achieved.Slice(i * n, n), desired.Slice(i * n, n)) ? 0 : -1;
    }

    /// <inheritdoc/>
    public bool IsSuccess(ReadOnlySpan<float> achieved, ReadOnlySpan<float> desired) => achieved.SequenceEqual(desired);

    /// <inheritdoc/>
    public double StepsPerSecond => 3;

    /// <inheritdoc/>
    public void Draw(Scene scene)
    {
        const int MostColumns = 32;
        ArgumentNullException.ThrowIfNull(scene);
        Board board = Board.Of(_bits.Length, MostColumns);
        double above = board.Rows + 1;
        scene.View(-2.6, -0.3, board.Columns + 0.3, above + board.Rows + 0.3);
        scene.Label(Ink.Line, (-2.4, above + board.Rows - 0.7), "BITS", 0.4, isCentred: false);
        scene.Label(Ink.Line, (-2.4, board.Rows - 0.7), "GOAL", 0.4, isCentred: false);
        scene.Cells((0, above + board.Rows), board.Columns, Inks(i => _bits[i] == 1 ? Ink.Agent : Ink.Surface));
        scene.Cells((0, above + board.Rows), board.Columns, Inks(i => _bits[i] == _goal[i] ? Ink.None : Ink.Danger), gap: 0.7);
        scene.Cells((0, board.Rows), board.Columns, Inks(i => _goal[i] == 1 ? Ink.Goal : Ink.Surface));

        Ink[] Inks(Func<int, Ink> ink) => [.. Enumerable.Range(0, board.Rows * board.Columns).Select(i => i < _bits.Length ? ink(i) : Ink.None)];
    }

    /// <inheritdoc/>
    public void SaveState(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        foreach (float bit in _bits) writer.Write(bit);
        foreach (float bit in _goal) writer.Write(bit);
    }

    /// <inheritdoc/>
    public void LoadState(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        foreach (ref float bit in _bits.AsSpan()) bit = reader.ReadSingle();
        foreach (ref float bit in _goal.AsSpan()) bit = reader.ReadSingle();
        CountWrong();
    }

    private static void Draw(RandomGenerator random, Span<float> bits)
    {
        ulong drawn = 0;
        for (int i = 0; i < bits.Length; i++)
        {
            if (i % 64 == 0) drawn = random.NextUInt64();
            bits[i] = (drawn >> (i % 64)) & 1;
        }
    }

    private void CountWrong()
    {
        _wrong = 0;
        for (int i = 0; i < _bits.Length; i++) _wrong += _bits[i] == _goal[i] ? 0 : 1;
    }

    private void Observe(Span<float> observation)
    {
        int n = _bits.Length;
        _bits.CopyTo(observation);
        _bits.CopyTo(observation[n..]);
        _goal.CopyTo(observation[(2 * n)..]);
    }
}
