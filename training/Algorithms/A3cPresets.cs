using Pipeline.Training.Optimizers;

namespace Pipeline.Training.Algorithms;

/// <summary>The shipped settings of <see cref="A3c"/> for environments that come with the library.</summary>
public static class A3cPresets
{
    private static readonly Presets<A3cOptions> _presets = new(new A3cOptions())
    {
        ["CartPole-v1"] = new() { TotalSteps = 500_000, LearningRate = Schedule.Linear(3e-3), EntropyCoefficient = 0.001 },
    };

    /// <summary>The settings for an environment; the general defaults where it has none of its own.</summary>
    /// <param name="environment">The environment's name; settings after a question mark do not count.</param>
    public static A3cOptions For(string environment) => _presets.For(environment);
}
