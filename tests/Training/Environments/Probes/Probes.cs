using System;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Environments;

namespace Pipeline.Tests.Training.Environments.Probes;

/// <summary>
/// Environments so small that what a learner must find is known beforehand. Each isolates one part of an algorithm: where a learner fails on
/// one and passes the ones before it, that part is at fault.
/// </summary>
/// <remarks>Observation sizes are 1; actions are 0 and 1 where they are discrete.</remarks>
internal abstract class Probe : IEnvironment
{
    public virtual Space ObservationSpace { get; } = new Box(-1, 1, 1);

    public virtual Space ActionSpace { get; } = new Discrete(2);

    public abstract void Reset(RandomGenerator random, Span<float> observation);

    public abstract StepResult Step(ReadOnlySpan<float> action, Span<float> observation);
}

/// <summary>One step, reward 1 whatever is done: the value of the one observation, 0, is 1. Tests the value loss.</summary>
internal sealed class ConstantReward : Probe
{
    public override void Reset(RandomGenerator random, Span<float> observation) => observation[0] = 0;

    public override StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
    {
        observation[0] = 0;
        return new StepResult(1, Terminated: true);
    }
}

/// <summary>One step, observation ±1, the reward is the observation: V(±1) = ±1. Tests that the value sees its input.</summary>
internal sealed class ObservationReward : Probe
{
    private float _shown;

    public override void Reset(RandomGenerator random, Span<float> observation) => observation[0] = _shown = random.NextInt32(2) == 0 ? -1 : 1;

    public override StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
    {
        observation[0] = 0;
        return new StepResult(_shown, Terminated: true);
    }
}

/// <summary>Two steps, observations 0 then 1, reward 1 at the end only: V(1) = 1, V(0) = γ. Tests discounting and bootstrapping.</summary>
internal sealed class TwoStepDelay : Probe
{
    private int _time;

    public override void Reset(RandomGenerator random, Span<float> observation) => observation[0] = _time = 0;

    public override StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
    {
        _time++;
        observation[0] = 1;
        return new StepResult(_time == 2 ? 1 : 0, Terminated: _time == 2);
    }
}

/// <summary>One step, action 1 gives 1 and action 0 gives −1: the best policy always takes 1, Q(0, ·) = (−1, 1). Tests the policy loss.</summary>
internal sealed class ActionReward : Probe
{
    public override void Reset(RandomGenerator random, Span<float> observation) => observation[0] = 0;

    public override StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
    {
        observation[0] = 0;
        return new StepResult(action[0] == 1 ? 1 : -1, Terminated: true);
    }
}

/// <summary>One step, observation ±1; the action of its sign (0 for −1, 1 for 1) gives 1, the other −1. Tests that the policy sees its input.</summary>
internal sealed class ObservationActionReward : Probe
{
    private float _shown;

    public override void Reset(RandomGenerator random, Span<float> observation) => observation[0] = _shown = random.NextInt32(2) == 0 ? -1 : 1;

    public override StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
    {
        observation[0] = 0;
        return new StepResult(action[0] == 1 == _shown > 0 ? 1 : -1, Terminated: true);
    }
}

/// <summary>
/// A cue of ±1 is shown once, then 0 for some steps; the action of the cue's sign at the end gives 1, the other −1. Without memory the best
/// mean return is 0, with it 1.
/// </summary>
/// <param name="blanks">How many observations of 0 follow the cue; at least 1. An episode has that many steps and one.</param>
internal sealed class MemoryCue(int blanks) : Probe
{
    private float _cue;
    private int _time;

    public override void Reset(RandomGenerator random, Span<float> observation)
    {
        _time = 0;
        observation[0] = _cue = random.NextInt32(2) == 0 ? -1 : 1;
    }

    public override StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
    {
        bool isLast = _time++ == blanks;
        observation[0] = 0;
        if (!isLast) return new StepResult(0);
        return new StepResult(action[0] == 1 == _cue > 0 ? 1 : -1, Terminated: true);
    }
}

/// <summary>
/// Reward 1 a step for ever, observation 0. Cut off by a time limit its value is still 1 / (1 − γ): tests that truncation bootstraps.
/// Beside it <see cref="Ending"/>.
/// </summary>
internal sealed class Endless : Probe
{
    public override void Reset(RandomGenerator random, Span<float> observation) => observation[0] = 0;

    public override StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
    {
        observation[0] = 0;
        return new StepResult(1);
    }
}

/// <summary>Reward 1 a step, each step terminating with probability p, observation 0: its value is 1 / (1 − γ (1 − p)).</summary>
/// <param name="probability">p, above 0, at most 1.</param>
internal sealed class Ending(double probability) : Probe
{
    private RandomGenerator? _random;

    public override void Reset(RandomGenerator random, Span<float> observation)
    {
        _random = random;
        observation[0] = 0;
    }

    public override StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
    {
        observation[0] = 0;
        return new StepResult(1, Terminated: _random!.NextDouble() < probability);
    }
}

/// <summary>One step, continuous: observation o uniform in ±1, reward −(a − o / 2)². The best action is o / 2, the best return 0.</summary>
internal sealed class ContinuousTarget : Probe
{
    private float _target;

    public override Space ActionSpace { get; } = new Box(-1, 1, 1);

    public override void Reset(RandomGenerator random, Span<float> observation)
    {
        observation[0] = (float)random.NextDouble(-1, 1);
        _target = observation[0] / 2;
    }

    public override StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
    {
        float miss = action[0] - _target;
        observation[0] = 0;
        return new StepResult(-miss * miss, Terminated: true);
    }
}

/// <summary>Looks like <see cref="ActionReward"/> and fails at the first step: tests that a failure is not swallowed.</summary>
internal sealed class Failing : Probe
{
    public override void Reset(RandomGenerator random, Span<float> observation) => observation.Clear();

    public override StepResult Step(ReadOnlySpan<float> action, Span<float> observation) => throw new InvalidOperationException("the engine is gone");
}
