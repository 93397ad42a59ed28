using Pipeline.Training.Networks;
using Pipeline.Training.Optimizers;

namespace Pipeline.Training.Algorithms;

/// <summary>The shipped settings of <see cref="A2c"/> for environments that come with the library: rl-baselines3-zoo's; comments say where they differ.</summary>
public static class A2cPresets
{
    private static readonly Presets<A2cOptions> _presets = new(new A2cOptions())
    {
        ["CartPole-v1"] = new() { TotalSteps = 500_000, EnvironmentCount = 8, LearningRate = Schedule.Linear(7e-4) },
        ["Acrobot-v1"] = new()
        {
            TotalSteps = 500_000, EnvironmentCount = 16, LearningRate = Schedule.Linear(7e-4), NormalizeObservations = true, NormalizeRewards = true,
        },
        ["Pendulum-v1"] = new()
        {
            TotalSteps = 1_000_000, EnvironmentCount = 8, RolloutLength = 16, SequenceLength = 16, Gamma = 0.9, GaeLambda = 0.9, ValueCoefficient = 0.4,
            // Published with rollouts of 8, a rate of 7e-4 and state-dependent exploration; without the latter these make the seeds agree.
            LearningRate = Schedule.Linear(1.5e-3), NormalizeObservations = true, NormalizeRewards = true,
        },
        ["CartPoleNoVel-v1"] = new()
        {
            TotalSteps = 500_000, EnvironmentCount = 8, LearningRate = Schedule.Linear(1e-3), NormalizeRewards = true, HiddenSizes = [64], Memory = MemoryKind.Lstm,
            // With 16 steps, or Adam, some seeds end below 460; with twice the rate one in five ends at 200.
            RolloutLength = 32, SequenceLength = 32,
        },
    };

    /// <summary>The settings for an environment; the general defaults where it has none of its own.</summary>
    /// <param name="environment">The environment's name; settings after a question mark do not count.</param>
    public static A2cOptions For(string environment) => _presets.For(environment);
}
