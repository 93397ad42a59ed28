using System;
using Pipeline.Contracts;
using Pipeline.Training.Environments;
using Pipeline.Training.Environments.Wrappers;
using Pipeline.Training.Networks;

namespace Pipeline.Training.Rollout;

/// <summary>Steps the environments with the current policy and writes what happens into a <see cref="RolloutBuffer"/>.</summary>
public sealed class RolloutCollector
{
    private readonly IVectorEnvironment _environments;
    private readonly Actor _actor;
    private readonly ActorCritic _model;
    private readonly RandomGenerator _random;

    /// <summary>Makes a collector; the environments must have been reset into <paramref name="step"/> before the first rollout.</summary>
    /// <param name="environments">The environments.</param>
    /// <param name="model">The networks.</param>
    /// <param name="actor">The acting policy.</param>
    /// <param name="random">Where the randomness of actions comes from.</param>
    /// <param name="step">Holds the present observations.</param>
    public RolloutCollector(IVectorEnvironment environments, ActorCritic model, Actor actor, RandomGenerator random, VectorStep step)
    {
        _environments = environments;
        _model = model;
        _actor = actor;
        _random = random;
        Step = step;
    }

    /// <summary>The results of the latest step.</summary>
    public VectorStep Step { get; }

    /// <summary>Collects T steps.</summary>
    /// <param name="rollout">Receives them.</param>
    /// <param name="stepped">Called after each step, for statistics.</param>
    public void Collect(RolloutBuffer rollout, Action stepped)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        ArgumentNullException.ThrowIfNull(stepped);
        rollout.Clear();
        int n = _environments.Count, observationSize = _environments.ObservationSpace.Size;
        for (int t = 0; t < rollout.Length; t++)
        {
            Step.Observations.CopyTo(_actor.Observations.Floats);
            Step.Observations.CopyTo(rollout.Observations.Floats[(t * n * observationSize)..]);
            if (_actor.Masks is not null)
            {
                Step.ActionMasks.CopyTo(_actor.Masks.Floats);
                Step.ActionMasks.CopyTo(rollout.Masks!.Floats[(t * Step.ActionMasks.Length)..]);
            }

            if (_actor.Memory is ActorMemory memory) Remember(memory, rollout, t);
            _actor.Act(_random);
            Encode(rollout, t * n);
            _environments.Step(_actor.Actions.Floats, Step);
            stepped();
            Record(rollout, t * n, observationSize);
            if (_actor.Memory is not null) Advance(_actor.Memory, rollout, t * n);
        }

        Step.Observations.CopyTo(rollout.LastObservations, 0);
        if (_actor.Memory is ActorMemory last)
        {
            last.State.Floats.CopyTo(rollout.Memory!.Last.States);
            last.Previous?.Floats.CopyTo(rollout.Memory.Last.Previous);
        }
    }

    // What a step of the recurrent layers starts from.
    private static void Remember(ActorMemory memory, RolloutBuffer rollout, int t)
    {
        RolloutMemory kept = rollout.Memory!;
        int n = rollout.EnvironmentCount;
        if (t % kept.SequenceLength == 0) memory.State.Floats.CopyTo(kept.States.Floats[(t / kept.SequenceLength * memory.State.Count)..]);
        memory.Previous?.Floats.CopyTo(kept.Previous!.Floats[(t * memory.Previous.Count)..]);
        for (int i = 0; i < n; i++)
        {
            int before = ((t - 1) * n) + i;
            kept.Keeps.Floats[(t * n) + i] = t > 0 && (rollout.Terminated[before] || rollout.Truncated[before]) ? 0 : 1;
        }
    }

    // What was said at a step, and the state of the next.
    private void Advance(ActorMemory memory, RolloutBuffer rollout, int firstRow)
    {
        RolloutMemory kept = rollout.Memory!;
        memory.Values.Floats.CopyTo(rollout.Values.Floats[firstRow..]);
        memory.LogProbabilities.Floats.CopyTo(rollout.LogProbabilities.Floats[firstRow..]);
        memory.Outputs.Floats.CopyTo(kept.Outputs.Floats[(firstRow / rollout.EnvironmentCount * memory.Outputs.Count)..]);
        float[] rewards = _environments is RewardNormalization normalized ? normalized.RawRewards : Step.Rewards;
        int encoded = _model.Head.EncodedSize, truncated = rollout.TruncatedCount;
        for (int i = rollout.EnvironmentCount - 1; i >= 0; i--)
        {
            // The value of a truncated episode's last observation needs the state that it would have gone on with.
            memory.Advance(i, rollout.Actions.Floats.Slice((firstRow + i) * encoded, encoded), rewards[i]);
            if (Step.Truncated[i] && !Step.Terminated[i]) kept.Final.Set(--truncated, memory.StateOf(i), memory.PreviousOf(i));
            if (Step.Truncated[i] || Step.Terminated[i]) memory.Forget(i);
        }
    }

    private void Encode(RolloutBuffer rollout, int firstRow)
    {
        int encoded = _model.Head.EncodedSize, size = _model.ActionSpace.Size;
        ReadOnlySpan<float> actions = _actor.RawActions.Floats;
        Span<float> destination = rollout.Actions.Floats[(firstRow * encoded)..];
        for (int i = 0; i < rollout.EnvironmentCount; i++)
            _model.Head.Encode(actions.Slice(i * size, size), destination.Slice(i * encoded, encoded));
    }

    private void Record(RolloutBuffer rollout, int firstRow, int observationSize)
    {
        Step.Rewards.CopyTo(rollout.Rewards, firstRow);
        Step.Terminated.CopyTo(rollout.Terminated, firstRow);
        Step.Truncated.CopyTo(rollout.Truncated, firstRow);
        for (int i = 0; i < Step.Truncated.Length; i++)
        {
            if (Step.Truncated[i] && !Step.Terminated[i])
                rollout.AddTruncated(firstRow + i, Step.FinalObservations.AsSpan(i * observationSize, observationSize));
        }
    }
}
