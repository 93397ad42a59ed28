using System;
using System.Globalization;
using Pipeline.Training.Environments;
using Pipeline.Training.Export;
using Pipeline.Training.Loop;
using Pipeline.Training.Loop.Metrics;

namespace Samples.TrainAndSwap;

/// <summary>Trains on the host's own environment, inside the host; used by one thread.</summary>
internal sealed class Trainer : IDisposable
{
    private const ulong Seed = 3;
    private readonly ResolvedRun _run;
    private readonly ITrainer _trainer;
    private readonly MetricSet _metrics = new();

    /// <param name="steps">Steps of the environment to train for.</param>
    public Trainer(long steps)
    {
        var environments = new EnvironmentRegistry();
        environments.Register(DroneEnvironment.Spec);
        var request = new RunRequest
        {
            Algorithm = "ppo",
            Environment = DroneEnvironment.Spec.Name,
            Seed = Seed,
            // One thread: the game needs the others.
            Threads = 1,
            Options =
            [
                new("total_steps", steps.ToString(CultureInfo.InvariantCulture)),
                new("rollout_length", "128"),
                new("minibatch_size", "256"),
                new("learning_rate", "lin_0.001"),
            ],
        };
        _run = ResolvedRun.From(request, AlgorithmRegistry.All, (name, _, count) => environments.MakeVector(name, count));
        _trainer = _run.CreateTrainer(Console.Error.WriteLine);
    }

    public long Steps => _trainer.Steps;

    public bool IsDone => Steps >= _run.Config.Options.TotalSteps;

    /// <summary>Plays a rollout and learns from it.</summary>
    public void Learn() => _trainer.Iterate(_metrics);

    /// <summary>The policy as it is now, checked against the training graph.</summary>
    public ExportedPolicy Export()
    {
        RunConfig config = _run.Config;
        return _trainer.Export(new RunRecord(config.Algorithm, config.Environment, config.Seed, Steps, _metrics.Get(MetricKeys.EpisodeReturn)));
    }

    public void Dispose()
    {
        _trainer.Dispose();
        _run.Dispose();
    }
}
