using System;
using Pipeline.Contracts;

namespace Pipeline.Runtime;

/// <summary>
/// One call of <see cref="Policy.Run(in PolicyBatch)"/>: rows in, rows out. All spans are the caller's own memory, rows one after the other as
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
    /// for deterministic actions, or with <see cref="Randoms"/>.
    /// </summary>
    public RandomGenerator? Random { get; init; }

    /// <summary>
    /// Count generators, one for each row, in place of <see cref="Random"/>: what a row draws then depends on no other row. Empty for
    /// deterministic actions.
    /// </summary>
    public ReadOnlySpan<RandomGenerator> Randoms { get; init; }

    /// <summary>Which rows of the spans take part, Count of them; empty for the first Count.</summary>
    internal ReadOnlySpan<int> Rows { get; init; }

    /// <summary>Whether actions are drawn.</summary>
    internal bool IsSampled => Random is not null || !Randoms.IsEmpty;

    /// <summary>Where row <paramref name="index"/> of the call is in the spans.</summary>
    internal int RowAt(int index) => Rows.IsEmpty ? index : Rows[index];
}
