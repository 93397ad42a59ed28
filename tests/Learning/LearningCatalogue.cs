using System.Collections.Generic;
using System.Linq;

namespace Pipeline.Tests.Learning;

/// <summary>What an algorithm must reach with its shipped settings, by deterministic evaluation of the exported file.</summary>
/// <param name="Algorithm">The algorithm.</param>
/// <param name="Environment">The environment.</param>
/// <param name="Steps">Environment steps of training, of all environments together.</param>
/// <param name="Level">The least mean return, over seeds 0 to 4.</param>
/// <param name="SeedLevel">The least mean return of every one of the seeds; null where only their mean counts.</param>
/// <param name="Episodes">Episodes of an evaluation.</param>
public sealed record LearningGoal(string Algorithm, string Environment, long Steps, double Level, double? SeedLevel = null, int Episodes = 100)
{
    /// <summary>Settings that differ from the shipped ones, such as <c>target=double</c>.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>Whether the level holds for the best policy that was scored while training instead of the last one.</summary>
    public bool Best { get; init; }

    /// <summary>Whether the level is a share of successes instead of a return.</summary>
    public bool Success { get; init; }

    /// <summary>Whether the level is the largest allowed instead of the least.</summary>
    public bool AtMost { get; init; }

    /// <summary>Environment steps between two scores of the policy in training.</summary>
    public long EvaluateEvery => Steps / 25;

    public override string ToString() => string.Join(' ', Settings.Prepend($"{Algorithm} on {Environment}"));
}

/// <summary>The goals of every algorithm; a new algorithm adds its own.</summary>
public static class LearningCatalogue
{
    public static IReadOnlyList<LearningGoal> Goals { get; } =
    [
        new("ppo", "CartPole-v1", 100_000, 500, SeedLevel: 490),
        new("ppo", "Acrobot-v1", 1_000_000, -90),
        new("ppo", "Pendulum-v1", 200_000, -200),
        new("ppo", "MountainCar-v0", 1_000_000, -115),
        new("ppo", "FrozenLake-v1", 500_000, 0.70),
        new("ppo", "Taxi-v4", 2_000_000, 7),

        new("ppo", "Docking-v0", 50_000, 1.9, SeedLevel: 1.8),

        new("ppo", "CartPoleNoVel-v1", 200_000, 490),
        new("ppo", "PendulumNoVel-v1", 400_000, -250),
        new("ppo", "TMaze-v0", 500_000, 0.95),
        new("ppo", "TMaze-v0", 500_000, 0.6) { AtMost = true, Settings = ["memory=none"] },

        new("vpg", "CartPole-v1", 300_000, 475),
        new("vpg", "CartPole-v1", 300_000, 400) { Settings = ["weight=reward_to_go"] },
        new("a2c", "CartPole-v1", 500_000, 490),
        new("a2c", "Acrobot-v1", 500_000, -90),
        new("a2c", "Pendulum-v1", 1_000_000, -220),
        new("a2c", "CartPoleNoVel-v1", 500_000, 490),
        new("a2c", "CartPoleNoVel-v1", 500_000, 100) { AtMost = true, Settings = ["memory=none"] },
        new("acktr", "CartPole-v1", 100_000, 490),
        new("acktr", "Pendulum-v1", 300_000, -220),
        new("a3c", "CartPole-v1", 500_000, 475) { Settings = ["actors=2"] },
        new("a3c", "CartPole-v1", 500_000, 475) { Settings = ["actors=8"] },

        new("trpo", "CartPole-v1", 100_000, 500),
        new("trpo", "CartPole-v1", 100_000, 475) { Settings = ["sampling=vine"] },
        new("trpo", "Acrobot-v1", 100_000, -90),
        new("trpo", "Pendulum-v1", 100_000, -200),
        new("trpo", "MountainCar-v0", 100_000, -115),
        new("impala", "CartPole-v1", 300_000, 475),
        new("impala", "CartPole-v1", 300_000, 475) { Settings = ["policy_lag=8"] },
        new("impala", "CartPole-v1", 300_000, 400) { AtMost = true, Settings = ["policy_lag=8", "correction=none"] },
        new("impala", "CartPoleNoVel-v1", 500_000, 490),
        new("impala", "CartPoleNoVel-v1", 500_000, 100) { AtMost = true, Settings = ["memory=none"] },

        new("acer", "CartPole-v1", 200_000, 475),
        new("acer", "Pendulum-v1", 500_000, -250),
        new("acer", "CartPoleNoVel-v1", 200_000, 490),
        new("acer", "CartPoleNoVel-v1", 200_000, 100) { AtMost = true, Settings = ["memory=none"] },

        new("dqn", "CartPole-v1", 50_000, 475) { Best = true },
        new("dqn", "CartPole-v1", 50_000, 475) { Best = true, Settings = ["target=double"] },
        new("dqn", "CartPole-v1", 50_000, 475) { Best = true, Settings = ["streams=dueling"] },
        new("dqn", "CartPole-v1", 50_000, 475) { Best = true, Settings = ["replayed=prioritized"] },
        new("c51", "CartPole-v1", 50_000, 475) { Best = true },
        new("qr-dqn", "CartPole-v1", 50_000, 475) { Best = true },
        new("iqn", "CartPole-v1", 50_000, 475) { Best = true },
        new("rainbow", "CartPole-v1", 50_000, 475) { Best = true },
        new("dqn", "Acrobot-v1", 100_000, -90) { Best = true },
        new("qr-dqn", "Acrobot-v1", 100_000, -85) { Best = true },
        new("iqn", "Acrobot-v1", 100_000, -85) { Best = true },
        new("rainbow", "Acrobot-v1", 100_000, -85) { Best = true },
        new("dqn", "MountainCar-v0", 120_000, -115) { Best = true },
        new("qr-dqn", "MountainCar-v0", 120_000, -115) { Best = true },
        new("dqn", "Catch-v0", 20_000, 0.95) { Best = true },
        new("rainbow", "Catch-v0", 20_000, 0.95) { Best = true },
        new("dqn", "PixelBreakout-v0", 1_000_000, 8) { Best = true },
        new("rainbow", "PixelBreakout-v0", 1_000_000, 12) { Best = true },
        new("dqn", "BitFlip-v0", 20_000, 0.95) { Success = true, Best = true },
        new("dqn", "BitFlip-v0", 20_000, 0.1) { Success = true, Best = true, AtMost = true, Settings = ["hindsight=none"] },

        new("ddpg", "Pendulum-v1", 20_000, -160),
        new("ddpg", "MountainCarContinuous-v0", 300_000, 90),
        new("td3", "Pendulum-v1", 20_000, -160),
        new("td3", "MountainCarContinuous-v0", 300_000, 90),
        new("td3", "PointReach-v0", 30_000, 0.95) { Success = true },
        new("td3", "PointReach-v0", 30_000, 0.5) { Success = true, AtMost = true, Settings = ["hindsight=none"] },

        new("sac", "Pendulum-v1", 20_000, -160),
        new("sac", "MountainCarContinuous-v0", 50_000, 90),
        new("sac", "CartPole-v1", 100_000, 475),
        new("sac", "PointReach-v0", 30_000, 0.95) { Success = true },
        new("sac", "PointReach-v0", 30_000, 0.5) { Success = true, AtMost = true, Settings = ["hindsight=none"] },
        new("sac-v1", "Pendulum-v1", 20_000, -170),
        new("sql", "Pendulum-v1", 50_000, -200),
        new("sql", "CartPole-v1", 100_000, 450) { Best = true },
    ];
}
