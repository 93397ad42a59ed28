using System;
using System.IO;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Training.Environments.ClassicControl;

/// <summary>What the single and the vectorised environments of a task share.</summary>
internal static class ControlTasks
{
    /// <summary>Refuses a discrete action that is none of the choices.</summary>
    /// <param name="actions">One action an environment.</param>
    public static void Check<TTask>(ReadOnlySpan<float> actions)
        where TTask : struct, IControlTask<TTask>
    {
        if (TTask.ActionSpace is not Discrete discrete) return;
        float choices = discrete.N;
        for (int i = 0; i < actions.Length; i++)
        {
            float action = actions[i];
            if (!(action >= 0 && action < choices && action == (int)action))
                throw new ArgumentOutOfRangeException(nameof(actions), action, $"Action {action} of environment {i} is none of the choices 0 to {discrete.N - 1} of {TTask.Name}.");
        }
    }

    /// <summary>Writes a task's whole state.</summary>
    public static void Save<TTask>(ref TTask task, BinaryWriter writer)
        where TTask : struct, IControlTask<TTask>
    {
        Span<double> state = stackalloc double[TTask.StateSize];
        task.ReadState(state);
        foreach (double number in state) writer.Write(number);
        writer.Write(task.Memory);
    }

    /// <summary>Takes back what <see cref="Save"/> wrote.</summary>
    public static void Load<TTask>(ref TTask task, BinaryReader reader)
        where TTask : struct, IControlTask<TTask>
    {
        Span<double> state = stackalloc double[TTask.StateSize];
        foreach (ref double number in state) number = reader.ReadDouble();
        task.WriteState(state);
        task.Memory = reader.ReadInt32();
    }
}
