using System;
using System.Collections.Generic;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Rendering;

namespace Pipeline.Training.Environments.ClassicControl;

/// <summary>
/// The physics of a classic-control task with one action number, as a value: its fields are the state of one episode. Stated once, it serves
/// one environment (<see cref="ControlEnvironment{TTask}"/>) and many (<see cref="VectorControlEnvironment{TTask}"/>), with the same numbers
/// bit for bit. Implement it as a struct, so that the loops over it are compiled for it.
/// </summary>
/// <typeparam name="TSelf">The implementing struct itself.</typeparam>
public interface IControlTask<TSelf>
    where TSelf : struct, IControlTask<TSelf>
{
    /// <summary>What observations look like.</summary>
    static abstract Space ObservationSpace { get; }

    /// <summary>What actions look like: one number.</summary>
    static abstract Space ActionSpace { get; }

    /// <summary>What errors call the task.</summary>
    static virtual string Name => typeof(TSelf).Name;

    /// <summary>How many numbers make up the state.</summary>
    static abstract int StateSize { get; }

    /// <summary>How many steps a second are the task's own time.</summary>
    static abstract double StepsPerSecond { get; }

    /// <summary>What the choices of a Discrete action are called, in their order.</summary>
    static virtual IReadOnlyList<string> ActionNames => [];

    /// <summary>Draws the state in which an episode starts.</summary>
    /// <param name="random">Where the randomness comes from.</param>
    void Reset(RandomGenerator random);

    /// <summary>Takes one step.</summary>
    /// <param name="action">The action: for a discrete space a valid choice (the callers check it), for a box any number.</param>
    StepResult Step(float action);

    /// <summary>Steps several tasks, each as <see cref="Step"/> does; a task overrides it where it can do so side by side, with the same bits.</summary>
    /// <param name="tasks">The tasks.</param>
    /// <param name="actions">The action of each.</param>
    /// <param name="results">Receives the result of each.</param>
    static virtual void StepAll(Span<TSelf> tasks, ReadOnlySpan<float> actions, Span<StepResult> results)
    {
        actions = actions[..tasks.Length];
        results = results[..tasks.Length];
        for (int i = 0; i < tasks.Length; i++) results[i] = tasks[i].Step(actions[i]);
    }

    /// <summary>Writes the observation of the present state.</summary>
    /// <param name="observation">Receives <c>ObservationSpace.Size</c> floats.</param>
    void Observe(Span<float> observation);

    /// <summary>Draws the present state, for those who watch.</summary>
    /// <param name="scene">Receives the shapes.</param>
    void Draw(Scene scene);

    /// <summary>Writes the state.</summary>
    /// <param name="state">Receives <see cref="StateSize"/> numbers.</param>
    void ReadState(Span<double> state);

    /// <summary>Takes a state, as at the start of an episode.</summary>
    /// <param name="state"><see cref="StateSize"/> numbers.</param>
    void WriteState(ReadOnlySpan<double> state);

    /// <summary>
    /// What the task remembers besides the numbers of its state, such as whether the episode was over already; 0 for a task that remembers
    /// nothing. Saved and put back after the state.
    /// </summary>
    int Memory { get; set; }
}
