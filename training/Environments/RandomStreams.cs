namespace Pipeline.Training.Environments;

/// <summary>
/// Which stream of a run's seed serves which purpose. Environment i draws from stream i, so these begin far above any number of environments.
/// </summary>
public static class RandomStreams
{
    /// <summary>Starting values of parameters.</summary>
    public const ulong Parameters = 1UL << 32;

    /// <summary>Sampled actions.</summary>
    public const ulong Actions = Parameters + 1;

    /// <summary>The order of minibatches.</summary>
    public const ulong Minibatches = Parameters + 2;

    /// <summary>Inputs of the export's parity check.</summary>
    public const ulong Parity = Parameters + 3;

    /// <summary>Which transitions a batch is made of, and the goals of hindsight.</summary>
    public const ulong Replay = Parameters + 4;

    /// <summary>Random numbers that updates take: noise of smoothed targets, sampled quantiles, actions of the present policy.</summary>
    public const ulong Updates = Parameters + 5;

    /// <summary>Actions of the first, random steps.</summary>
    public const ulong Warmup = Parameters + 6;

    /// <summary>Episodes that score the policy while it is trained.</summary>
    public const ulong Evaluation = Parameters + 7;

    /// <summary>Resampling of scores for their intervals.</summary>
    public const ulong Bootstrap = Parameters + 8;

    /// <summary>The seeds of actors that have environments of their own.</summary>
    public const ulong Actors = Parameters + 16;
}
