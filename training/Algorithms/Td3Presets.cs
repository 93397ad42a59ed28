using Pipeline.Training.Optimizers;
using Pipeline.Training.Replay;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// The shipped settings of <see cref="Td3"/> for environments that come with the library. They start from rl-baselines3-zoo's; comments say where
/// they differ. All have smaller networks than its 400, 300, and a learning rate that falls to 0, so that the last policy is a settled one.
/// </summary>
public static class Td3Presets
{
    private static readonly Presets<Td3Options> _presets = new(new Td3Options())
    {
        // Learning starts after 1,000 instead of 10,000 random steps; the targets, averaged at every other update, follow twice as fast.
        ["Pendulum-v1"] = new()
        {
            TotalSteps = 20_000, BufferSize = 200_000, LearningStarts = 1000, Gamma = 0.98, LearningRate = Schedule.Linear(1e-3), Tau = 0.01,
            HiddenSizes = [64, 64],
        },

        // Eight environments instead of one, and one update for each eight steps; the noise is as strong but turns ten times as fast.
        ["MountainCarContinuous-v0"] = new()
        {
            TotalSteps = 300_000, EnvironmentCount = 8, TrainEvery = 64, GradientSteps = 8, LearningStarts = 1000, LearningRate = Schedule.Linear(1e-3),
            Tau = 0.01, HiddenSizes = [64, 64], Noise = ExplorationNoise.OrnsteinUhlenbeck, NoiseDeviation = 0.5, NoiseTimeStep = 0.1,
        },

        ["PointReach-v0"] = new()
        {
            TotalSteps = 30_000, TrainEvery = 50, GradientSteps = 25, Gamma = 0.95, Hindsight = HindsightStrategy.Future, NoiseDeviation = 0.2, HiddenSizes = [64, 64],
        },
    };

    /// <summary>The settings for an environment; the general defaults where it has none of its own.</summary>
    /// <param name="environment">The environment's name; settings after a question mark do not count.</param>
    public static Td3Options For(string environment) => _presets.For(environment);
}
