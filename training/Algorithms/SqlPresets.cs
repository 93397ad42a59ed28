using Pipeline.Training.Optimizers;

namespace Pipeline.Training.Algorithms;

/// <summary>The shipped settings of <see cref="Sql"/> for environments that come with the library.</summary>
public static class SqlPresets
{
    private static readonly Presets<SqlOptions> _presets = new(new SqlOptions())
    {
        ["Pendulum-v1"] = new() { TotalSteps = 50_000, HiddenSizes = [64, 64], LearningRate = Schedule.Linear(1e-3), BatchSize = 128, TrainEvery = 2 },
        ["CartPole-v1"] = new() { TotalSteps = 100_000, HiddenSizes = [64, 64], LearningRate = 1e-3, BatchSize = 128, TrainEvery = 8, GradientSteps = 4, Tau = 0.01 },
    };

    /// <summary>The settings for an environment; the general defaults where it has none of its own.</summary>
    /// <param name="environment">The environment's name; settings after a question mark do not count.</param>
    public static SqlOptions For(string environment) => _presets.For(environment);
}
