using System.Collections.Generic;
using System.ComponentModel;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Training.Algorithms;

/// <summary>Options of <see cref="Dqn"/>. The defaults are Stable-Baselines3's, with a network of 256, 256.</summary>
public sealed record DqnOptions : QLearningOptions
{
    /// <summary>κ of Huber's loss.</summary>
    [Description("Error above which the loss grows linearly instead of quadratically (Huber's κ).")]
    public double HuberThreshold { get; init; } = 1;

    /// <inheritdoc/>
    public override IEnumerable<string> Validate(Space observationSpace, Space actionSpace) =>
        [.. base.Validate(observationSpace, actionSpace), .. OptionChecks.AboveZero(("huber_threshold", HuberThreshold))];
}
