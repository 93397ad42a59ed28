using System;
using System.IO;
using System.Threading;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Export;
using Pipeline.Training.Files;
using Pipeline.Training.Loop.Checkpoints;
using Pipeline.Training.Loop.Metrics;

namespace Pipeline.Training.Loop;

/// <summary>How a run ended.</summary>
/// <param name="Finished">True where all steps were taken; false where it was stopped before and can be resumed.</param>
/// <param name="Steps">Environment steps taken, those of earlier processes included.</param>
/// <param name="Seconds">Wall seconds that this process trained for.</param>
/// <param name="EpisodeReturn">Mean return of the latest episodes; null where none has ended.</param>
/// <param name="BestScore">The best score of the policy in training; null where it was not scored.</param>
/// <param name="BestSteps">The environment steps after which that was found.</param>
public sealed record RunResult(bool Finished, long Steps, double Seconds, double? EpisodeReturn, double? BestScore = null, long BestSteps = 0);

/// <summary>
/// Drives a trainer through a run: iterations, metrics, checkpoints, export. When a row is logged depends on steps alone; when a checkpoint is
/// written never changes what is learned. So N steps, a stop and N more give the same parameters, bit for bit, as 2N in one go.
/// </summary>
public sealed class TrainingRun : IDisposable
{
    /// <summary>A checkpoint is also written when the last one is older than this, however few steps were taken.</summary>
    public static readonly TimeSpan LongestCheckpointGap = TimeSpan.FromMinutes(5);

    private readonly RunFolder _folder;
    private readonly RunConfig _config;
    private readonly ITrainer _trainer;
    private readonly RunMonitor _monitor;
    private readonly TimeProvider _time;
    private readonly CheckpointFolder _checkpoints;
    private readonly CsvMetrics _csv;
    private readonly BackgroundWriter _writer = new();
    private readonly MetricSet _metrics = new();
    private readonly PolicyScoring? _scoring;
    private readonly long _startTime;
    private readonly double _secondsBefore;
    private TensorBoardWriter? _events;
    private long _savedSteps = -1;
    private long _savedTime;
    private long _loggedSteps;
    private double _loggedSeconds;

    private TrainingRun(RunFolder folder, RunConfig config, ITrainer trainer, RunMonitor monitor, TimeProvider time, CsvMetrics csv, PolicyScoring? scoring)
    {
        _folder = folder;
        _config = config;
        _trainer = trainer;
        _monitor = monitor;
        _time = time;
        _csv = csv;
        _scoring = scoring;
        _checkpoints = new CheckpointFolder(folder.CheckpointsPath, config.KeepCheckpoints);
        long firstStep = trainer.Steps;
        _writer.Post(() => _events = new TensorBoardWriter(folder.Path, firstStep, time));
        _secondsBefore = csv.Seconds;
        _loggedSteps = trainer.Steps;
        _startTime = time.GetTimestamp();
        _savedTime = _startTime;
        monitor.Start(trainer.Steps, config.Options.TotalSteps);
    }

    /// <summary>Sets a new run up in a folder.</summary>
    /// <param name="folder">The folder, made for this run; stays the caller's.</param>
    /// <param name="config">What the run is.</param>
    /// <param name="trainer">A trainer that has taken no step; stays the caller's.</param>
    /// <param name="monitor">Where a display finds the latest figures.</param>
    /// <param name="time">What time it is.</param>
    /// <param name="scoring">Scores the policy as it is trained; null for not scoring it. Stays the caller's.</param>
    public static TrainingRun Start(RunFolder folder, RunConfig config, ITrainer trainer, RunMonitor monitor, TimeProvider time, PolicyScoring? scoring = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(trainer);
        ArgumentNullException.ThrowIfNull(monitor);
        ArgumentNullException.ThrowIfNull(time);
        // First of all files: a folder without it could not be resumed.
        AtomicFile.WriteText(folder.ConfigPath, config.ToJson());
        return new TrainingRun(folder, config, trainer, monitor, time, CsvMetrics.Create(folder.MetricsPath), scoring);
    }

    /// <summary>
    /// Goes on with a run from its latest whole checkpoint; from its start where there is none yet. Rows of metrics beyond that are dropped.
    /// </summary>
    /// <param name="folder">The run's folder; stays the caller's.</param>
    /// <param name="config">What the run is.</param>
    /// <param name="trainer">A trainer that has taken no step; stays the caller's.</param>
    /// <param name="monitor">Where a display finds the latest figures.</param>
    /// <param name="time">What time it is.</param>
    /// <param name="log">Receives messages for the person watching.</param>
    /// <param name="scoring">Scores the policy as it is trained; null for not scoring it. Stays the caller's.</param>
    /// <exception cref="CheckpointException">The checkpoint does not fit the run.</exception>
    public static TrainingRun Resume(
        RunFolder folder, RunConfig config, ITrainer trainer, RunMonitor monitor, TimeProvider time, Action<string> log, PolicyScoring? scoring = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(trainer);
        ArgumentNullException.ThrowIfNull(monitor);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(log);
        long? steps = LoadLatest(folder.Path, trainer, log, scoring);
        log(steps is null
            ? $"{folder.Path} has no whole checkpoint yet: the run starts again from its first step."
            : $"Resumed at step {steps}.");
        AtomicFile.WriteText(folder.ConfigPath, config.ToJson());
        return new TrainingRun(folder, config, trainer, monitor, time, CsvMetrics.Continue(folder.MetricsPath, trainer.Steps), scoring) { _savedSteps = steps ?? -1 };
    }

    /// <summary>Loads the latest whole checkpoint of a run folder into a trainer.</summary>
    /// <param name="folder">The run folder.</param>
    /// <param name="trainer">A trainer made from the run's config.json.</param>
    /// <param name="log">Receives a message for each damaged checkpoint that was passed over.</param>
    /// <param name="scoring">Receives the best score so far.</param>
    /// <returns>The checkpoint's steps; null where there is none.</returns>
    /// <exception cref="CheckpointException">The checkpoint does not fit the run.</exception>
    public static long? LoadLatest(string folder, ITrainer trainer, Action<string> log, PolicyScoring? scoring = null)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        if (RunFolder.CheckpointsIn(folder).OpenLatest(log) is not (CheckpointReader reader, SavedCheckpoint checkpoint)) return null;
        using (reader)
        {
            trainer.Load(reader);
            scoring?.Load(reader);
        }

        if (trainer.SavesReplay) trainer.LoadReplay(checkpoint.ReplayPath);
        return trainer.Steps == checkpoint.Steps
            ? trainer.Steps
            : throw new CheckpointException($"{checkpoint.Path} holds the state at step {trainer.Steps}, not {checkpoint.Steps} as its name says. Give it its right name back, or remove it to use an older one.");
    }

    /// <summary>
    /// Trains until all steps are taken or a stop is asked for; the iteration under way is always finished. Then saves a checkpoint,
    /// exports the policy and draws the learning curve.
    /// </summary>
    /// <param name="stop">Asks for the stop.</param>
    /// <param name="stopAt">Stops after the iteration that reaches these environment steps, as if asked to.</param>
    /// <exception cref="NonFiniteLossException">Training broke down; the last checkpoint is kept, and the message says what to do.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public RunResult Execute(CancellationToken stop, long stopAt = long.MaxValue)
    {
        long total = _config.Options.TotalSteps;
        while (_trainer.Steps < Math.Min(total, stopAt) && !stop.IsCancellationRequested)
            Iterate();
        if (_trainer.Steps >= total && _trainer.Steps > _loggedSteps) Log();
        Save();
        _writer.Flush();
        Curve curve = MetricTable.Read(_folder.MetricsPath).Curve(MetricKeys.EpisodeReturn);
        // A resumed run that was finished already has no figures of its own.
        double? score = _metrics.Get(MetricKeys.EpisodeReturn) ?? (curve.Values.Count > 0 ? curve.Values[^1] : null);
        PolicyFile.Write(_folder.PolicyPath, _trainer.Export(Record(score)));
        LearningCurve.Write(_folder.CurvePath, $"{_config.Algorithm} on {_config.Environment}, seed {_config.Seed}", "episode return", curve);
        return new RunResult(_trainer.Steps >= total, _trainer.Steps, Seconds, score, _scoring?.Best, _scoring?.BestSteps ?? 0);
    }

    /// <summary>Closes the run's files. The folder and the trainer stay the caller's.</summary>
    public void Dispose()
    {
        // What is being written is finished, whatever ended the run; a failure of it is told by Execute.
        _writer.Dispose();
        _csv.Dispose();
        _events?.Dispose();
    }

    private double Seconds => _time.GetElapsedTime(_startTime).TotalSeconds;

    private void Iterate()
    {
        long before = _trainer.Steps;
        try
        {
            _trainer.Iterate(_metrics);
        }
        catch (NonFiniteLossException e)
        {
            throw new NonFiniteLossException(Explain(e, before));
        }

        long steps = _trainer.Steps;
        if (_scoring is not null && Passed(before, steps, _scoring.Every)) Score(_scoring, steps);
        _monitor.Publish(steps, Seconds, _metrics);
        if (Passed(before, steps, _config.LogEvery)) Log();
        if (Passed(before, steps, _config.CheckpointEvery) || _time.GetElapsedTime(_savedTime) > LongestCheckpointGap) Save();
    }

    private void Score(PolicyScoring scoring, long steps)
    {
        ExportedPolicy policy = _trainer.Export(Record(_metrics.Get(MetricKeys.EpisodeReturn)));
        (double score, bool best) = scoring.Score(policy, steps);
        _metrics.Set(MetricKeys.EvaluationReturn, score);
        if (best) PolicyFile.Write(_folder.BestPath, policy);
    }

    private RunRecord Record(double? score) => new(_config.Algorithm, _config.Environment, _config.Seed, _trainer.Steps, score);

    private static bool Passed(long before, long after, long interval) => after / interval > before / interval;

    private void Log()
    {
        double seconds = Seconds;
        _metrics.Set(MetricKeys.StepsPerSecond, (_trainer.Steps - _loggedSteps) / Math.Max(seconds - _loggedSeconds, 1e-9));
        long steps = _trainer.Steps;
        MetricSet row = _metrics.Copy();
        _writer.Post(() =>
        {
            _csv.Write(steps, _secondsBefore + seconds, row);
            _events!.Write(steps, row);
        });
        _loggedSteps = _trainer.Steps;
        _loggedSeconds = seconds;
    }

    private void Save()
    {
        long steps = _trainer.Steps;
        if (steps == _savedSteps) return;
        var checkpoint = new CheckpointWriter();
        _trainer.Save(checkpoint);
        _scoring?.Save(checkpoint);
        // Before the checkpoint that needs it; its memory is not copied, so it is written here.
        if (_trainer.SavesReplay) _trainer.SaveReplay(_checkpoints.NewReplayPath(steps));
        // Rows before it are written first, so no checkpoint is ahead of the table.
        _writer.Post(
            () =>
            {
                _checkpoints.Save(checkpoint, steps);
                checkpoint.Release();
            },
            urgent: true);
        _savedSteps = steps;
        _savedTime = _time.GetTimestamp();
    }

    private string Explain(NonFiniteLossException e, long steps)
    {
        _writer.Flush();
        string kept = _savedSteps < 0
            ? "No checkpoint had been written yet."
            : $"The checkpoint of step {_savedSteps} in {_folder.CheckpointsPath} is kept; `export {_folder.Path}` makes a policy of it.";
        return $"Training stopped at step {steps}: {e.Message} {kept} Lower learning_rate or max_gradient_norm, or scale rewards and observations, and start again.";
    }
}
