using Pipeline.Training.Networks;
using Pipeline.Training.Optimizers;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// The shipped settings of <see cref="Ppo"/> for environments that come with the library. Where rl-baselines3-zoo publishes tuned settings
/// these are they; a comment says where one differs.
/// </summary>
public static class PpoPresets
{
    private static readonly Presets<PpoOptions> _presets = new(new PpoOptions())
    {
        ["CartPole-v1"] = new()
        {
            TotalSteps = 100_000, EnvironmentCount = 8, RolloutLength = 32, MinibatchSize = 256, UpdateEpochs = 20, Gamma = 0.98, GaeLambda = 0.8,
            LearningRate = Schedule.Linear(1e-3), ClipRange = Schedule.Linear(0.2),
        },
        ["Acrobot-v1"] = new()
        {
            TotalSteps = 1_000_000, EnvironmentCount = 16, RolloutLength = 256, MinibatchSize = 64, UpdateEpochs = 4, Gamma = 0.99, GaeLambda = 0.94,
            NormalizeObservations = true, NormalizeRewards = true,
        },
        ["MountainCar-v0"] = new()
        {
            TotalSteps = 1_000_000, EnvironmentCount = 16, RolloutLength = 16, MinibatchSize = 64, UpdateEpochs = 4, Gamma = 0.99, GaeLambda = 0.98,
            NormalizeObservations = true, NormalizeRewards = true,
            // Published with a constant 3e-4, which ends about ten steps an episode later.
            LearningRate = Schedule.Linear(1e-3),
        },
        ["Pendulum-v1"] = new()
        {
            TotalSteps = 200_000, EnvironmentCount = 4, RolloutLength = 1024, MinibatchSize = 64, UpdateEpochs = 10, Gamma = 0.9, GaeLambda = 0.95,
            // Published with a constant rate and state-dependent exploration; without the latter a falling rate makes the seeds agree.
            LearningRate = Schedule.Linear(1e-3),
        },
        ["CartPoleNoVel-v1"] = new()
        {
            TotalSteps = 200_000, EnvironmentCount = 8, MinibatchSize = 256, UpdateEpochs = 10, LearningRate = Schedule.Linear(1e-3), ClipRange = Schedule.Linear(0.2),
            // Without it the critic cannot follow the growing returns. Normalised observations, which drift with the cart, lose some seeds late.
            NormalizeRewards = true, HiddenSizes = [64], Memory = MemoryKind.Lstm,
            // Published with rollouts of 32, γ = 0.98, λ = 0.8 and 20 passes, which leaves some seeds drifting to the side.
            RolloutLength = 128, Gamma = 0.99, GaeLambda = 0.95,
        },
        ["PendulumNoVel-v1"] = new()
        {
            TotalSteps = 400_000, EnvironmentCount = 4, RolloutLength = 1024, MinibatchSize = 256, UpdateEpochs = 10, Gamma = 0.9, GaeLambda = 0.95,
            LearningRate = Schedule.Linear(1e-3), Memory = MemoryKind.Lstm, HiddenSizes = [64],
        },
        ["TMaze-v0"] = new()
        {
            TotalSteps = 500_000, EnvironmentCount = 16, RolloutLength = 128, MinibatchSize = 256, UpdateEpochs = 4, Gamma = 0.99, GaeLambda = 0.95,
            LearningRate = 2e-3, EntropyCoefficient = 0.02, HiddenSizes = [64], Memory = MemoryKind.Lstm, MemorySize = 32, SequenceLength = 128,
            // A critic alone learns what to remember before an actor of its own does, which by then has settled on one side.
            SharedMemory = true,
        },
        ["Docking-v0"] = new()
        {
            TotalSteps = 50_000, EnvironmentCount = 8, RolloutLength = 128, MinibatchSize = 256, UpdateEpochs = 10, Gamma = 0.95, GaeLambda = 0.95,
            LearningRate = Schedule.Linear(1e-3),
        },
        ["FrozenLake-v1"] = new()
        {
            TotalSteps = 500_000, EnvironmentCount = 16, RolloutLength = 128, MinibatchSize = 256, UpdateEpochs = 4, Gamma = 0.99, GaeLambda = 0.95,
            LearningRate = Schedule.Linear(1e-3), EntropyCoefficient = 0.01,
        },
        ["Taxi-v4"] = new()
        {
            TotalSteps = 2_000_000, EnvironmentCount = 32, RolloutLength = 64, MinibatchSize = 512, UpdateEpochs = 4, Gamma = 0.99, GaeLambda = 0.95,
            LearningRate = Schedule.Linear(2e-3), EntropyCoefficient = 0.01, NormalizeRewards = true,
        },
    };

    /// <summary>The settings for an environment; the general defaults where it has none of its own.</summary>
    /// <param name="environment">The environment's name; settings after a question mark do not count.</param>
    public static PpoOptions For(string environment) => _presets.For(environment);
}
