using System;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Networks;

namespace Pipeline.Training.Rollout;

/// <summary>
/// What a rollout of networks that remember holds besides its rows: the recurrent states before its sequences, where episodes start, and what the step
/// before was. T steps of N environments are T/L sequences of L steps for each, sequence k of environment n at row k·N + n of the states.
/// </summary>
public sealed class RolloutMemory : IDisposable
{
    private readonly int _environmentCount;

    /// <summary>Allocates the memory.</summary>
    /// <param name="memory">The recurrent layers.</param>
    /// <param name="length">T</param>
    /// <param name="environmentCount">N</param>
    /// <param name="sequenceLength">L, a divisor of T.</param>
    /// <param name="parameterSize">P, outputs of the policy network.</param>
    public RolloutMemory(PolicyMemory memory, int length, int environmentCount, int sequenceLength, int parameterSize)
    {
        ArgumentNullException.ThrowIfNull(memory);
        if (sequenceLength < 1 || length % sequenceLength != 0)
            throw new ArgumentException($"Sequences of {sequenceLength} steps do not fill a rollout of {length}. Use a divisor of {length}.", nameof(sequenceLength));
        _environmentCount = environmentCount;
        SequenceLength = sequenceLength;
        int rows = length * environmentCount;
        States = new TensorBuffer(ElementType.Float32, length / sequenceLength * environmentCount, memory.StateSize);
        Keeps = new TensorBuffer(ElementType.Float32, rows, 1);
        Previous = memory.PreviousSize > 0 ? new TensorBuffer(ElementType.Float32, rows, memory.PreviousSize) : null;
        Outputs = new TensorBuffer(ElementType.Float32, rows, parameterSize);
        Last = new RecurrentRows(memory, environmentCount);
        Final = new RecurrentRows(memory, environmentCount);
    }

    /// <summary>L, steps of a sequence.</summary>
    public int SequenceLength { get; }

    /// <summary>N, sequences beside each other.</summary>
    public int Beside => _environmentCount;

    /// <summary>The states before the sequences, [T/L · N, state size].</summary>
    public TensorBuffer States { get; }

    /// <summary>0 where a step is the first of an episode, otherwise 1; [T·N, 1]. The first row is always 1: its state is zero already where an episode starts.</summary>
    public TensorBuffer Keeps { get; }

    /// <summary>Encoded action and reward of the step before, as far as they are inputs, [T·N, their size]; null where neither is.</summary>
    public TensorBuffer? Previous { get; }

    /// <summary>The policy network's outputs when the rollout was collected, [T·N, P].</summary>
    public TensorBuffer Outputs { get; }

    /// <summary>What goes with <see cref="RolloutBuffer.LastObservations"/>.</summary>
    public RecurrentRows Last { get; }

    /// <summary>What goes with <see cref="RolloutBuffer.FinalObservations"/>.</summary>
    public RecurrentRows Final { get; }

    /// <summary>The state before a row that a sequence begins with; empty for the others.</summary>
    /// <param name="row">The row.</param>
    public Span<float> StateBefore(int row)
    {
        int step = row / Beside, size = Last.States.Length / Beside;
        return step % SequenceLength == 0 ? States.Floats.Slice(((step / SequenceLength * Beside) + (row % Beside)) * size, size) : [];
    }

    /// <summary>Takes over what another rollout's sequences start from; <see cref="Outputs"/> stay as they are.</summary>
    /// <param name="other">Of a rollout of the same size.</param>
    public void CopySequences(RolloutMemory other)
    {
        ArgumentNullException.ThrowIfNull(other);
        other.States.Floats.CopyTo(States.Floats);
        other.Keeps.Floats.CopyTo(Keeps.Floats);
        if (Previous is not null) other.Previous!.Floats.CopyTo(Previous.Floats);
        Last.Copy(other.Last);
        Final.Copy(other.Final);
    }

    /// <summary>Declares the whole rollout's sequences as inputs.</summary>
    internal SequenceTensors Declare(FunctionBuilder build) =>
        new(build.Add("memory", States), build.Add("keep", Keeps), Previous is null ? null : build.Add("previous", Previous), Beside);

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        States.Dispose();
        Keeps.Dispose();
        Previous?.Dispose();
        Outputs.Dispose();
    }
}

/// <summary>Rows of recurrent state, and of what the step before was.</summary>
public sealed class RecurrentRows
{
    private readonly int _stateSize;
    private readonly int _previousSize;

    /// <summary>Makes rows of zeros.</summary>
    /// <param name="memory">The recurrent layers.</param>
    /// <param name="count">How many.</param>
    public RecurrentRows(PolicyMemory memory, int count)
    {
        ArgumentNullException.ThrowIfNull(memory);
        (_stateSize, _previousSize) = (memory.StateSize, memory.PreviousSize);
        States = new float[count * _stateSize];
        Previous = new float[count * _previousSize];
    }

    /// <summary>[rows, state size]</summary>
    public float[] States { get; private set; }

    /// <summary>[rows, size of what is remembered of the step before]</summary>
    public float[] Previous { get; private set; }

    /// <summary>The state of a row.</summary>
    /// <param name="row">Its number.</param>
    public Span<float> StateOf(int row) => States.AsSpan(row * _stateSize, _stateSize);

    /// <summary>What the step before was, of a row; empty where nothing of it is an input.</summary>
    /// <param name="row">Its number.</param>
    public Span<float> PreviousOf(int row) => Previous.AsSpan(row * _previousSize, _previousSize);

    /// <summary>Takes over all rows of others.</summary>
    /// <param name="other">Rows of the same kind.</param>
    public void Copy(RecurrentRows other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (States.Length < other.States.Length) (States, Previous) = (new float[other.States.Length], new float[other.Previous.Length]);
        other.States.CopyTo(States, 0);
        other.Previous.CopyTo(Previous, 0);
    }

    /// <summary>Writes a row. Allocates only where it is further on than any before.</summary>
    /// <param name="row">Its number.</param>
    /// <param name="state">The state.</param>
    /// <param name="previous">What the step before was.</param>
    public void Set(int row, ReadOnlySpan<float> state, ReadOnlySpan<float> previous)
    {
        if ((row + 1) * _stateSize > States.Length)
        {
            float[] states = new float[2 * (row + 1) * _stateSize], rows = new float[2 * (row + 1) * _previousSize];
            States.CopyTo(states, 0);
            Previous.CopyTo(rows, 0);
            (States, Previous) = (states, rows);
        }

        state.CopyTo(States.AsSpan(row * _stateSize));
        previous.CopyTo(Previous.AsSpan(row * _previousSize));
    }
}
