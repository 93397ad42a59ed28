using System;
using System.IO;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Training.Environments;

/// <summary>What one step of one environment gives back besides the observation.</summary>
/// <param name="Reward">The reward of the step.</param>
/// <param name="Terminated">The episode reached a state of the task that ends it: the value of what follows is 0.</param>
/// <param name="Truncated">The episode was cut off from outside, by a time limit say: what follows still has value.</param>
public readonly record struct StepResult(float Reward, bool Terminated = false, bool Truncated = false);

/// <summary>
/// One environment, as a host author writes it; Gymnasium's meaning throughout. Observations and actions are rows of floats laid out
/// as <see cref="Space"/> says; a discrete action is <c>(int)action[0]</c>. Episodes are started by <see cref="Reset"/> alone: after a step
/// that terminates or truncates, the next call is a reset. Time limits need not be counted here: register one with the environment.
/// </summary>
public interface IEnvironment
{
    /// <summary>What observations look like; the same for the life of the environment.</summary>
    Space ObservationSpace { get; }

    /// <summary>What actions look like; the same for the life of the environment.</summary>
    Space ActionSpace { get; }

    /// <summary>Starts an episode.</summary>
    /// <param name="random">The environment's own generator: keep it for randomness inside the episode; use no other.</param>
    /// <param name="observation">Receives the first observation: exactly <c>ObservationSpace.Size</c> floats.</param>
    void Reset(RandomGenerator random, Span<float> observation);

    /// <summary>Takes one step.</summary>
    /// <param name="action">Exactly <c>ActionSpace.Size</c> floats.</param>
    /// <param name="observation">Receives the observation after the step.</param>
    StepResult Step(ReadOnlySpan<float> action, Span<float> observation);
}

/// <summary>An environment that says which of its discrete actions are allowed now. The policy then never takes another.</summary>
public interface IMaskedEnvironment : IEnvironment
{
    /// <summary>Writes the mask for the present state.</summary>
    /// <param name="mask">Receives <c>ActionSpace.MaskSize</c> entries, branch after branch: 1 allowed, 0 not. At least one is 1 in each branch.</param>
    void WriteActionMask(Span<float> mask);
}

/// <summary>Something whose whole state can be saved and put back, so that what follows is the same bit for bit.</summary>
public interface IStateful
{
    /// <summary>Writes the state.</summary>
    /// <param name="writer">Where to.</param>
    void SaveState(BinaryWriter writer);

    /// <summary>Takes back a state that <see cref="SaveState"/> wrote.</summary>
    /// <param name="reader">Where from.</param>
    void LoadState(BinaryReader reader);
}
