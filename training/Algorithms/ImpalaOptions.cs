using System.Collections.Generic;
using System.ComponentModel;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Training.Algorithms;

/// <summary>How the learner allows for trajectories having been collected by older policies.</summary>
public enum OffPolicyCorrection
{
    /// <summary>By V-trace.</summary>
    VTrace,

    /// <summary>Not at all: as if the present policy had collected them.</summary>
    None,
}

/// <summary>Options of <see cref="Impala"/>.</summary>
public sealed record ImpalaOptions : ActorCriticOptions
{
    /// <summary>Sets what suits actors that each have a few environments.</summary>
    public ImpalaOptions() => (EnvironmentCount, RolloutLength, SequenceLength) = (2, 20, 20);

    /// <summary>Actors.</summary>
    [ListedAfter(nameof(EnvironmentCount))]
    [Description("Actors, each with environment_count environments and a copy of the parameters. An update learns from one trajectory of each.")]
    public int Actors { get; init; } = 4;

    /// <summary>Updates by which actors are behind.</summary>
    [ListedAfter(nameof(RolloutLength))]
    [Description("Updates that the policy of an actor is behind the learner's: its k-th trajectory is collected with the parameters after k − policy_lag updates. From 1 on actors and learner work at the same time; with 2 neither waits for the other.")]
    public int PolicyLag { get; init; } = 2;

    /// <summary>The correction.</summary>
    [ListedAfter(nameof(GaeLambda))]
    [Description("Correction for older policies: v_trace or none.")]
    public OffPolicyCorrection Correction { get; init; } = OffPolicyCorrection.VTrace;

    /// <summary>ρ̄</summary>
    [Description("Largest importance weight of a step's error and of the policy's gradient, for correction=v_trace (ρ̄).")]
    public double RhoClip { get; init; } = 1;

    /// <summary>c̄</summary>
    [Description("Largest importance weight by which later errors are handed back, for correction=v_trace (c̄); gae_lambda multiplies it.")]
    public double TraceClip { get; init; } = 1;

    /// <inheritdoc/>
    public override IEnumerable<string> Validate(Space observationSpace, Space actionSpace)
    {
        string[] problems =
        [
            .. base.Validate(observationSpace, actionSpace),
            .. OptionChecks.AtLeastZero(("policy_lag", PolicyLag)),
            .. OptionChecks.AboveZero(("rho_clip", RhoClip), ("trace_clip", TraceClip)),
        ];
        foreach (string problem in problems) yield return problem;
        if (Actors is < 1 or > 4096) yield return $"actors is {Actors}. It is 1 to 4096.";
        if (TraceClip > RhoClip) yield return $"trace_clip {TraceClip} is above rho_clip {RhoClip}. Make it at most as large: the value function found is then the one that rho_clip names.";
    }
}
