using System;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Environments;
using Pipeline.Training.Networks;
using Pipeline.Training.Replay;

namespace Pipeline.Training.Rollout;

/// <summary>Steps the environments with the current policy, or at random, and keeps what happens for replay.</summary>
public sealed class ReplayCollector
{
    private readonly IVectorEnvironment _environments;
    private readonly IPolicyNetwork _policy;
    private readonly Actor _actor;
    private readonly ActionNoise? _noise;
    private readonly ReplayBuffer _replay;
    private readonly RandomGenerator _random;
    private readonly float[] _learned;
    private readonly float[] _taken;

    /// <summary>Makes a collector; the environments must have been reset into <paramref name="step"/>.</summary>
    /// <param name="environments">The environments.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="actor">The same as it acts.</param>
    /// <param name="noise">What its random numbers are; null for independent ones.</param>
    /// <param name="replay">Receives what happens.</param>
    /// <param name="random">Where the randomness of actions comes from.</param>
    /// <param name="step">Holds the present observations.</param>
    public ReplayCollector(
        IVectorEnvironment environments, IPolicyNetwork policy, Actor actor, ActionNoise? noise, ReplayBuffer replay, RandomGenerator random, VectorStep step)
    {
        ArgumentNullException.ThrowIfNull(environments);
        _environments = environments;
        _policy = policy;
        _actor = actor;
        _noise = noise;
        _replay = replay;
        _random = random;
        Step = step;
        _learned = new float[environments.Count * environments.ActionSpace.Size];
        _taken = new float[_learned.Length];
    }

    /// <summary>The results of the latest step.</summary>
    public VectorStep Step { get; }

    /// <summary>Takes one step in every environment.</summary>
    /// <param name="randomly">Whether actions are drawn evenly from the action space instead of from the policy.</param>
    /// <param name="exploration">How much the policy explores.</param>
    public void Collect(bool randomly, double exploration)
    {
        if (randomly) ActRandomly();
        else Act(exploration);
        _environments.Step(_taken, Step);
        _replay.Add(_learned, Step);
        _noise?.Restart(Step.Terminated, Step.Truncated);
    }

    private void Act(double exploration)
    {
        Step.Observations.CopyTo(_actor.Observations.Floats);
        if (_actor.Masks is not null) Step.ActionMasks.CopyTo(_actor.Masks.Floats);
        if (_actor.Exploration is not null) _actor.Exploration.Floats[0] = (float)exploration;
        if (_noise is null)
        {
            _actor.Act(_random);
        }
        else
        {
            _noise.Next(_random, _actor.Noise.Floats);
            _actor.ActWithNoise(_random);
        }

        _actor.RawActions.Floats.CopyTo(_learned);
        _actor.Actions.Floats.CopyTo(_taken);
    }

    private void ActRandomly()
    {
        int size = _environments.ActionSpace.Size;
        for (int i = 0; i < _environments.Count; i++)
        {
            Span<float> action = _taken.AsSpan(i * size, size);
            do
            {
                _environments.ActionSpace.Sample(_random, action);
            }
            while (_policy.Masked && !Allowed(i, action));
        }

        _taken.CopyTo(_learned, 0);
        _policy.Scaling.FromEnvironment(_learned);
    }

    private bool Allowed(int environment, ReadOnlySpan<float> action)
    {
        int start = environment * _environments.ActionSpace.MaskSize;
        if (_environments.ActionSpace is not MultiDiscrete multi) return Step.ActionMasks[start + (int)action[0]] == 1;
        for (int branch = 0; branch < action.Length; branch++)
        {
            if (Step.ActionMasks[start + (int)action[branch]] != 1) return false;
            start += multi.Branches[branch];
        }

        return true;
    }
}
