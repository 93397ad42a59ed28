using System;
using System.Collections.Generic;
using System.IO;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Rendering;

namespace Pipeline.Training.Environments.ClassicControl;

/// <summary>One environment of a classic-control task, its state open to reading and setting.</summary>
/// <typeparam name="TTask">The task's physics.</typeparam>
public sealed class ControlEnvironment<TTask> : IEnvironment, ISettableState, IStateful, IDrawable
    where TTask : struct, IControlTask<TTask>
{
    private TTask _task;

    /// <inheritdoc/>
    public Space ObservationSpace => TTask.ObservationSpace;

    /// <inheritdoc/>
    public Space ActionSpace => TTask.ActionSpace;

    /// <inheritdoc/>
    public double StepsPerSecond => TTask.StepsPerSecond;

    /// <inheritdoc/>
    public IReadOnlyList<string> ActionNames => TTask.ActionNames;

    /// <inheritdoc/>
    public double[] State
    {
        get
        {
            double[] state = new double[TTask.StateSize];
            _task.ReadState(state);
            return state;
        }

        set
        {
            ArgumentNullException.ThrowIfNull(value);
            if (value.Length != TTask.StateSize)
                throw new ArgumentException($"The state given has {value.Length} numbers; a state of {TTask.Name} has {TTask.StateSize}.", nameof(value));
            _task.WriteState(value);
        }
    }

    /// <inheritdoc/>
    public void Reset(RandomGenerator random, Span<float> observation)
    {
        ArgumentNullException.ThrowIfNull(random);
        _task.Reset(random);
        _task.Observe(observation);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The action space is discrete and the action is none of its choices.</exception>
    public StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
    {
        ControlTasks.Check<TTask>(action);
        StepResult result = _task.Step(action[0]);
        _task.Observe(observation);
        return result;
    }

    /// <inheritdoc/>
    public void Draw(Scene scene) => _task.Draw(scene);

    /// <inheritdoc/>
    public void SaveState(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ControlTasks.Save(ref _task, writer);
    }

    /// <inheritdoc/>
    public void LoadState(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ControlTasks.Load(ref _task, reader);
    }
}
