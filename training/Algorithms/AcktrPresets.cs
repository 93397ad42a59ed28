namespace Pipeline.Training.Algorithms;

/// <summary>The shipped settings of <see cref="Acktr"/> for environments that come with the library.</summary>
public static class AcktrPresets
{
    private static readonly Presets<AcktrOptions> _presets = new(new AcktrOptions())
    {
        ["CartPole-v1"] = new()
        {
            TotalSteps = 100_000, EnvironmentCount = 8, RolloutLength = 32, GaeLambda = 0.95, NormalizeAdvantages = true, ValueSteps = 5, ValueTargetKl = 100, ValueLearningRate = 0.5, TargetKl = 0.005,
        },
        ["Pendulum-v1"] = new()
        {
            TotalSteps = 300_000, EnvironmentCount = 8, RolloutLength = 64, Gamma = 0.9, GaeLambda = 0.95, NormalizeAdvantages = true, ValueSteps = 10, ValueTargetKl = 100, ValueLearningRate = 0.5,
            TargetKl = 0.005, EntropyCoefficient = 0,
        },
    };

    /// <summary>The settings for an environment; the general defaults where it has none of its own.</summary>
    /// <param name="environment">The environment's name; settings after a question mark do not count.</param>
    public static AcktrOptions For(string environment) => _presets.For(environment);
}
