using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
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
/// Lets the threads of <see cref="A3c"/> collect and learn, each at its own pace. They meet at the end of an iteration, where nothing is under way:
/// there a checkpoint holds everything, and a run resumed from it loses only the steps after it.
/// </summary>
public sealed class AsynchronousTrainer : ITrainer
{
    // Steps between two meetings: few enough for the log, so many that the wait for the last of them costs little.
    private const long MeetEvery = 4096;

    private readonly A3cOptions _options;
    private readonly ExecutionDevice _device;
    private readonly ActorCritic _model;
    private readonly StateVector _parameters;
    private readonly ObservationStatistics _statistics;
    private readonly A3c _algorithm;
    private readonly IReadOnlyList<ActorWorker> _workers;
    private readonly A3c.Learner[] _learners;
    private readonly EpisodeStatistics _episodes;
    private readonly WorkerThreads _threads;
    private long _claimed;

    /// <summary>Sets a run up: environments reset, parameters initialised, graphs compiled.</summary>
    /// <param name="context">Environments, options, seed and device.</param>
    public AsynchronousTrainer(TrainerContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        _options = (A3cOptions)context.Options;
        if (context.Device != "cpu") context.Log("a3c runs on the CPU: its threads change one copy of the parameters in host memory.");
        _device = ExecutionDevice.Cpu;
        IVectorEnvironment environments = context.Environments;
        _model = OnPolicyTrainer.MakeModel(environments, _options);
        _parameters = _model.Parameters.Start("parameters", new RandomGenerator(context.Seed, RandomStreams.Parameters));
        _statistics = new ObservationStatistics(_model.ObservationSpace.Size);
        _workers = ActorWorker.Make(context, _device, _model, _options.Actors);
        _algorithm = new A3c(_parameters, _options);
        _learners = [.. _workers.Select(w => _algorithm.AddLearner(w.Context))];
        _threads = new WorkerThreads(_options.Actors);
        _episodes = new EpisodeStatistics(_options.Actors * environments.Count);
        if (!_model.Encoder.Normalizes) return;
        foreach (ActorWorker worker in _workers) _statistics.Update(worker.Step.Observations);
    }

    /// <inheritdoc/>
    public long Steps { get; private set; }

    /// <inheritdoc/>
    public long Updates => _algorithm.Updates;

    internal StateVector Parameters => _parameters;

    private int Rows => _workers[0].Context.Rollout.Rows;

    /// <inheritdoc/>
    public void Iterate(MetricSet metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        long wanted = Math.Clamp(_options.TotalSteps - Steps, 1, MeetEvery);
        long end = Steps + ((wanted + Rows - 1) / Rows * Rows);
        _claimed = Steps;
        _threads.Run((index, stop) =>
        {
            // Each takes the next steps that nobody has taken: the number of steps is exact, whoever makes them.
            for (long mine; !stop.IsCancellationRequested && (mine = Interlocked.Add(ref _claimed, Rows)) <= end;)
                Turn(_workers[index], _learners[index], (double)(mine - Rows) / _options.TotalSteps);
        });
        Steps = end;
        Report(metrics);
        _episodes.Publish(metrics);
    }

    /// <inheritdoc/>
    public void Save(CheckpointWriter checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        checkpoint.Add(_algorithm.State, Steps, _algorithm.Counters);
        checkpoint.Add("statistics", _statistics.SaveState);
        foreach (ActorWorker worker in _workers) worker.Save(checkpoint);
        _episodes.Save(checkpoint);
    }

    /// <inheritdoc/>
    public void Load(CheckpointReader checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        double[] counters = _algorithm.Counters;
        long steps = checkpoint.Read(_algorithm.State, counters);
        _algorithm.Counters = counters;
        checkpoint.Read("statistics", _statistics.LoadState);
        foreach (ActorWorker worker in _workers) worker.Load(checkpoint);
        _episodes.Load(checkpoint);
        if (_workers[0].RestartsOnLoad) _episodes.BeginEpisodes();
        Steps = steps;
    }

    /// <inheritdoc/>
    public ExportedPolicy Export(RunRecord record) => new ActorExport(_device, _model, _parameters, _statistics).Export(record);

    /// <inheritdoc/>
    public void Dispose()
    {
        _threads.Dispose();
        _algorithm.Dispose();
        foreach (ActorWorker worker in _workers) worker.Dispose();
        _statistics.Dispose();
        _parameters.Dispose();
    }

    private void Turn(ActorWorker worker, A3c.Learner learner, double progress)
    {
        learner.Synchronize();
        if (_model.Encoder.Normalizes)
        {
            lock (_statistics) worker.Context.Statistics.Follow(_statistics);
        }

        worker.Collect(_episodes);
        learner.Update(progress);
        if (_model.Encoder.Normalizes)
        {
            lock (_statistics) _statistics.Update(worker.Context.Rollout.Observations.Floats);
        }
    }

    // The mean over the threads of what each of them saw last.
    private void Report(MetricSet metrics)
    {
        var sums = new Dictionary<string, (double Sum, int Count)>();
        foreach (A3c.Learner learner in _learners)
        {
            learner.Report((key, figure) =>
            {
                (double sum, int count) = sums.GetValueOrDefault(key);
                sums[key] = (sum + figure, count + 1);
            });
        }

        foreach ((string key, (double sum, int count)) in sums) metrics.Set(key, sum / count);
    }
}
