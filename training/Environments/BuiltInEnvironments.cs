using System;
using System.Collections.Generic;
using Pipeline.Training.Environments.ClassicControl;
using Pipeline.Training.Environments.Goals;
using Pipeline.Training.Environments.Hybrid;
using Pipeline.Training.Environments.Pixels;
using Pipeline.Training.Environments.ToyText;

namespace Pipeline.Training.Environments;

/// <summary>
/// The environments that come with the project: those of Gymnasium with the limits and thresholds that Gymnasium 1.3 registers, then those with
/// rules of their own, which README.md beside this file gives.
/// </summary>
internal static class BuiltInEnvironments
{
    private const int BitCount = 15;
    private const int CorridorLength = 20;

    public static IReadOnlyList<EnvironmentSpec> All { get; } =
    [
        Control<CartPole>("CartPole-v1", 500, 475, "Keep a pole upright on a cart pushed left or right."),
        Control<MountainCar>("MountainCar-v0", 200, -110, "Swing a weak car up a hill, pushing left, right or not at all."),
        Control<MountainCarContinuous>("MountainCarContinuous-v0", 999, 90, "Swing a weak car up a hill with a continuous push, at a price."),
        Control<Acrobot>("Acrobot-v1", 500, -100, "Swing the end of a double pendulum up with a torque between its links."),
        Control<Pendulum>("Pendulum-v1", 200, null, "Swing a pendulum up and hold it there with a continuous torque."),
        Control<WithoutVelocity<CartPole>>("CartPoleNoVel-v1", 500, 475, "CartPole without velocities in the observation; for policies that remember."),
        Control<WithoutVelocity<MountainCarContinuous>>("MountainCarContinuousNoVel-v0", 999, 90, "MountainCarContinuous without the velocity in the observation; for policies that remember."),
        Control<WithoutVelocity<Pendulum>>("PendulumNoVel-v1", 200, null, "Pendulum without the velocity in the observation; for policies that remember."),
        Lake("FrozenLake-v1", "4x4", 100, 0.70),
        Lake("FrozenLake8x8-v1", "8x8", 200, 0.85),
        Cliff("CliffWalking-v1", false),
        Cliff("CliffWalkingSlippery-v1", true),
        new("Taxi-v4", 200, 8, "Fetch a passenger and bring them where they want to go; gives action masks.", settings => new Taxi(
            settings.Truth("is_rainy", false),
            settings.Truth("fickle_passenger", false),
            settings.Probability("rainy_probability", 0.8),
            settings.Probability("fickle_probability", 0.3)))
        {
            SettingNames = ["is_rainy", "fickle_passenger", "rainy_probability", "fickle_probability"],
        },
        new("Catch-v0", null, 0.95, "Catch a falling ball with a paddle, seen as 10 by 5 pixels.", _ => new Catch()),
        Pixel("PixelBreakout-v0", "Break bricks with a bouncing ball on ten by ten bit planes, in the manner of MinAtar.", sticky => new PixelBreakout(sticky)),
        Pixel("PixelSpaceInvaders-v0", "Shoot aliens before they land on ten by ten bit planes, in the manner of MinAtar.", sticky => new PixelSpaceInvaders(sticky)),
        new("Chain-v0", null, null, "Take the one right action in every state of a chain, the blind cliff walk; for prioritized replay.", settings => new Chain(
            settings.Whole("length", 10, 1, Chain.MostStates)))
        {
            SettingNames = ["length"],
        },
        new("TMaze-v0", 4 * CorridorLength, 0.95, "Remember a signal along a corridor and turn to its side at the end; for policies that remember.", settings => new TMaze(Corridor(settings)))
        {
            SettingNames = ["length"],
            EpisodeStepsOf = settings => 4 * Corridor(settings),
        },
        new("Docking-v0", 50, null, "Bring a vessel to its berth by turning, sailing and docking, each with an angle or a distance; hybrid actions with masks.", _ => new Docking()),
        new("BitFlip-v0", BitCount, null, "Flip bits until they are the ones asked for; for hindsight.", settings => new BitFlip(Bits(settings)))
        {
            SettingNames = ["n"],
            EpisodeStepsOf = Bits,
        },
        new("PointReach-v0", 50, null, "Move a point in a square to its goal, rewarded only there; for hindsight.", settings => new PointReach(
            settings.Truth("dense", false)))
        {
            SettingNames = ["dense"],
        },
    ];

    private static EnvironmentSpec Control<TTask>(string name, int maxEpisodeSteps, double? rewardThreshold, string description)
        where TTask : struct, IControlTask<TTask> =>
        new(name, maxEpisodeSteps, rewardThreshold, description, _ => new ControlEnvironment<TTask>())
        {
            CreateVector = (count, limit) => new VectorControlEnvironment<TTask>(count, limit),
        };

    private static EnvironmentSpec Lake(string name, string map, int maxEpisodeSteps, double rewardThreshold) =>
        new(name, maxEpisodeSteps, rewardThreshold, $"Cross a frozen lake of {map} cells to its goal without falling into a hole.", settings => new FrozenLake(
            settings.Word("map_name", map, FrozenLake.MapNames),
            settings.Truth("is_slippery", true),
            settings.Probability("success_rate", 1.0 / 3.0)))
        {
            SettingNames = ["map_name", "is_slippery", "success_rate"],
        };

    private static EnvironmentSpec Cliff(string name, bool isSlippery) =>
        new(name, null, null, $"Walk along a cliff to the goal{(isSlippery ? ", on slippery ground" : "")}.", settings => new CliffWalking(
            settings.Truth("is_slippery", isSlippery)))
        {
            SettingNames = ["is_slippery"],
        };

    private static EnvironmentSpec Pixel(string name, string description, Func<double, IEnvironment> create) =>
        new(name, 1000, null, description, settings => create(settings.Probability("sticky_action_probability", 0.1)))
        {
            SettingNames = ["sticky_action_probability"],
        };

    private static int Corridor(EnvironmentSettings settings) => settings.Whole("length", CorridorLength, 1, TMaze.LongestCorridor);

    private static int Bits(EnvironmentSettings settings) => settings.Whole("n", BitCount, 1, BitFlip.MostBits);
}
