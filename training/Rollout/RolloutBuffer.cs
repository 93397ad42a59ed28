using System;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Networks;

namespace Pipeline.Training.Rollout;

/// <summary>
/// T steps of N environments as an on-policy algorithm collects them. Everything is [T·N, …], row t·N + n; graphs read it in place.
/// </summary>
public sealed class RolloutBuffer : IDisposable
{
    /// <summary>Allocates the buffer.</summary>
    /// <param name="length">T, steps of each environment.</param>
    /// <param name="environmentCount">N.</param>
    /// <param name="observationSize">Floats of an observation.</param>
    /// <param name="encodedActionSize">Floats of an encoded action.</param>
    /// <param name="maskSize">Entries of an action mask; 0 for none.</param>
    public RolloutBuffer(int length, int environmentCount, int observationSize, int encodedActionSize, int maskSize)
    {
        Length = length;
        EnvironmentCount = environmentCount;
        Rows = checked(length * environmentCount);
        Observations = new TensorBuffer(ElementType.Float32, Rows, observationSize);
        Actions = new TensorBuffer(ElementType.Float32, Rows, encodedActionSize);
        Masks = maskSize > 0 ? new TensorBuffer(ElementType.Float32, Rows, maskSize) : null;
        Values = Column();
        LogProbabilities = Column();
        Advantages = Column();
        ValueTargets = Column();
        Rewards = new float[Rows];
        NextValues = new float[Rows];
        Terminated = new bool[Rows];
        Truncated = new bool[Rows];
        LastObservations = new float[environmentCount * observationSize];
        FinalObservations = new float[environmentCount * observationSize];
    }

    /// <summary>Allocates the buffer for some networks.</summary>
    /// <param name="model">The networks.</param>
    /// <param name="length">T, steps of each environment.</param>
    /// <param name="environmentCount">N.</param>
    /// <param name="sequenceLength">L, a divisor of T, where they remember.</param>
    public static RolloutBuffer For(ActorCritic model, int length, int environmentCount, int sequenceLength)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new RolloutBuffer(length, environmentCount, model.ObservationSpace.Size, model.Head.EncodedSize, model.Masked ? model.ActionSpace.MaskSize : 0)
        {
            Memory = model.Memory is null ? null : new RolloutMemory(model.Memory, length, environmentCount, sequenceLength, model.Head.ParameterSize),
        };
    }

    /// <summary>What networks that remember need besides; null for the others. Disposed with the buffer.</summary>
    public RolloutMemory? Memory { get; init; }

    /// <summary>T</summary>
    public int Length { get; }

    /// <summary>N</summary>
    public int EnvironmentCount { get; }

    /// <summary>T·N</summary>
    public int Rows { get; }

    /// <summary>s, [T·N, observation size], as the environments gave them.</summary>
    public TensorBuffer Observations { get; }

    /// <summary>a, [T·N, encoded size]</summary>
    public TensorBuffer Actions { get; }

    /// <summary>[T·N, mask size], or null.</summary>
    public TensorBuffer? Masks { get; }

    /// <summary>V(s) when the rollout was collected, [T·N, 1].</summary>
    public TensorBuffer Values { get; }

    /// <summary>ln π(a|s) when the rollout was collected, [T·N, 1].</summary>
    public TensorBuffer LogProbabilities { get; }

    /// <summary>Â, [T·N, 1]</summary>
    public TensorBuffer Advantages { get; }

    /// <summary>What V(s) is fitted to, [T·N, 1].</summary>
    public TensorBuffer ValueTargets { get; }

    /// <summary>r, [T·N]</summary>
    public float[] Rewards { get; }

    /// <summary>V(s′), [T·N]: of the last observation of its episode where the step ended one.</summary>
    public float[] NextValues { get; }

    /// <summary>[T·N]</summary>
    public bool[] Terminated { get; }

    /// <summary>[T·N]</summary>
    public bool[] Truncated { get; }

    /// <summary>[N, observation size]: the observations after the last step, which the next rollout starts from.</summary>
    public float[] LastObservations { get; }

    /// <summary>The last observations of truncated episodes, one after another in the order of <see cref="TruncatedRows"/>.</summary>
    public float[] FinalObservations { get; private set; }

    /// <summary>Rows whose step truncated an episode without terminating it.</summary>
    public ReadOnlySpan<int> TruncatedRows => _truncatedRows.AsSpan(0, TruncatedCount);

    /// <summary>Number of <see cref="TruncatedRows"/>.</summary>
    public int TruncatedCount { get; private set; }

    private int[] _truncatedRows = new int[16];

    /// <summary>Forgets the truncated rows, before a new rollout.</summary>
    public void Clear() => TruncatedCount = 0;

    /// <summary>Keeps the last observation of an episode that a step truncated. Allocates only where more episodes were truncated than ever before.</summary>
    /// <param name="row">The step's row.</param>
    /// <param name="observation">The episode's last observation.</param>
    public void AddTruncated(int row, ReadOnlySpan<float> observation)
    {
        if (TruncatedCount == _truncatedRows.Length) Array.Resize(ref _truncatedRows, 2 * TruncatedCount);
        int needed = (TruncatedCount + 1) * observation.Length;
        if (needed > FinalObservations.Length)
        {
            float[] grown = new float[2 * needed];
            FinalObservations.CopyTo(grown, 0);
            FinalObservations = grown;
        }

        observation.CopyTo(FinalObservations.AsSpan(TruncatedCount * observation.Length));
        _truncatedRows[TruncatedCount++] = row;
    }

    /// <summary>Takes over the steps of another rollout: observations, masks, actions, rewards, what ended, and what sequences start from.</summary>
    /// <param name="other">A rollout of the same size.</param>
    public void CopySteps(RolloutBuffer other)
    {
        ArgumentNullException.ThrowIfNull(other);
        other.Observations.Floats.CopyTo(Observations.Floats);
        other.Actions.Floats.CopyTo(Actions.Floats);
        if (Masks is not null) other.Masks!.Floats.CopyTo(Masks.Floats);
        other.Rewards.CopyTo(Rewards, 0);
        other.Terminated.CopyTo(Terminated, 0);
        other.Truncated.CopyTo(Truncated, 0);
        other.LastObservations.CopyTo(LastObservations, 0);
        Memory?.CopySequences(other.Memory!);
        Clear();
        int size = LastObservations.Length / EnvironmentCount;
        for (int i = 0; i < other.TruncatedCount; i++) AddTruncated(other.TruncatedRows[i], other.FinalObservations.AsSpan(i * size, size));
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        Observations.Dispose();
        Actions.Dispose();
        Masks?.Dispose();
        Values.Dispose();
        LogProbabilities.Dispose();
        Advantages.Dispose();
        ValueTargets.Dispose();
        Memory?.Dispose();
    }

    private TensorBuffer Column() => new(ElementType.Float32, Rows, 1);
}
