using System;
using System.Linq;
using Pipeline.Contracts;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Environments;
using Pipeline.Training.Export;
using Pipeline.Training.Loop.Checkpoints;
using Pipeline.Training.Loop.Metrics;
using Pipeline.Training.Networks;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Loop;

/// <summary>
/// Actors and the learner of <see cref="Impala"/>, on as many threads as there may be. Which parameters a trajectory is collected with and in which order
/// trajectories are learned from is fixed by the options, so threads change the speed and nothing else. They meet at the end of an iteration, where no
/// trajectory is under way. Actors and learner know each other by their <see cref="IActorLink"/> alone.
/// </summary>
public sealed class ImpalaTrainer : ITrainer
{
    // Steps between two meetings: few enough for the log, so many that the wait for the last update costs little.
    private const long MeetEvery = 8192;

    private readonly ImpalaOptions _options;
    private readonly ExecutionDevice _device;
    private readonly ActorCritic _model;
    private readonly StateVector _parameters;
    private readonly ObservationStatistics _statistics;
    private readonly RolloutBuffer _rollout;
    private readonly Impala _algorithm;
    private readonly ImpalaActor[] _actors;
    private readonly IActorLink _link;
    private readonly EpisodeStatistics _episodes;
    private readonly RandomGenerator _random;
    private readonly TurnPlan _plan;
    private readonly WorkerThreads _threads;

    /// <summary>Sets a run up: environments reset, parameters initialised, graphs compiled.</summary>
    /// <param name="context">Environments, options, seed and device.</param>
    /// <param name="link">How actors and learner exchange messages; null for within this process.</param>
    public ImpalaTrainer(TrainerContext context, IActorLink? link = null)
    {
        ArgumentNullException.ThrowIfNull(context);
        _options = (ImpalaOptions)context.Options;
        _threads = new WorkerThreads(context.Threads);
        _link = link ?? new LocalActorLink();
        _device = ExecutionDevice.Choose(context.Device, context.Log);
        IVectorEnvironment environments = context.Environments;
        int all = _options.Actors * environments.Count;
        _model = OnPolicyTrainer.MakeModel(environments, _options);
        _random = new RandomGenerator(context.Seed, RandomStreams.Parameters);
        _parameters = _model.Parameters.Start("parameters", _random);
        _statistics = new ObservationStatistics(_model.ObservationSpace.Size);
        _rollout = OnPolicyTrainer.MakeRollout(_model, _options, all);
        _algorithm = Impala.Create(new OnPolicyContext(_device, _model, _parameters, _statistics, _rollout, _random), _options);
        _actors = [.. ActorWorker.Make(context, _device, _model, _options.Actors).Select(w => new ImpalaActor(w, _link))];
        _episodes = new EpisodeStatistics(all);
        _plan = new TurnPlan(_options.Actors, _options.PolicyLag);
        foreach (ImpalaActor actor in _actors.Where(_ => _model.Encoder.Normalizes)) _statistics.Update(actor.Worker.Step.Observations);
        Publish();
    }

    /// <inheritdoc/>
    public long Steps => _plan.Learned * _rollout.Rows;

    /// <inheritdoc/>
    public long Updates => _algorithm.Updates;

    internal Impala Algorithm => _algorithm;

    /// <inheritdoc/>
    public void Iterate(MetricSet metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        long wanted = Math.Clamp(_options.TotalSteps - Steps, 1, MeetEvery);
        _plan.Begin((wanted + _rollout.Rows - 1) / _rollout.Rows);
        _threads.Run((_, stop) =>
        {
            while (_plan.Take(stop) is Turn turn)
            {
                if (turn.Actor is int actor) _actors[actor].Collect(turn.Index, turn.Version);
                else Learn(metrics);
                _plan.Finish(turn);
            }
        });
        _episodes.Publish(metrics);
    }

    /// <inheritdoc/>
    public void Save(CheckpointWriter checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        checkpoint.Add(_algorithm.State, _plan.Learned, _algorithm.Counters);
        checkpoint.Add("statistics", _statistics.SaveState);
        foreach (ImpalaActor actor in _actors) actor.Worker.Save(checkpoint);
        _episodes.Save(checkpoint);

        // What the next trajectories will be collected with.
        for (long version = _plan.Oldest; version <= _plan.Learned; version++) checkpoint.Add($"snapshot_{_plan.Learned - version}", _link.Snapshot(version).Write);
    }

    /// <inheritdoc/>
    public void Load(CheckpointReader checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        double[] counters = _algorithm.Counters;
        long learned = checkpoint.Read(_algorithm.State, counters);
        _algorithm.Counters = counters;
        checkpoint.Read("statistics", _statistics.LoadState);
        foreach (ImpalaActor actor in _actors) actor.Worker.Load(checkpoint);
        _episodes.Load(checkpoint);
        if (_actors[0].Worker.RestartsOnLoad) _episodes.BeginEpisodes();
        _plan.Restart(learned);
        for (long version = _plan.Oldest; version <= _plan.Learned; version++)
            checkpoint.Read($"snapshot_{_plan.Learned - version}", reader => _link.Publish(ParameterSnapshot.Read(reader), _plan.Oldest));
    }

    /// <inheritdoc/>
    public ExportedPolicy Export(RunRecord record) => new ActorExport(_device, _model, _parameters, _statistics).Export(record);

    /// <inheritdoc/>
    public void Dispose()
    {
        _threads.Dispose();
        _algorithm.Dispose();
        foreach (ImpalaActor actor in _actors) actor.Dispose();
        _rollout.Dispose();
        _statistics.Dispose();
        _parameters.Dispose();
    }

    // One update, from the next trajectory of every actor, in their order.
    private void Learn(MetricSet metrics)
    {
        double progress = (double)Steps / _options.TotalSteps;
        _rollout.Clear();
        int count = _rollout.EnvironmentCount / _actors.Length;
        for (int actor = 0; actor < _actors.Length; actor++)
        {
            Trajectory trajectory = _link.Receive(actor);
            trajectory.CopyTo(_rollout, actor * count, _algorithm.BehaviourLogProbabilities);
            for (int row = 0; row < trajectory.Rewards.Length; row += count)
            {
                _episodes.Record(
                    trajectory.RawRewards.AsSpan(row, count), trajectory.Terminated.AsSpan(row, count), trajectory.Truncated.AsSpan(row, count), actor * count);
            }
        }

        _algorithm.Update(_rollout, progress, _random, metrics.Set);
        if (_model.Encoder.Normalizes) _statistics.Update(_rollout.Observations.Floats);
        Publish();
    }

    private void Publish() => _link.Publish(
        new ParameterSnapshot(_algorithm.Updates, _parameters.Values.ToArray(), _statistics.Mean.Floats.ToArray(), _statistics.Scale.Floats.ToArray()),
        _algorithm.Updates - _options.PolicyLag);
}
