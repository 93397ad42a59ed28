namespace Pipeline.Training.Algorithms;

/// <summary>
/// The shipped settings of <see cref="Trpo"/> for environments that come with the library: those that rl-baselines3-zoo publishes; a comment says where one differs.
/// </summary>
public static class TrpoPresets
{
    private static readonly Presets<TrpoOptions> _presets = new(new TrpoOptions())
    {
        ["CartPole-v1"] = new()
        {
            TotalSteps = 100_000, RolloutLength = 512, MinibatchSize = 512, GaeLambda = 0.98,
            // Published with 20 and a damping of 1e-3, which the fewer rollouts of sampling=vine are not enough for.
            CriticEpochs = 60,
        },
        ["Acrobot-v1"] = new() { TotalSteps = 100_000, NormalizeObservations = true, NormalizeRewards = true },
        ["MountainCar-v0"] = new() { TotalSteps = 100_000, NormalizeObservations = true, NormalizeRewards = true, CriticEpochs = 20 },
        ["Pendulum-v1"] = new() { TotalSteps = 100_000, Gamma = 0.9, CriticEpochs = 15 },
    };

    /// <summary>The settings for an environment; the general defaults where it has none of its own.</summary>
    /// <param name="environment">The environment's name; settings after a question mark do not count.</param>
    public static TrpoOptions For(string environment) => _presets.For(environment);
}
