using System;
using Pipeline.Contracts;
using Pipeline.Training.Environments;
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

            _actor.Act(_random);
            Encode(rollout, t * n);
            _environments.Step(_actor.Actions.Floats, Step);
            stepped();
            Record(rollout, t * n, observationSize);
        }

        Step.Observations.CopyTo(rollout.LastObservations, 0);
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
