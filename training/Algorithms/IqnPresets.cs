namespace Pipeline.Training.Algorithms;

/// <summary>The shipped settings of <see cref="Iqn"/> for environments that come with the library.</summary>
public static class IqnPresets
{
    private static readonly Presets<IqnOptions> _presets = new(new IqnOptions())
    {
        ["CartPole-v1"] = new()
        {
            TotalSteps = 50_000, LearningRate = 2.3e-3, BatchSize = 64, BufferSize = 100_000, LearningStarts = 1000, Gamma = 0.99, TrainEvery = 256,
            GradientSteps = 128, TargetUpdateEvery = 10, ExplorationFraction = 0.16, ExplorationFinal = 0.04, MaxGradientNorm = 10,
            HiddenSizes = [64, 64], Fractions = 8, TargetFractions = 8, PolicyFractions = 8,
        },
        ["Acrobot-v1"] = new()
        {
            TotalSteps = 100_000, LearningRate = 3e-4, BatchSize = 128, BufferSize = 50_000, LearningStarts = 1000, Gamma = 0.99, TrainEvery = 4,
            GradientSteps = 2, TargetUpdateEvery = 500, ExplorationFraction = 0.12, ExplorationFinal = 0.1, MaxGradientNorm = 10,
            HiddenSizes = [128, 128], Fractions = 8, TargetFractions = 8, PolicyFractions = 8,
        },
    };

    /// <summary>The settings for an environment; the general defaults where it has none of its own.</summary>
    /// <param name="environment">The environment's name; settings after a question mark do not count.</param>
    public static IqnOptions For(string environment) => _presets.For(environment);
}
