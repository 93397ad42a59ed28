using System;
using Pipeline.Training.Networks;
using Pipeline.Training.Optimizers;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// The shipped settings of <see cref="Acer"/> for environments that come with the library. On Pendulum c, the average's weight and the fixed deviation are the
/// paper's for real-valued actions; its sequences of 50 steps leave too few updates to so short a run.
/// </summary>
public static class AcerPresets
{
    private static readonly Presets<AcerOptions> _presets = new(new AcerOptions())
    {
        ["CartPole-v1"] = new() { TotalSteps = 200_000, EnvironmentCount = 4, LearningRate = Schedule.Linear(7e-4), LearningStarts = 2000 },
        ["Pendulum-v1"] = new()
        {
            TotalSteps = 500_000, EnvironmentCount = 4, Gamma = 0.95, Optimizer = ActorCriticOptimizer.Adam, LearningRate = Schedule.Linear(1e-3), LearningStarts = 5000,
            ImportanceClip = 5, Tau = 0.005, InitialLogStd = Math.Log(0.3), NormalizeRewards = true,
        },
        ["CartPoleNoVel-v1"] = new()
        {
            // With CartPole's RMSProp and rewards as they are some seeds stay at a third of the return.
            TotalSteps = 200_000, EnvironmentCount = 4, Optimizer = ActorCriticOptimizer.Adam, LearningRate = Schedule.Linear(1e-3), NormalizeRewards = true, LearningStarts = 2000,
            HiddenSizes = [64], Memory = MemoryKind.Lstm,
        },
    };

    /// <summary>The settings for an environment; the general defaults where it has none of its own.</summary>
    /// <param name="environment">The environment's name; settings after a question mark do not count.</param>
    public static AcerOptions For(string environment) => _presets.For(environment);
}
