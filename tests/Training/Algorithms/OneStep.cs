using System;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Environments;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>The reward of an action where something is observed.</summary>
internal delegate float RewardRule(ReadOnlySpan<float> observation, ReadOnlySpan<float> action);

/// <summary>Writes numbers that belong to an observation.</summary>
internal delegate void ObservationRule(ReadOnlySpan<float> observation, Span<float> numbers);

/// <summary>One step: an observation drawn from the space, an action, a reward. Refuses an action outside its space.</summary>
internal class OneStep(Space observations, Space actions, RewardRule reward) : IEnvironment
{
    private readonly float[] _shown = new float[observations.Size];

    public Space ObservationSpace { get; } = observations;

    public Space ActionSpace { get; } = actions;

    protected ReadOnlySpan<float> Shown => _shown;

    protected void Show(ReadOnlySpan<float> observation) => observation.CopyTo(_shown);

    public void Reset(RandomGenerator random, Span<float> observation)
    {
        ObservationSpace.Sample(random, _shown);
        _shown.CopyTo(observation);
    }

    public virtual StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
    {
        if (!ActionSpace.Contains(action)) throw new InvalidOperationException($"[{string.Join(", ", action.ToArray())}] is not in {ActionSpace}.");
        return new StepResult(reward(_shown, action), Terminated: true);
    }
}

/// <summary>The same with a mask that belongs to the observation. Refuses a forbidden action.</summary>
internal sealed class MaskedOneStep(Space observations, Space actions, RewardRule reward, ObservationRule mask) : OneStep(observations, actions, reward), IMaskedEnvironment
{
    public void WriteActionMask(Span<float> written) => mask(Shown, written);

    public override StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
    {
        Span<float> allowed = stackalloc float[ActionSpace.MaskSize];
        mask(Shown, allowed);
        if (!Masks.Allow(ActionSpace, allowed, action)) throw new InvalidOperationException($"[{string.Join(", ", action.ToArray())}] is forbidden by [{string.Join(", ", allowed.ToArray())}].");
        return base.Step(action, observation);
    }
}

internal static class Masks
{
    /// <summary>Whether a mask allows every choice of an action.</summary>
    public static bool Allow(Space space, ReadOnlySpan<float> mask, ReadOnlySpan<float> action)
    {
        int start = 0;
        for (int i = 0; i < action.Length; i++)
        {
            if (mask[start + (int)action[i]] == 0) return false;
            start += space is MultiDiscrete multi ? multi.Branches[i] : 0;
        }

        return true;
    }

    /// <summary>Takes the observed bits as the mask, with the last choice of each branch always allowed.</summary>
    public static ObservationRule FromBits(Space actions) => (observation, mask) =>
    {
        observation.CopyTo(mask);
        int end = 0;
        foreach (int branch in actions is MultiDiscrete multi ? multi.Branches : [actions.MaskSize]) mask[(end += branch) - 1] = 1;
    };
}
