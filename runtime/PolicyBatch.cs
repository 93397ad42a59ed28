using System;
using Pipeline.Contracts;

namespace Pipeline.Runtime;

/// <summary>
/// One call of <see cref="Policy.Run"/>: rows in, rows out. All spans are the caller's own memory, rows one after the other as
/// <see cref="Contracts.Spaces.Space"/> lays them out.
/// </summary>
public readonly ref struct PolicyBatch
{
    /// <summary>Number of rows, 0 or more.</summary>
    public int Count { get; init; }

    /// <summary>Observations: Count × <c>ObservationSpace.Size</c> floats.</summary>
    public ReadOnlySpan<float> Observations { get; init; }

    /// <summary>Action masks: Count × <c>ActionSpace.MaskSize</c> floats, 1 allowed and 0 not; empty allows everything.</summary>
    public ReadOnlySpan<float> Masks { get; init; }

    /// <summary>
    /// Recurrent state: Count × <see cref="Policy.StateSize"/> floats, read before and written after the step; zeros at the start of an
    /// episode. Empty for a policy without.
    /// </summary>
    public Span<float> States { get; init; }

    /// <summary>The rewards of the step before, Count floats, 0 at the start of an episode. Empty for a policy without <see cref="Policy.UsesRewards"/>.</summary>
    public ReadOnlySpan<float> Rewards { get; init; }

    /// <summary>Receives the actions: Count × <c>ActionSpace.Size</c> floats.</summary>
    public Span<float> Actions { get; init; }

    /// <summary>
    /// Where sampled actions get their randomness from, row after row, for a Dict of actions in each row the normal numbers before the uniform ones; null
    /// for deterministic actions.
    /// </summary>
    public RandomGenerator? Random { get; init; }
}
