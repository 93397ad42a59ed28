using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Rendering;

namespace Pipeline.Training.Environments.ClassicControl;

/// <summary>
/// A classic-control task whose observations lack the velocities, so that one of them does not tell where the task is: what moves, and how fast, must be
/// remembered. State, actions and rewards are the task's own.
/// </summary>
/// <typeparam name="TTask">The task.</typeparam>
internal struct WithoutVelocity<TTask> : IControlTask<WithoutVelocity<TTask>>
    where TTask : struct, IControlTask<TTask>, IPositionTask
{
    private static readonly int _wholeSize = TTask.ObservationSpace.Size;
    private TTask _task;

    /// <inheritdoc/>
    public static Space ObservationSpace { get; } = Positions((Box)TTask.ObservationSpace);

    /// <inheritdoc/>
    public static Space ActionSpace => TTask.ActionSpace;

    /// <inheritdoc/>
    public static string Name => $"{TTask.Name} without velocities";

    /// <inheritdoc/>
    public static int StateSize => TTask.StateSize;

    /// <inheritdoc/>
    public static double StepsPerSecond => TTask.StepsPerSecond;

    /// <inheritdoc/>
    public static IReadOnlyList<string> ActionNames => TTask.ActionNames;

    /// <inheritdoc/>
    public int Memory
    {
        readonly get => _task.Memory;
        set => _task.Memory = value;
    }

    /// <inheritdoc/>
    public void Reset(RandomGenerator random)
    {
        _task = default;
        _task.Reset(random);
    }

    /// <inheritdoc/>
    public StepResult Step(float action) => _task.Step(action);

    /// <inheritdoc/>
    public static void StepAll(Span<WithoutVelocity<TTask>> tasks, ReadOnlySpan<float> actions, Span<StepResult> results) =>
        TTask.StepAll(MemoryMarshal.Cast<WithoutVelocity<TTask>, TTask>(tasks), actions, results);

    /// <inheritdoc/>
    public readonly void Observe(Span<float> observation)
    {
        Span<float> whole = stackalloc float[_wholeSize];
        _task.Observe(whole);
        ReadOnlySpan<int> entries = TTask.PositionEntries;
        for (int i = 0; i < entries.Length; i++) observation[i] = whole[entries[i]];
    }

    /// <inheritdoc/>
    public readonly void Draw(Scene scene) => _task.Draw(scene);

    /// <inheritdoc/>
    public readonly void ReadState(Span<double> state) => _task.ReadState(state);

    /// <inheritdoc/>
    public void WriteState(ReadOnlySpan<double> state) => _task.WriteState(state);

    private static Box Positions(Box whole)
    {
        int[] entries = TTask.PositionEntries.ToArray();
        return new Box([.. entries.Select(i => whole.Low[i])], [.. entries.Select(i => whole.High[i])]);
    }
}
