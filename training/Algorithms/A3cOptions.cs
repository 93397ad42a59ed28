using System;
using System.Collections.Generic;
using System.ComponentModel;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Training.Algorithms;

/// <summary>Options of <see cref="A3c"/>.</summary>
public sealed record A3cOptions : ActorCriticOptions
{
    /// <summary>Sets what suits threads that each have one environment.</summary>
    public A3cOptions() => (EnvironmentCount, RolloutLength, SequenceLength, EntropyCoefficient) = (1, 20, 20, 0.01);

    /// <summary>Threads.</summary>
    [ListedAfter(nameof(EnvironmentCount))]
    [Description("Actor-learner threads, each with environment_count environments and a copy of the parameters. With more than one a run does not repeat bit for bit.")]
    public int Actors { get; init; } = 8;

    /// <summary>How far apart the threads' entropy coefficients are.</summary>
    [ListedAfter(nameof(EntropyCoefficient))]
    [Description("How differently the threads explore: their entropy coefficients go in equal ratios from entropy_coefficient divided by this to entropy_coefficient times this; 1 for all alike.")]
    public double EntropySpread { get; init; } = 3;

    /// <inheritdoc/>
    public override IEnumerable<string> Validate(Space observationSpace, Space actionSpace)
    {
        foreach (string problem in base.Validate(observationSpace, actionSpace)) yield return problem;
        if (Actors is < 1 or > 256) yield return $"actors is {Actors}. It is 1 to 256; more than there are processors gain no speed.";
        if (!(EntropySpread >= 1 && double.IsFinite(EntropySpread))) yield return $"entropy_spread is {EntropySpread}. It is at least 1.";
        if (Optimizer == ActorCriticOptimizer.Adam)
            yield return "optimizer is adam, whose steps depend on how many were taken, which threads do not know of each other. Use rms_prop or rms_prop_tf, whose statistics are shared.";
    }

    /// <summary>The entropy coefficient of a thread.</summary>
    /// <param name="actor">The thread, from 0.</param>
    internal double EntropyCoefficientOf(int actor) =>
        Actors == 1 ? EntropyCoefficient : EntropyCoefficient * Math.Pow(EntropySpread, (2.0 * actor / (Actors - 1)) - 1);
}
