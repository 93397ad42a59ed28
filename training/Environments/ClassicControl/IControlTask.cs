using System;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Training.Environments.ClassicControl;

/// <summary>
/// The physics of a classic-control task with one action number, as a value: its fields are the state of one episode. Stated once, it serves
/// one environment (<see cref="ControlEnvironment{TTask}"/>) and many (<see cref="VectorControlEnvironment{TTask}"/>), with the same numbers
/// bit for bit. Implement it as a struct, so that the loops over it are compiled for it.
/// </summary>
public interface IControlTask
{
    /// <summary>What observations look like.</summary>
    static abstract Space ObservationSpace { get; }

    /// <summary>What actions look like: one number.</summary>
    static abstract Space ActionSpace { get; }

    /// <summary>How many numbers make up the state.</summary>
    static abstract int StateSize { get; }

    /// <summary>Draws the state in which an episode starts.</summary>
    /// <param name="random">Where the randomness comes from.</param>
    void Reset(RandomGenerator random);

    /// <summary>Takes one step.</summary>
    /// <param name="action">The action: for a discrete space a valid choice (the callers check it), for a box any number.</param>
    StepResult Step(float action);

    /// <summary>Writes the observation of the present state.</summary>
    /// <param name="observation">Receives <c>ObservationSpace.Size</c> floats.</param>
    void Observe(Span<float> observation);

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
