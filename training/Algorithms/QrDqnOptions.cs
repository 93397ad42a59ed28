using System.Collections.Generic;
using System.ComponentModel;
using System.Linq;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Training.Algorithms;

/// <summary>Options of <see cref="QrDqn"/>.</summary>
public sealed record QrDqnOptions : QLearningOptions
{
    /// <summary>N</summary>
    [Description("Quantiles of the return that are learned for each action.")]
    public int Quantiles { get; init; } = 200;

    /// <summary>κ of the quantile Huber loss.</summary>
    [Description("Error above which the loss grows linearly instead of quadratically (Huber's κ).")]
    public double HuberThreshold { get; init; } = 1;

    /// <inheritdoc/>
    public override IEnumerable<string> Validate(Space observationSpace, Space actionSpace)
    {
        foreach (string problem in base.Validate(observationSpace, actionSpace).Concat(OptionChecks.AboveZero(("huber_threshold", HuberThreshold)))) yield return problem;
        if (Quantiles < 2) yield return $"quantiles is {Quantiles}. It is at least 2; for the mean alone use dqn.";
    }
}
