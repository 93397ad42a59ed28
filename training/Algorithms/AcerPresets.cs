using System;
using Pipeline.Training.Optimizers;

namespace Pipeline.Training.Algorithms;

/// <summary>The shipped settings of <see cref="Acer"/> for environments that come with the library.</summary>
public static class AcerPresets
{
    private static readonly Presets<AcerOptions> _presets = new(new AcerOptions())
    {
        ["CartPole-v1"] = new() { TotalSteps = 200_000, LearningRate = Schedule.Linear(7e-4), LearningStarts = 2000 },
        ["Pendulum-v1"] = new()
        {
            TotalSteps = 500_000, RolloutLength = 50, Gamma = 0.95, LearningRate = Schedule.Linear(7e-4), LearningStarts = 5000, ImportanceClip = 5, Tau = 0.005,
            InitialLogStd = Math.Log(0.3), NormalizeRewards = true,
        },
    };

    /// <summary>The settings for an environment; the general defaults where it has none of its own.</summary>
    /// <param name="environment">The environment's name; settings after a question mark do not count.</param>
    public static AcerOptions For(string environment) => _presets.For(environment);
}
