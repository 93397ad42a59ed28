using System.Collections.Generic;
using System.ComponentModel;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Training.Algorithms;

/// <summary>Options of <see cref="C51"/> and of rainbow, which is the same with other defaults.</summary>
public sealed record C51Options : QLearningOptions
{
    /// <summary>z₀</summary>
    [Description("Smallest return that is told apart: the lowest atom.")]
    public double VMin { get; init; } = -10;

    /// <summary>zₙ₋₁</summary>
    [Description("Largest return that is told apart: the highest atom.")]
    public double VMax { get; init; } = 10;

    /// <summary>n</summary>
    [Description("Atoms from v_min to v_max that returns are distributed over, for each action.")]
    public int Atoms { get; init; } = 51;

    /// <inheritdoc/>
    public override IEnumerable<string> Validate(Space observationSpace, Space actionSpace)
    {
        foreach (string problem in base.Validate(observationSpace, actionSpace)) yield return problem;
        if (Atoms < 2) yield return $"atoms is {Atoms}. It is at least 2; 51 is usual.";
        if (!(VMin < VMax && double.IsFinite(VMax - VMin)))
            yield return $"v_min {VMin} and v_max {VMax} leave no room for returns. Both are finite and v_min is the smaller: the least and the largest discounted return of an episode.";
    }
}
