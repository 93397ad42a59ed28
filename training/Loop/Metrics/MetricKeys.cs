namespace Pipeline.Training.Loop.Metrics;

/// <summary>The fixed keys under which every algorithm reports the same figures.</summary>
public static class MetricKeys
{
    /// <summary>Mean undiscounted return of the latest episodes.</summary>
    public const string EpisodeReturn = "episode_return";

    /// <summary>Mean length of the latest episodes, in steps.</summary>
    public const string EpisodeLength = "episode_length";

    /// <summary>The policy's loss, without the entropy bonus.</summary>
    public const string PolicyLoss = "policy_loss";

    /// <summary>The value function's loss.</summary>
    public const string ValueLoss = "value_loss";

    /// <summary>Mean entropy of the policy, in nats.</summary>
    public const string Entropy = "entropy";

    /// <summary>Estimate of the divergence between the old and the new policy, in nats.</summary>
    public const string ApproxKl = "approx_kl";

    /// <summary>Share of samples whose probability ratio was clipped.</summary>
    public const string ClipFraction = "clip_fraction";

    /// <summary>1 − Var(target − value) / Var(target).</summary>
    public const string ExplainedVariance = "explained_variance";

    /// <summary>Mean return of the policy when it was last scored, by deterministic actions.</summary>
    public const string EvaluationReturn = "evaluation_return";

    /// <summary>Environment steps a second of wall time, updates included, since the previous row.</summary>
    public const string StepsPerSecond = "steps_per_second";
}
