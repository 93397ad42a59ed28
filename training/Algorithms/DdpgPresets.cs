namespace Pipeline.Training.Algorithms;

/// <summary>The shipped settings of deep deterministic policy gradient: those of <see cref="Td3"/> without its three parts, and targets that move a little at every update.</summary>
public static class DdpgPresets
{
    /// <summary>The settings for an environment; the general defaults where it has none of its own.</summary>
    /// <param name="environment">The environment's name; settings after a question mark do not count.</param>
    public static Td3Options For(string environment) =>
        Td3Presets.For(environment) with { Critics = CriticCount.Single, TargetNoiseDeviation = 0, PolicyDelay = 1, Tau = 0.005 };
}
