using System;
using System.Linq;
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
        int[] branches = Branches(space);
        for (int i = 0; i < action.Length; i++)
        {
            if (branches[i] > 0 && mask[start + (int)action[i]] == 0) return false;
            start += branches[i];
        }

        return true;
    }

    /// <summary>Takes what is observed first as the mask, with the last choice of each branch always allowed.</summary>
    public static ObservationRule FromBits(Space actions) => (observation, mask) =>
    {
        observation[..mask.Length].CopyTo(mask);
        int end = 0;
        foreach (int branch in Branches(actions).Where(n => n > 0)) mask[(end += branch) - 1] = 1;
    };

    // Of each number of an action how many options a mask has for it.
    private static int[] Branches(Space space) => space switch
    {
        Discrete discrete => [discrete.N],
        MultiDiscrete multi => [.. multi.Branches],
        Dict dict => [.. dict.Entries.SelectMany(e => Branches(e.Value))],
        _ => new int[space.Size],
    };
}
