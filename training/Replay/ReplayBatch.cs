using System;
using System.Linq;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Distributions;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;

namespace Pipeline.Training.Replay;

/// <summary>B transitions sampled from a <see cref="ReplayBuffer"/>; graphs read them in place.</summary>
public sealed class ReplayBatch : IDisposable
{
    // What a transition consists of; weights are the batch's.
    private readonly TensorBuffer[] _transitions;

    /// <summary>Allocates a batch for what a buffer holds.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="rows">B; null for the buffer's batch size.</param>
    public ReplayBatch(ReplayBuffer buffer, int? rows = null)
        : this(NotNull(buffer).ObservationSpace, buffer.ActionSpace, buffer.Masked, rows ?? buffer.Settings.BatchSize)
    {
    }

    /// <summary>Allocates a batch.</summary>
    /// <param name="observationSpace">The environment's observations.</param>
    /// <param name="actionSpace">Its actions.</param>
    /// <param name="masked">Whether action masks are kept.</param>
    /// <param name="rows">B, at least 1.</param>
    public ReplayBatch(Space observationSpace, Space actionSpace, bool masked, int rows)
    {
        ArgumentNullException.ThrowIfNull(observationSpace);
        ArgumentNullException.ThrowIfNull(actionSpace);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        Rows = rows;
        Observations = Matrix(observationSpace.Size);
        NextObservations = Matrix(observationSpace.Size);
        Actions = Matrix(ActionHead.For(actionSpace).EncodedSize);
        Rewards = Matrix(1);
        Discounts = Matrix(1);
        Weights = Matrix(1);
        Masks = masked ? Matrix(actionSpace.MaskSize) : null;
        NextMasks = masked ? Matrix(actionSpace.MaskSize) : null;
        Indices = new int[rows];
        Numbers = new long[rows];
        Masses = new double[rows];
        Priorities = new float[rows];
        Action = new float[actionSpace.Size];
        _transitions = Transitions();
    }

    private ReplayBatch(ReplayBatch other, int rows, Func<TensorBuffer, TensorBuffer> memory)
    {
        Rows = rows;
        (Observations, NextObservations, Actions) = (memory(other.Observations), memory(other.NextObservations), memory(other.Actions));
        (Rewards, Discounts, Weights) = (memory(other.Rewards), memory(other.Discounts), memory(other.Weights));
        Masks = other.Masks is null ? null : memory(other.Masks);
        NextMasks = other.NextMasks is null ? null : memory(other.NextMasks);
        (Indices, Numbers, Masses, Priorities, Action) = ([], [], [], [], []);
        _transitions = Transitions();
    }

    /// <summary>B</summary>
    public int Rows { get; }

    /// <summary>s, [B, observation size]</summary>
    public TensorBuffer Observations { get; }

    /// <summary>a, [B, encoded size]: one-hot for choices, as they were added for real numbers and bits.</summary>
    public TensorBuffer Actions { get; }

    /// <summary>Σ γᵏ rₜ₊ₖ over the m ≤ n folded steps, [B, 1].</summary>
    public TensorBuffer Rewards { get; }

    /// <summary>γᵐ, and 0 where the episode terminated within the m steps; one that was truncated keeps γᵐ. [B, 1]</summary>
    public TensorBuffer Discounts { get; }

    /// <summary>s after the m steps, [B, observation size]: the last of its episode where that ended.</summary>
    public TensorBuffer NextObservations { get; }

    /// <summary>Which actions are allowed in s, 1 or 0, [B, mask size]; null without masks.</summary>
    public TensorBuffer? Masks { get; }

    /// <summary>The same for the next observations. At the end of an episode no mask is known, and all is allowed.</summary>
    public TensorBuffer? NextMasks { get; }

    /// <summary>Weights in the loss, [B, 1]: of prioritized replay divided by the largest of the batch, otherwise 1.</summary>
    public TensorBuffer Weights { get; }

    /// <summary>[B]: where in the buffer each transition starts.</summary>
    public int[] Indices { get; }

    /// <summary>What the frames of <see cref="Indices"/> were written as, so that a priority does not go to a transition that came in their place.</summary>
    internal long[] Numbers { get; }

    internal double[] Masses { get; }

    internal float[] Priorities { get; }

    /// <summary>Room for one action as it was added.</summary>
    internal float[] Action { get; }

    /// <summary>Some of the rows, for a graph that reads no others: views of the same memory, to be disposed before it. What is sampled goes into the whole.</summary>
    /// <param name="first">The first row.</param>
    /// <param name="rows">Their number.</param>
    /// <exception cref="ArgumentOutOfRangeException">They are not rows of this batch.</exception>
    internal ReplayBatch Part(int first, int rows) =>
        new(this, rows, matrix => matrix.View((int)(first * matrix.Dimensions[1]), rows, matrix.Dimensions[1]));

    /// <summary>Another batch of the same spaces and as many rows.</summary>
    internal ReplayBatch Alike() => new(this, Rows, matrix => new TensorBuffer(ElementType.Float32, matrix.Dimensions));

    /// <summary>Copies transitions into another batch of the same spaces; their places in the buffer and their weights stay behind.</summary>
    /// <param name="first">The first row here.</param>
    /// <param name="to">The other batch.</param>
    /// <param name="toFirst">The first row there.</param>
    /// <param name="rows">Number of rows.</param>
    internal void CopyTo(int first, ReplayBatch to, int toFirst, int rows)
    {
        void Copy(TensorBuffer from, TensorBuffer into)
        {
            int columns = (int)from.Dimensions[1];
            from.Floats.Slice(first * columns, rows * columns).CopyTo(into.Floats[(toFirst * columns)..]);
        }

        for (int i = 0; i < _transitions.Length; i++) Copy(_transitions[i], to._transitions[i]);
    }

    /// <summary>Copies transitions from here and there to another batch of the same spaces; their places in the buffer and their weights stay behind.</summary>
    /// <param name="rows">The rows here.</param>
    /// <param name="to">The other batch.</param>
    /// <param name="toFirst">The first row there.</param>
    internal void CopyTo(ReadOnlySpan<int> rows, ReplayBatch to, int toFirst)
    {
        static void Copy(ReadOnlySpan<int> rows, TensorBuffer from, TensorBuffer into, int intoFirst)
        {
            int columns = (int)from.Dimensions[1];
            ReadOnlySpan<float> source = from.Floats;
            Span<float> target = into.Floats[(intoFirst * columns)..];
            for (int i = 0; i < rows.Length; i++) source.Slice(rows[i] * columns, columns).CopyTo(target.Slice(i * columns, columns));
        }

        for (int i = 0; i < _transitions.Length; i++) Copy(rows, _transitions[i], to._transitions[i], toFirst);
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        foreach (TensorBuffer matrix in _transitions) matrix.Dispose();
        Weights.Dispose();
    }

    private static ReplayBuffer NotNull(ReplayBuffer buffer)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        return buffer;
    }

    private TensorBuffer[] Transitions() =>
        [Observations, Actions, Rewards, Discounts, NextObservations, .. new[] { Masks, NextMasks }.OfType<TensorBuffer>()];

    private TensorBuffer Matrix(int columns) => new(ElementType.Float32, Rows, columns);
}
