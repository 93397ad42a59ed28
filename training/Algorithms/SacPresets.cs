using System;
using System.Collections.Generic;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// The shipped settings of <see cref="Sac"/> for environments that come with the library: rl-baselines3-zoo's where it has them; a comment says
/// where one differs.
/// </summary>
public static class SacPresets
{
    private static readonly Dictionary<string, SacOptions> _presets = new(StringComparer.Ordinal)
    {
        ["Pendulum-v1"] = new() { TotalSteps = 20_000, LearningRate = 1e-3, LearningStarts = 100 },

        // Noise that is correlated instead of state-dependent exploration.
        ["MountainCarContinuous-v0"] = new()
        {
            TotalSteps = 50_000, HiddenSizes = [64, 64], LearningRate = 3e-4, BufferSize = 50_000, BatchSize = 512, TemperatureRule = TemperatureRule.Fixed, Temperature = 0.1,
            TrainEvery = 32, GradientSteps = 32, Gamma = 0.9999, Tau = 0.01, LearningStarts = 0, Noise = SacNoise.Correlated,
        },
        ["CartPole-v1"] = new()
        {
            TotalSteps = 50_000, HiddenSizes = [64, 64], LearningRate = 1e-3, BatchSize = 128, BufferSize = 50_000, TrainEvery = 4, GradientSteps = 4, Tau = 0.01,
        },
    };

    /// <summary>The settings for an environment; the general defaults where it has none of its own.</summary>
    /// <param name="environment">The environment's name; settings after a question mark do not count.</param>
    public static SacOptions For(string environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        return _presets.TryGetValue(environment.Split('?')[0], out SacOptions? preset) ? preset : new SacOptions();
    }
}
