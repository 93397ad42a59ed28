using System;
using System.Collections.Generic;
using Pipeline.Contracts;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Environments;
using Pipeline.Training.Environments.Wrappers;
using Pipeline.Training.Loop.Checkpoints;
using Pipeline.Training.Loop.Metrics;
using Pipeline.Training.Networks;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Loop;

/// <summary>One of several that collect experience at the same time, with environments, parameters, normaliser, rollout and generators of its own.</summary>
internal sealed class ActorWorker : IDisposable
{
    private readonly RewardNormalization? _rewards;
    private readonly IVectorEnvironment _environments;
    private readonly Actor _actor;
    private readonly RolloutCollector _collector;
    private readonly RandomGenerator _random;
    private readonly EnvironmentPlace _place;
    private readonly MemoryPlace? _memory;
    private readonly string _prefix;

    private ActorWorker(IVectorEnvironment environments, OnPolicyOptions options, ExecutionDevice device, ActorCritic model, int index, ulong seed)
    {
        Index = index;
        _prefix = $"actor_{index}/";
        RestartsOnLoad = environments is VectorEnvironment { RestartsOnLoad: true };
        _rewards = options.NormalizeRewards ? new RewardNormalization(environments, options.Gamma) : null;
        _environments = _rewards ?? environments;
        _random = new RandomGenerator(seed, RandomStreams.Actions);
        StateVector parameters = model.Parameters.MakeVector("parameters", doubleBuffered: false);
        var statistics = new ObservationStatistics(model.ObservationSpace.Size);
        RolloutBuffer rollout = OnPolicyTrainer.MakeRollout(model, options, environments.Count);
        _actor = new Actor(device, model, parameters, statistics, environments.Count);
        _memory = _actor.Memory is null ? null : new MemoryPlace(_actor.Memory, _prefix);
        var step = new VectorStep(_environments);
        _environments.Reset(seed, step);
        _collector = new RolloutCollector(_environments, model, _actor, _random, step);
        _place = new EnvironmentPlace(_environments, step, _prefix);
        Context = new OnPolicyContext(device, model, parameters, statistics, rollout, _random);
    }

    /// <summary>Which of them it is, from 0.</summary>
    public int Index { get; }

    /// <summary>What is its own.</summary>
    public OnPolicyContext Context { get; }

    /// <summary>Whether its environments start new episodes where a state is loaded, since they cannot be saved.</summary>
    public bool RestartsOnLoad { get; }

    /// <summary>The results of the latest step.</summary>
    public VectorStep Step => _collector.Step;

    /// <summary>The rewards of the latest step as the environments gave them.</summary>
    public float[] RawRewards => _rewards?.RawRewards ?? Step.Rewards;

    /// <summary>Makes the actors of a run. The first has the run's own environments and seed.</summary>
    /// <param name="context">Environments, options and seed; the environments are then the actors'.</param>
    /// <param name="device">Where graphs run.</param>
    /// <param name="model">The networks.</param>
    /// <param name="count">How many, at least 1.</param>
    /// <exception cref="InvalidOperationException">More than one is wanted and the context has no way to make more environments.</exception>
    public static IReadOnlyList<ActorWorker> Make(TrainerContext context, ExecutionDevice device, ActorCritic model, int count)
    {
        var options = (OnPolicyOptions)context.Options;
        var seeds = new RandomGenerator(context.Seed, RandomStreams.Actors);
        var workers = new List<ActorWorker> { new(context.Environments, options, device, model, 0, context.Seed) };
        while (workers.Count < count)
        {
            Func<IVectorEnvironment> make = context.MakeMore ?? throw new InvalidOperationException($"{count} actors need environments of their own. Give the context a MakeMore.");
            workers.Add(new ActorWorker(make(), options, device, model, workers.Count, seeds.NextUInt64()));
        }

        return workers;
    }

    /// <summary>Collects a rollout into its buffer.</summary>
    /// <param name="stepped">Called after each step.</param>
    public void Collect(Action stepped) => _collector.Collect(Context.Rollout, stepped);

    /// <summary>Collects a rollout into its buffer.</summary>
    /// <param name="episodes">The episodes of all actors; locked while a step is taken in.</param>
    public void Collect(EpisodeStatistics episodes) => Collect(() =>
    {
        lock (episodes) episodes.Record(RawRewards, Step.Terminated, Step.Truncated, Index * _environments.Count);
    });

    /// <summary>Writes where it is.</summary>
    public void Save(CheckpointWriter checkpoint)
    {
        checkpoint.Add($"{_prefix}random", _random);
        _place.Save(checkpoint);
        _memory?.Save(checkpoint);
    }

    /// <summary>Takes back what <see cref="Save"/> wrote.</summary>
    public void Load(CheckpointReader checkpoint)
    {
        checkpoint.Read($"{_prefix}random", _random);
        _place.Load(checkpoint);
        _memory?.Load(checkpoint, RestartsOnLoad);
    }

    public void Dispose()
    {
        _actor.Dispose();
        Context.Rollout.Dispose();
        Context.Statistics.Dispose();
        Context.Parameters.Dispose();
        _environments.Dispose();
    }
}
