using Pipeline.Training.Optimizers;
using Pipeline.Training.Replay;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// The shipped settings of <see cref="Sac"/> for environments that come with the library: rl-baselines3-zoo's where it has them; a comment says
/// where one differs.
/// </summary>
public static class SacPresets
{
    private static readonly Presets<SacOptions> _presets = new(new SacOptions())
    {
        // Smaller networks and batches than there, which learn as well here in a third of the time.
        ["Pendulum-v1"] = new() { TotalSteps = 20_000, HiddenSizes = [64, 64], BatchSize = 128, LearningRate = 1e-3, LearningStarts = 100 },

        // A learned temperature instead of a fixed one and a nearer horizon: with γ = 0.9999 the entropy of staying alive is worth more than the goal, and
        // policies swing. Correlated noise instead of state-dependent exploration; half the batch and updates at a larger, falling learning rate.
        ["MountainCarContinuous-v0"] = new()
        {
            TotalSteps = 50_000, HiddenSizes = [64, 64], LearningRate = Schedule.Linear(1e-3), BufferSize = 50_000, BatchSize = 256, Temperature = 0.1, TrainEvery = 32, GradientSteps = 16,
            Gamma = 0.999, Tau = 0.01, LearningStarts = 0, Noise = SacNoise.Correlated,
        },

        // Not in the reference.
        ["CartPole-v1"] = new()
        {
            TotalSteps = 100_000, HiddenSizes = [64, 64], LearningRate = 1e-3, BatchSize = 128, BufferSize = 50_000, TrainEvery = 8, GradientSteps = 4, Tau = 0.01,
        },
        ["PointReach-v0"] = new()
        {
            TotalSteps = 30_000, HiddenSizes = [64, 64], LearningRate = 1e-3, BatchSize = 256, TrainEvery = 50, GradientSteps = 25, Gamma = 0.95, Hindsight = HindsightStrategy.Future,
        },
    };

    /// <summary>The settings for an environment; the general defaults where it has none of its own.</summary>
    /// <param name="environment">The environment's name; settings after a question mark do not count.</param>
    public static SacOptions For(string environment) => _presets.For(environment);
}
