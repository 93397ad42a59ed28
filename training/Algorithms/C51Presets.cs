namespace Pipeline.Training.Algorithms;

/// <summary>The shipped settings of <see cref="C51"/> for environments that come with the library: those of dqn, with atoms where returns lie.</summary>
public static class C51Presets
{
    private static readonly Presets<C51Options> _presets = new(new C51Options())
    {
        ["CartPole-v1"] = new()
        {
            TotalSteps = 50_000, LearningRate = 1e-3, BatchSize = 64, BufferSize = 100_000, LearningStarts = 1000, Gamma = 0.99, TrainEvery = 256,
            GradientSteps = 128, TargetUpdateEvery = 10, ExplorationFraction = 0.16, ExplorationFinal = 0.04, MaxGradientNorm = 10,
            VMin = 0, VMax = 100,
        },
    };

    /// <summary>The settings for an environment; the general defaults where it has none of its own.</summary>
    /// <param name="environment">The environment's name; settings after a question mark do not count.</param>
    public static C51Options For(string environment) => _presets.For(environment);
}
