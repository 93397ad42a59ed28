using Pipeline.Training.Optimizers;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// The shipped settings of <see cref="Acktr"/> for environments that come with the library. The published ones are for images and for a hundred times the steps: here
/// rollouts are larger, and the curvature is forgotten sooner, as the policy changes more from one update to the next.
/// </summary>
public static class AcktrPresets
{
    private static readonly Presets<AcktrOptions> _presets = new(new AcktrOptions())
    {
        ["CartPole-v1"] = new()
        {
            TotalSteps = 100_000, EnvironmentCount = 8, RolloutLength = 128, GaeLambda = 0.98, NormalizeAdvantages = true, LearningRate = Schedule.Linear(1), TargetKl = 0.01,
            ValueLearningRate = 0.5, ValueTargetKl = 100, ValueSteps = 20, FactorDecay = 0.9,
        },
        ["Pendulum-v1"] = new()
        {
            TotalSteps = 300_000, EnvironmentCount = 8, RolloutLength = 256, Gamma = 0.9, GaeLambda = 0.95, NormalizeAdvantages = true, LearningRate = 0.1, TargetKl = 0.01,
            ValueLearningRate = 0.5, ValueTargetKl = 100, ValueSteps = 20, EntropyCoefficient = 0, NormalizeObservations = true, NormalizeRewards = true,
            // Steps as long as the quadratic model allows move the policy much further than it predicts, and with momentum in the direction of old rollouts.
            DesiredKl = new Schedule(0.01, 0.001), Momentum = 0, Damping = 0.1,
            // A curvature of the latest rollouts: older ones belong to other policies, whose states are others.
            FactorDecay = 0.7, EigenInterval = 1,
        },
    };

    /// <summary>The settings for an environment; the general defaults where it has none of its own.</summary>
    /// <param name="environment">The environment's name; settings after a question mark do not count.</param>
    public static AcktrOptions For(string environment) => _presets.For(environment);
}
