using System;
using System.Collections.Generic;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// The shipped settings of <see cref="Td3"/> for environments that come with the library: rl-baselines3-zoo's where it has them; a comment says
/// where one differs.
/// </summary>
public static class Td3Presets
{
    private static readonly Dictionary<string, Td3Options> _presets = new(StringComparer.Ordinal)
    {
        ["Pendulum-v1"] = new()
        {
            TotalSteps = 20_000, BufferSize = 200_000, LearningStarts = 10_000, Gamma = 0.98, HiddenSizes = [400, 300],
        },
        ["MountainCarContinuous-v0"] = new()
        {
            TotalSteps = 300_000, Noise = ExplorationNoise.OrnsteinUhlenbeck, NoiseDeviation = 0.5, HiddenSizes = [400, 300],
        },
    };

    /// <summary>The settings for an environment; the general defaults where it has none of its own.</summary>
    /// <param name="environment">The environment's name; settings after a question mark do not count.</param>
    public static Td3Options For(string environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        return _presets.TryGetValue(environment.Split('?')[0], out Td3Options? preset) ? preset : new Td3Options();
    }
}
