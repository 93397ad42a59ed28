namespace Pipeline.Training.Algorithms;

/// <summary>The shipped settings of <see cref="SacV1"/> for environments that come with the library.</summary>
public static class SacV1Presets
{
    private static readonly Presets<SacV1Options> _presets = new(new SacV1Options())
    {
        ["Pendulum-v1"] = new() { TotalSteps = 20_000, HiddenSizes = [64, 64], BatchSize = 128, LearningRate = 1e-3, LearningStarts = 100, RewardScale = 1, Temperature = 0.2 },
    };

    /// <summary>The settings for an environment; the general defaults where it has none of its own.</summary>
    /// <param name="environment">The environment's name; settings after a question mark do not count.</param>
    public static SacV1Options For(string environment) => _presets.For(environment);
}
