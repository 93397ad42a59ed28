using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.IO;
using Pipeline.Contracts;
using Pipeline.Contracts.Manifest;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Environments;
using Pipeline.Training.Export;
using Pipeline.Training.Loop;
using Pipeline.Training.Loop.Checkpoints;
using Pipeline.Training.Loop.Metrics;
using Pipeline.Training.Optimizers;

namespace Pipeline.Tests.Training.Loop;

public enum FakeMode
{
    PlainSum,
    MovingAverage,
}

/// <summary>Options of every type that the binder knows.</summary>
public sealed record FakeOptions : IAlgorithmOptions
{
    [Description("Environment steps.")]
    public long TotalSteps { get; init; } = 1000;

    public int EnvironmentCount { get; init; } = 2;

    public int RolloutLength { get; init; } = 5;

    public Schedule LearningRate { get; init; } = Schedule.Linear(0.5);

    public double Gamma { get; init; } = 0.99;

    public float ClipRange { get; init; } = 0.2f;

    public bool Normalize { get; init; }

    public string Label { get; init; } = "plain";

    public FakeMode Mode { get; init; } = FakeMode.PlainSum;

    public int[] HiddenSizes { get; init; } = [64, 64];

    public double? TargetKl { get; init; }

    [Description("The update at which the loss becomes NaN.")]
    public int? BreakAt { get; init; }

    public IEnumerable<string> Validate(Space observationSpace, Space actionSpace)
    {
        if (TotalSteps < 1) yield return $"total_steps is {TotalSteps}; at least 1 is allowed.";
        if (EnvironmentCount < 1) yield return $"environment_count is {EnvironmentCount}; at least 1 is allowed.";
        if (Gamma is < 0 or > 1) yield return $"gamma is {Gamma}; 0 to 1 is allowed.";
        if (actionSpace is not Discrete) yield return $"fake needs Discrete actions; the environment takes {actionSpace}.";
    }
}

/// <summary>Acts at random and folds what it sees into two numbers: everything about a trainer save the learning.</summary>
public sealed class FakeTrainer : ITrainer
{
    private readonly TrainerContext _context;
    private readonly FakeOptions _options;
    private readonly VectorStep _step;
    private readonly RandomGenerator _random;
    private readonly EpisodeStatistics _episodes;
    private readonly float[] _actions;
    private readonly float[] _parameters = new float[2];

    public FakeTrainer(TrainerContext context)
    {
        _context = context;
        _options = (FakeOptions)context.Options;
        _step = new VectorStep(context.Environments);
        _random = new RandomGenerator(context.Seed, 1000);
        _episodes = new EpisodeStatistics(context.Environments.Count);
        _actions = new float[context.Environments.Count * context.Environments.ActionSpace.Size];
        context.Environments.Reset(context.Seed, _step);
    }

    public static AlgorithmDescriptor Descriptor { get; } = new(
        "fake",
        "Acts at random.",
        typeof(FakeOptions),
        environment => environment == "CartPole-v1" ? new FakeOptions { Label = "tuned" } : new FakeOptions(),
        context => new FakeTrainer(context));

    public long Steps { get; private set; }

    public long Updates { get; private set; }

    public IReadOnlyList<float> Parameters => _parameters;

    public Action<FakeTrainer>? OnIterated { get; set; }

    public void Iterate(MetricSet metrics)
    {
        if (Updates + 1 == _options.BreakAt) throw new NonFiniteLossException($"The loss of update {Updates + 1} is NaN.");
        double rate = _options.LearningRate.At((double)Steps / _options.TotalSteps);
        for (int t = 0; t < _options.RolloutLength; t++)
        {
            for (int i = 0; i < _actions.Length; i++)
                _actions[i] = _random.NextInt32(2);
            _context.Environments.Step(_actions, _step);
            _episodes.Record(_step);
            _parameters[0] = (float)((_parameters[0] * (1 - rate)) + (rate * _step.Observations[0]));
            _parameters[1] += _step.Rewards[0];
        }

        Steps += _options.RolloutLength * (long)_context.Environments.Count;
        Updates++;
        _episodes.Publish(metrics);
        metrics.Set(MetricKeys.PolicyLoss, _parameters[0]);
        OnIterated?.Invoke(this);
    }

    public void Save(CheckpointWriter checkpoint)
    {
        ulong[] state = new ulong[RandomGenerator.StateSize];
        _random.SaveState(state);
        using var environments = new MemoryStream();
        using (var writer = new BinaryWriter(environments, System.Text.Encoding.UTF8, leaveOpen: true))
            _context.Environments.SaveState(writer);
        checkpoint.Add("parameters", _parameters, 2);
        checkpoint.Add("random", state);
        checkpoint.Add("counters", [(ulong)Steps, (ulong)Updates]);
        checkpoint.Add("environments", environments.ToArray());
        _episodes.Save(checkpoint);
    }

    public void Load(CheckpointReader checkpoint)
    {
        ulong[] state = new ulong[RandomGenerator.StateSize];
        ulong[] counters = new ulong[2];
        checkpoint.Read("parameters", _parameters);
        checkpoint.Read("random", state);
        checkpoint.Read("counters", counters);
        using var reader = new BinaryReader(new MemoryStream(checkpoint.ReadBytes("environments")));
        _context.Environments.LoadState(reader);
        _context.Environments.Observe(_step);
        _episodes.Load(checkpoint);
        _random.LoadState(state);
        Steps = (long)counters[0];
        Updates = (long)counters[1];
    }

    public ExportedPolicy Export(RunRecord record)
    {
        Space observations = _context.Environments.ObservationSpace, actions = _context.Environments.ActionSpace;
        var manifest = new PolicyManifest(observations, actions, NativeProfile.Observations(observations), [NativeProfile.Action(actions)])
        {
            Algorithm = record.Algorithm, Environment = record.Environment, Seed = record.Seed, Steps = record.Steps, Score = record.Score,
        };
        return new ExportedPolicy("a model\n"u8.ToArray(), manifest);
    }

    public void Dispose() => _context.Environments.Dispose();
}
