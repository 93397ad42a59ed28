using System.Collections.Generic;
using System.ComponentModel;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Training.Algorithms;

/// <summary>Options of <see cref="A2c"/>. The defaults are Stable-Baselines3's, with eight environments.</summary>
public sealed record A2cOptions : ActorCriticOptions
{
    /// <summary>Standardisation of advantages.</summary>
    [ListedAfter(nameof(MaxGradientNorm))]
    [Description("Standardise the advantages of each rollout.")]
    public bool NormalizeAdvantages { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<string> Validate(Space observationSpace, Space actionSpace)
    {
        foreach (string problem in base.Validate(observationSpace, actionSpace)) yield return problem;
        if (NormalizeAdvantages && RolloutLength == 1 && EnvironmentCount == 1)
            yield return "rollout_length 1 × environment_count 1 leaves nothing to standardise. Use at least 2 rows, or normalize_advantages=false.";
    }
}
