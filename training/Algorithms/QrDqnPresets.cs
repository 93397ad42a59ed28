namespace Pipeline.Training.Algorithms;

/// <summary>The shipped settings of <see cref="QrDqn"/> for environments that come with the library.</summary>
public static class QrDqnPresets
{
    private static readonly Presets<QrDqnOptions> _presets = new(new QrDqnOptions())
    {
        ["CartPole-v1"] = new()
        {
            TotalSteps = 50_000, LearningRate = 2.3e-3, BatchSize = 64, BufferSize = 100_000, LearningStarts = 1000, Gamma = 0.99, TrainEvery = 256,
            GradientSteps = 128, TargetUpdateEvery = 10, ExplorationFraction = 0.16, ExplorationFinal = 0.04, MaxGradientNorm = 10, Quantiles = 10,
        },
        ["Acrobot-v1"] = new()
        {
            TotalSteps = 100_000, LearningRate = 6.3e-4, BatchSize = 64, BufferSize = 50_000, LearningStarts = 1000, Gamma = 0.99, TrainEvery = 4,
            GradientSteps = 2, TargetUpdateEvery = 250, ExplorationFraction = 0.12, ExplorationFinal = 0.1, MaxGradientNorm = 10, Quantiles = 25,
        },
        ["MountainCar-v0"] = new()
        {
            TotalSteps = 120_000, LearningRate = 4e-3, BatchSize = 128, BufferSize = 10_000, LearningStarts = 1000, Gamma = 0.98, TrainEvery = 16,
            GradientSteps = 8, TargetUpdateEvery = 600, ExplorationFraction = 0.2, ExplorationFinal = 0.07, MaxGradientNorm = 10, Quantiles = 25,
        },
    };

    /// <summary>The settings for an environment; the general defaults where it has none of its own.</summary>
    /// <param name="environment">The environment's name; settings after a question mark do not count.</param>
    public static QrDqnOptions For(string environment) => _presets.For(environment);
}
