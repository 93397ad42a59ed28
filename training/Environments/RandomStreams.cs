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
}
