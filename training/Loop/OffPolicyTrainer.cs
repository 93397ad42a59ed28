using System;
using System.Collections.Generic;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Environments;
using Pipeline.Training.Export;
using Pipeline.Training.Loop.Checkpoints;
using Pipeline.Training.Loop.Metrics;
using Pipeline.Training.Replay;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Loop;

/// <summary>Collects experience with the current policy, keeps it for replay, and lets an off-policy algorithm learn from batches of it.</summary>
public sealed class OffPolicyTrainer : ITrainer
{
    private readonly IVectorEnvironment _environments;
    private readonly OffPolicyOptions _options;
    private readonly ExecutionDevice _device;
    private readonly ObservationStatistics _statistics;
    private readonly ReplayBatch _batch;
    private readonly IOffPolicyAlgorithm _algorithm;
    private readonly ReplayBuffer _replay;
    private readonly Actor _actor;
    private readonly ActionNoise? _noise;
    private readonly ReplayCollector _collector;
    private readonly EpisodeStatistics _episodes;
    private readonly List<KeyValuePair<string, RandomGenerator>> _generators = [];
    private readonly RandomGenerator _replayRandom;
    private readonly RandomGenerator _updateRandom;
    private readonly CollectionState _collection;
    private readonly Action _collect;
    private long _learnFrom;
    private double _exploration;

    /// <summary>Makes the algorithm.</summary>
    /// <param name="context">What it is made from.</param>
    public delegate IOffPolicyAlgorithm AlgorithmFactory(LearningContext context);

    /// <summary>Sets a run up: environments reset, parameters initialised, graphs compiled.</summary>
    /// <param name="context">Environments, options, seed and device.</param>
    /// <param name="makeAlgorithm">Makes the algorithm.</param>
    /// <exception cref="UserErrorException">The replay cannot be had as the options say.</exception>
    public OffPolicyTrainer(TrainerContext context, AlgorithmFactory makeAlgorithm)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(makeAlgorithm);
        _options = (OffPolicyOptions)context.Options;
        _environments = context.Environments;
        _learnFrom = _options.LearningStarts;
        _device = ExecutionDevice.Choose(context.Device, context.Log, context.Threads);
        Space observations = _environments.ObservationSpace, actions = _environments.ActionSpace;
        bool masked = _environments.HasActionMask;
        _statistics = new ObservationStatistics(observations.Size);
        _batch = new ReplayBatch(observations, actions, masked, _options.BatchSize);
        _replayRandom = Generator(context, "random/replay", RandomStreams.Replay);
        _updateRandom = Generator(context, "random/updates", RandomStreams.Updates);
        RandomGenerator actionRandom = Generator(context, "random/actions", RandomStreams.Actions);
        _algorithm = makeAlgorithm(new LearningContext(
            _device, observations, actions, masked, _statistics, _batch, new RandomGenerator(context.Seed, RandomStreams.Parameters)));
        _replay = new ReplayBuffer(_options.Replay, observations, actions, _environments.Count, masked, _environments.Goals);
        _actor = new Actor(_device, _algorithm.Policy, _algorithm.PolicyParameters, _statistics, _environments.Count);
        _noise = _algorithm.Correlation is NoiseCorrelation correlation ? new ActionNoise(correlation, _environments.Count, actions.Size) : null;
        _episodes = new EpisodeStatistics(_environments.Count);
        var step = new VectorStep(_environments);
        _environments.Reset(context.Seed, step);
        _replay.Begin(step);
        _collection = new CollectionState(_environments, step, _statistics, _episodes, _environments is VectorEnvironment { RestartsOnLoad: true });
        _collector = new ReplayCollector(_environments, _algorithm.Policy, _actor, _noise, _replay, actionRandom, step);
        if (_algorithm.Policy.Encoder.Normalizes) _statistics.Update(step.Observations);
        _collect = Collect;
    }

    /// <inheritdoc/>
    public long Steps { get; private set; }

    /// <inheritdoc/>
    public long Updates => _algorithm.Updates;

    /// <inheritdoc/>
    public bool SavesReplay => _options.SaveReplay;

    internal IOffPolicyAlgorithm Algorithm => _algorithm;

    internal ReplayBuffer Replay => _replay;

    internal ReplayBatch Batch => _batch;

    // Of each environment, between updates.
    private int StepsOfRound => (_options.TrainEvery + _environments.Count - 1) / _environments.Count;

    /// <inheritdoc/>
    public void Iterate(MetricSet metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        long after = Steps + ((long)StepsOfRound * _environments.Count);
        if (after < _learnFrom) Collect();
        else Learn(after, metrics);
        if (_actor.Exploration is not null) metrics.Set("exploration", _exploration);
        _episodes.Publish(metrics);
    }

    /// <inheritdoc/>
    public void Save(CheckpointWriter checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        checkpoint.Add(_algorithm.State, Steps, _algorithm.Counters);
        foreach ((string name, RandomGenerator random) in _generators) checkpoint.Add(name, random);
        if (_noise is not null) checkpoint.Add("noise", _noise.SaveState);
        _collection.Save(checkpoint);
    }

    /// <inheritdoc/>
    public void Load(CheckpointReader checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        double[] counters = _algorithm.Counters;
        long steps = checkpoint.Read(_algorithm.State, counters);
        _algorithm.Counters = counters;
        foreach ((string name, RandomGenerator random) in _generators) checkpoint.Read(name, random);
        if (_noise is not null) checkpoint.Read("noise", _noise.LoadState);
        _collection.Load(checkpoint);
        Steps = steps;

        // The replay begins anew here; where it was saved, it is put back next. Otherwise the first steps fill it again with the policy's own actions.
        _replay.Begin(_collector.Step);
        if (!SavesReplay) _learnFrom = Steps + _options.LearningStarts;
    }

    /// <inheritdoc/>
    public void SaveReplay(string path) => _replay.Save(path);

    /// <inheritdoc/>
    public void LoadReplay(string path)
    {
        try
        {
            _replay.Load(path);
        }
        catch (ReplayException e)
        {
            throw CheckpointException.OfReplay(e);
        }

        if (_collection.RestartsOnLoad) _replay.Begin(_collector.Step);
    }

    /// <inheritdoc/>
    public ExportedPolicy Export(RunRecord record) => new ActorExport(_device, _algorithm.Policy, _algorithm.PolicyParameters, _statistics).Export(record);

    /// <inheritdoc/>
    public void Dispose()
    {
        _actor.Dispose();
        _algorithm.Dispose();
        _replay.Dispose();
        _batch.Dispose();
        _statistics.Dispose();
        _environments.Dispose();
    }

    private double Progress(long steps) => Math.Min(1, (double)steps / _options.TotalSteps);

    private void Collect()
    {
        for (int i = 0; i < StepsOfRound; i++)
        {
            _exploration = _algorithm.Exploration(Progress(Steps));
            _collector.Collect(randomly: Steps < _options.LearningStarts, _exploration);
            Steps += _environments.Count;
            VectorStep step = _collector.Step;
            _episodes.Record(step.Rewards, step.Terminated, step.Truncated);
            if (_algorithm.Policy.Encoder.Normalizes) _statistics.Update(step.Observations);
        }
    }

    private void Learn(long after, MetricSet metrics)
    {
        var context = new UpdateContext(after, Progress(after), _updateRandom);
        _algorithm.Learn(new LearningRound(_collect, StepsOfRound, _options.GradientSteps, context, _replay, _replayRandom, _batch));
        if (_replay.Count > 0) _algorithm.Report(metrics.Set);
    }

    private RandomGenerator Generator(TrainerContext context, string name, ulong stream)
    {
        var random = new RandomGenerator(context.Seed, stream);
        _generators.Add(new KeyValuePair<string, RandomGenerator>(name, random));
        return random;
    }
}
