using System;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Environments;

namespace SampleEnvironment;

/// <summary>A user's environment: walk along a corridor of cells 0 to 10, left (0) or right (1), to the exit at cell 10.</summary>
[Environment("corridor", MaxEpisodeSteps = 50, RewardThreshold = 0.5, Description = "Walk to the end of a corridor.")]
public sealed class Corridor : IEnvironment
{
    private int _cell;

    public Space ObservationSpace { get; } = new Box(0, 10, 1);

    public Space ActionSpace { get; } = new Discrete(2);

    public void Reset(RandomGenerator random, Span<float> observation)
    {
        _cell = random.NextInt32(5);
        observation[0] = _cell;
    }

    public StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
    {
        _cell = action[0] == 1 ? _cell + 1 : Math.Max(_cell - 1, 0);
        observation[0] = _cell;
        return _cell == 10 ? new StepResult(1, Terminated: true) : new StepResult(-0.01f);
    }
}
