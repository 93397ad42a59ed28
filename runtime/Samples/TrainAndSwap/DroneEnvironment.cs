using System;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Environments;

namespace Samples.TrainAndSwap;

/// <summary>The game's drone as training wants it: all that a host adds to a body that it has already.</summary>
internal sealed class DroneEnvironment : IEnvironment
{
    private RandomGenerator? _random;
    private Drone _drone;

    /// <summary>How the registry makes it. An episode has 200 steps, 10 seconds of the game.</summary>
    public static EnvironmentSpec Spec { get; } = new("Drone", MaxEpisodeSteps: 200, RewardThreshold: 150, "Keep a drone at its place.", _ => new DroneEnvironment());

    public Space ObservationSpace { get; } = new Box([-Drone.Range, float.NegativeInfinity], [Drone.Range, float.PositiveInfinity]);

    public Space ActionSpace { get; } = new Discrete(3);

    public void Reset(RandomGenerator random, Span<float> observation)
    {
        _random = random;
        _drone = Drone.Launch(random);
        _drone.WriteTo(observation);
    }

    public StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
    {
        _drone.Move((int)action[0], _random!);
        _drone.WriteTo(observation);
        return new StepResult(_drone.Points, Terminated: _drone.IsLost);
    }
}
