namespace Pipeline.Training.Algorithms;

/// <summary>
/// Rainbow (Hessel et al., arXiv:1710.02298): <see cref="C51"/> with double Q-learning, dueling streams, noisy layers, prioritized replay and
/// three-step returns. The shipped settings for environments that come with the library.
/// </summary>
public static class RainbowPresets
{
    private static readonly C51Options _parts = new()
    {
        Target = QTarget.Double, Streams = QStreams.Dueling, Layers = QLayers.Noisy, Replayed = ReplayChoice.Prioritized, PriorityExponent = 0.5, NStep = 3,
        ExplorationInitial = 0, ExplorationFinal = 0, LearningRate = 6.25e-5, AdamEpsilon = 1.5e-4, BatchSize = 32, MaxGradientNorm = 10,
    };

    // Streams half as wide as dqn's one, so that both networks are of one size.
    private static readonly C51Options _pixels = _parts with
    {
        TotalSteps = 1_000_000,
        EnvironmentCount = 4,
        LearningRate = 5e-4,
        BufferSize = 100_000,
        LearningStarts = 5000,
        TrainEvery = 16,
        GradientSteps = 2,
        TargetUpdateEvery = 1000,
        HiddenSizes = [64],
        VMin = 0,
        VMax = 20,
    };

    private static readonly Presets<C51Options> _presets = new(_parts)
    {
        ["CartPole-v1"] = _parts with
        {
            TotalSteps = 50_000,
            LearningRate = 1e-3,
            BatchSize = 64,
            BufferSize = 100_000,
            LearningStarts = 1000,
            Gamma = 0.99,
            TrainEvery = 256,
            GradientSteps = 128,
            TargetUpdateEvery = 10,
            HiddenSizes = [128, 128],
            VMin = 0,
            VMax = 100,
        },
        ["Acrobot-v1"] = _parts with
        {
            TotalSteps = 100_000,
            LearningRate = 6.3e-4,
            BatchSize = 64,
            BufferSize = 50_000,
            LearningStarts = 1000,
            Gamma = 0.99,
            TrainEvery = 4,
            GradientSteps = 2,
            TargetUpdateEvery = 250,
            HiddenSizes = [128, 128],
            VMin = -100,
            VMax = 0,
        },
        ["Catch-v0"] = _pixels with { TotalSteps = 20_000, LearningStarts = 1000, TargetUpdateEvery = 500, GradientSteps = 4, VMin = -1, VMax = 1 },
        ["PixelBreakout-v0"] = _pixels,
        ["PixelSpaceInvaders-v0"] = _pixels,
    };

    /// <summary>The settings for an environment; the general defaults where it has none of its own.</summary>
    /// <param name="environment">The environment's name; settings after a question mark do not count.</param>
    public static C51Options For(string environment) => _presets.For(environment);
}
