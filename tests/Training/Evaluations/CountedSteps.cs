using System;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Environments;

namespace Pipeline.Tests.Training.Evaluations;

/// <summary>Episodes of 1 to 10 steps, as long as the episode's stream says; the observation counts the steps, the reward is the action plus a draw of each step.</summary>
internal sealed class CountedSteps : IEnvironment
{
    private RandomGenerator _random = new(0);
    private int _length;
    private int _elapsed;

    public Space ObservationSpace { get; } = new Box(float.NegativeInfinity, float.PositiveInfinity, 1);

    public Space ActionSpace { get; } = new Discrete(2);

    public void Reset(RandomGenerator random, Span<float> observation)
    {
        _random = random;
        _length = 1 + random.NextInt32(10);
        _elapsed = 0;
        observation[0] = 0;
    }

    public StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
    {
        observation[0] = ++_elapsed;
        float reward = action[0] + _random.NextInt32(4);
        return new StepResult(reward, Terminated: _elapsed == _length && _length % 2 == 0, Truncated: _elapsed == _length && _length % 2 == 1);
    }

    public static IVectorEnvironment Vector(string name, int count) => new VectorEnvironment(() => new CountedSteps(), count);
}
