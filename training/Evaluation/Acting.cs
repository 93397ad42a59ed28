using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime;
using Pipeline.Training.Environments;

namespace Pipeline.Training.Evaluation;

/// <summary>A deployed policy that acts, with its recurrent state and the rewards it is fed; both start anew with each episode.</summary>
internal sealed class PolicyActing : IActing
{
    private readonly Policy _policy;
    private readonly int _count;
    private readonly bool _masked;
    private readonly float[] _states;
    private readonly float[] _rewards;
    private readonly RandomGenerator? _random;

    /// <summary>Makes it for environments whose spaces are the policy's.</summary>
    public PolicyActing(IVectorEnvironment environments, Policy policy, bool stochastic)
    {
        _policy = policy;
        _count = environments.Count;
        _masked = policy.UsesMasks && environments.HasActionMask;
        _states = new float[_count * policy.StateSize];
        _rewards = new float[policy.UsesRewards ? _count : 0];
        _random = stochastic ? new RandomGenerator(0) : null;
    }

    /// <inheritdoc/>
    public void Begin(ulong seed, ulong stream)
    {
        _random?.Seed(seed, stream);
        Array.Clear(_states);
    }

    /// <inheritdoc/>
    public void Act(VectorStep step, float[] actions)
    {
        if (_policy.UsesRewards) step.Rewards.CopyTo(_rewards, 0);
        if (_states.Length > 0 || _policy.UsesRewards) ForgetEnded(step);
        _policy.Run(new PolicyBatch
        {
            Count = _count,
            Observations = step.Observations,
            Masks = _masked ? step.ActionMasks : [],
            States = _states,
            Rewards = _rewards,
            Actions = actions,
            Random = _random,
        });
    }

    private void ForgetEnded(VectorStep step)
    {
        for (int i = 0; i < _count; i++)
        {
            if (!step.Terminated[i] && !step.Truncated[i]) continue;
            _policy.ResetState(_states.AsSpan(i * _policy.StateSize, _policy.StateSize));
            if (_policy.UsesRewards) _rewards[i] = 0;
        }
    }
}

/// <summary>Any function that acts.</summary>
internal sealed class FunctionActing(Action<VectorStep, float[]> act) : IActing
{
    /// <inheritdoc/>
    public void Begin(ulong seed, ulong stream)
    {
    }

    /// <inheritdoc/>
    public void Act(VectorStep step, float[] actions) => act(step, actions);
}

/// <summary>Acts at random, all allowed choices alike: the score that no policy should fall below.</summary>
internal sealed class RandomActing(IVectorEnvironment environments) : IActing
{
    private readonly RandomGenerator _random = new(0);
    private readonly Branch[] _branches = [.. Branches(environments.ActionSpace, 0, 0)];

    /// <summary>A choice: where it stands in the action, where its mask begins, and how many there are to choose from.</summary>
    private readonly record struct Branch(int Index, int Mask, int Count);

    /// <inheritdoc/>
    public void Begin(ulong seed, ulong stream) => _random.Seed(seed, stream);

    /// <inheritdoc/>
    public void Act(VectorStep step, float[] actions)
    {
        Space space = environments.ActionSpace;
        for (int i = 0; i < environments.Count; i++)
        {
            Span<float> action = actions.AsSpan(i * space.Size, space.Size);
            space.Sample(_random, action);
            if (environments.HasActionMask) DrawAllowed(action, step.ActionMasks.AsSpan(i * space.MaskSize, space.MaskSize));
        }
    }

    private void DrawAllowed(Span<float> action, ReadOnlySpan<float> mask)
    {
        foreach (Branch branch in _branches)
        {
            while (mask[branch.Mask + (int)action[branch.Index]] == 0) action[branch.Index] = _random.NextInt32(branch.Count);
        }
    }

    private static IEnumerable<Branch> Branches(Space space, int index, int mask)
    {
        Space[] parts = space switch
        {
            Discrete => [space],
            MultiDiscrete several => [.. several.Branches.Select(n => new Discrete(n))],
            Dict dict => [.. dict.Entries.Select(e => e.Value)],
            _ => [],
        };
        foreach (Space part in parts)
        {
            if (part is Discrete choice) yield return new Branch(index, mask, choice.N);
            else foreach (Branch branch in Branches(part, index, mask)) yield return branch;
            index += part.Size;
            mask += part.MaskSize;
        }
    }
}
