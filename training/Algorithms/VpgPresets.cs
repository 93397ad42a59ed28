using Pipeline.Training.Optimizers;

namespace Pipeline.Training.Algorithms;

/// <summary>The shipped settings of <see cref="Vpg"/> for environments that come with the library.</summary>
public static class VpgPresets
{
    private static readonly Presets<VpgOptions> _presets = new(new VpgOptions())
    {
        ["CartPole-v1"] = new() { TotalSteps = 300_000, EnvironmentCount = 8, RolloutLength = 64, LearningRate = Schedule.Linear(1e-2) },
    };

    /// <summary>The settings for an environment; the general defaults where it has none of its own.</summary>
    /// <param name="environment">The environment's name; settings after a question mark do not count.</param>
    public static VpgOptions For(string environment) => _presets.For(environment);
}
