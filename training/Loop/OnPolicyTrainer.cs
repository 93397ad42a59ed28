using System;
using Pipeline.Contracts;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Environments;
using Pipeline.Training.Environments.Wrappers;
using Pipeline.Training.Export;
using Pipeline.Training.Loop.Checkpoints;
using Pipeline.Training.Loop.Metrics;
using Pipeline.Training.Networks;
using Pipeline.Training.Replay;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Loop;

/// <summary>Collects rollouts with the current policy and lets an on-policy algorithm learn from each.</summary>
public sealed class OnPolicyTrainer : ITrainer
{
    private readonly IVectorEnvironment _environments;
    private readonly RewardNormalization? _rewards;
    private readonly ExecutionDevice _device;
    private readonly ActorCritic _model;
    private readonly StateVector _parameters;
    private readonly ObservationStatistics _statistics;
    private readonly RolloutBuffer _rollout;
    private readonly Actor _actor;
    private readonly RolloutCollector _collector;
    private readonly IOnPolicyAlgorithm _algorithm;
    private readonly EpisodeStatistics _episodes;
    private readonly RandomGenerator _actionRandom;
    private readonly RandomGenerator _minibatchRandom;
    private readonly long _totalSteps;
    private readonly CollectionState _collection;
    private readonly MemoryPlace? _memory;
    private int _arrived;

    /// <summary>Makes the algorithm once networks and memory are there.</summary>
    /// <param name="context">What it is made from.</param>
    public delegate IOnPolicyAlgorithm AlgorithmFactory(OnPolicyContext context);

    /// <summary>Sets a run up: environments reset, parameters initialised, graphs compiled.</summary>
    /// <param name="context">Environments, options, seed and device.</param>
    /// <param name="model">The networks.</param>
    /// <param name="makeAlgorithm">Makes the algorithm.</param>
    public OnPolicyTrainer(TrainerContext context, ActorCritic model, AlgorithmFactory makeAlgorithm)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(makeAlgorithm);
        var options = (OnPolicyOptions)context.Options;
        _totalSteps = options.TotalSteps;
        _model = model;
        _rewards = options.NormalizeRewards ? new RewardNormalization(context.Environments, options.Gamma) : null;
        _environments = _rewards ?? context.Environments;
        int n = _environments.Count;
        _device = ExecutionDevice.Choose(context.Device, context.Log, context.Threads);
        var random = new RandomGenerator(context.Seed, RandomStreams.Parameters);
        _parameters = model.Parameters.Start("parameters", random);
        _actionRandom = new RandomGenerator(context.Seed, RandomStreams.Actions);
        _minibatchRandom = new RandomGenerator(context.Seed, RandomStreams.Minibatches);
        _statistics = new ObservationStatistics(model.ObservationSpace.Size);
        _rollout = MakeRollout(model, options, n);
        _actor = new Actor(_device, model, _parameters, _statistics, n);
        _algorithm = makeAlgorithm(new OnPolicyContext(_device, model, _parameters, _statistics, _rollout, random) { Acting = new(_environments, _actor, _actionRandom) });
        _memory = _actor.Memory is null ? null : new MemoryPlace(_actor.Memory);
        _episodes = new EpisodeStatistics(n);
        var step = new VectorStep(_environments);
        _environments.Reset(context.Seed, step);
        _collector = new RolloutCollector(_environments, model, _actor, _actionRandom, step);
        _collection = new CollectionState(_environments, step, _statistics, _episodes, context.Environments.RestartsOnLoad);
        if (model.Encoder.Normalizes) _statistics.Update(step.Observations);
    }

    /// <inheritdoc/>
    public long Steps { get; private set; }

    /// <inheritdoc/>
    public long Updates => _algorithm.Updates;

    /// <inheritdoc/>
    public bool SavesReplay => _algorithm.SavesReplay;

    internal ActorCritic Model => _model;

    internal StateVector Parameters => _parameters;

    internal ObservationStatistics Statistics => _statistics;

    internal RolloutBuffer Rollout => _rollout;

    internal IOnPolicyAlgorithm Algorithm => _algorithm;

    /// <summary>Sets a run up whose networks are as the options say.</summary>
    /// <typeparam name="TOptions">The algorithm's options.</typeparam>
    /// <param name="context">Environments, options, seed and device.</param>
    /// <param name="create">Makes the algorithm.</param>
    public static OnPolicyTrainer Create<TOptions>(TrainerContext context, Func<OnPolicyContext, TOptions, IOnPolicyAlgorithm> create)
        where TOptions : OnPolicyOptions
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(create);
        var options = (TOptions)context.Options;
        return new OnPolicyTrainer(context, MakeModel(context.Environments, options), learning => create(learning, options));
    }

    /// <summary>The networks as the options say.</summary>
    internal static ActorCritic MakeModel(IVectorEnvironment environments, OnPolicyOptions options) => new(
        environments.ObservationSpace, environments.ActionSpace, options.HiddenSizes, options.Activation,
        options.NormalizeObservations, options.UseActionMasks && environments.HasActionMask, options.InitialLogStd, memory: (options as RecurrentOptions)?.Settings);

    /// <summary>The rollout that the options ask for.</summary>
    internal static RolloutBuffer MakeRollout(ActorCritic model, OnPolicyOptions options, int environmentCount) =>
        RolloutBuffer.For(model, options.RolloutLength, environmentCount, options is RecurrentOptions recurrent ? recurrent.SequenceLength : options.RolloutLength);

    /// <inheritdoc/>
    public void Iterate(MetricSet metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        double progress = (double)Steps / _totalSteps;
        _algorithm.Arrive(_arrived = 0, _collector.Step);
        _collector.Collect(_rollout, Stepped);
        Steps += _rollout.Rows + _algorithm.Branch(_rollout);
        _algorithm.Update(_rollout, progress, _minibatchRandom, metrics.Set);

        // Only now: collecting and learning must see observations normalised alike.
        if (_model.Encoder.Normalizes) _statistics.Update(_rollout.Observations.Floats);
        _episodes.Publish(metrics);
    }

    /// <inheritdoc/>
    public void Save(CheckpointWriter checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        checkpoint.Add(_algorithm.State, Steps, _algorithm.Counters);
        checkpoint.Add("random/actions", _actionRandom);
        checkpoint.Add("random/minibatches", _minibatchRandom);
        _collection.Save(checkpoint);
        _memory?.Save(checkpoint);
    }

    /// <inheritdoc/>
    public void Load(CheckpointReader checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        double[] counters = _algorithm.Counters;
        long steps = checkpoint.Read(_algorithm.State, counters);
        _algorithm.Counters = counters;
        checkpoint.Read("random/actions", _actionRandom);
        checkpoint.Read("random/minibatches", _minibatchRandom);
        _collection.Load(checkpoint);
        _memory?.Load(checkpoint, _collection.RestartsOnLoad);
        Steps = steps;
    }

    /// <inheritdoc/>
    public void SaveReplay(string path) => _algorithm.SaveReplay(path);

    /// <inheritdoc/>
    public void LoadReplay(string path)
    {
        try
        {
            _algorithm.LoadReplay(path);
        }
        catch (ReplayException e)
        {
            throw CheckpointException.OfReplay(e);
        }
    }

    /// <inheritdoc/>
    public ExportedPolicy Export(RunRecord record) => new ActorExport(_device, _model, _parameters, _statistics).Export(record);

    /// <inheritdoc/>
    public void Dispose()
    {
        _algorithm.Dispose();
        _actor.Dispose();
        _rollout.Dispose();
        _statistics.Dispose();
        _parameters.Dispose();
        _environments.Dispose();
    }

    private void Stepped()
    {
        VectorStep step = _collector.Step;
        if (++_arrived < _rollout.Length) _algorithm.Arrive(_arrived, step);
        _episodes.Record(_rewards is null ? step.Rewards : _rewards.RawRewards, step.Terminated, step.Truncated);
    }
}
