using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Runtime;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Environments;
using Pipeline.Training.Export;
using Pipeline.Training.Loop;
using Pipeline.Training.Loop.Metrics;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>sac, sac-v1 or sql at work on an environment.</summary>
internal sealed class SoftTrial : IDisposable
{
    public SoftTrial(IVectorEnvironment environments, OffPolicyOptions options, ulong seed = 0)
    {
        Assert.That(options.Validate(environments.ObservationSpace, environments.ActionSpace), Is.Empty);
        Options = options;
        Trainer = new OffPolicyTrainer(new TrainerContext(environments, options, seed, "cpu", _ => { }), learning => options switch
        {
            SacOptions sac => Sac.Create(learning, sac),
            SacV1Options first => SacV1.Create(learning, first),
            _ => Sql.Create(learning, (SqlOptions)options),
        });
    }

    public SoftTrial(Func<IEnvironment> create, OffPolicyOptions options, int? limit = null, ulong seed = 0)
        : this(new VectorEnvironment(create, options.EnvironmentCount, limit), options, seed)
    {
    }

    /// <summary>Settings of sac that solve a probe within a second or two; the temperature is small enough not to count in a value.</summary>
    public static SacOptions Quick { get; } = new()
    {
        TotalSteps = 4000, EnvironmentCount = 4, TrainEvery = 8, GradientSteps = 4, BatchSize = 64, LearningStarts = 200, LearningRate = 3e-3, Gamma = 0.9, HiddenSizes = [32], Tau = 0.05,
        TemperatureRule = TemperatureRule.Fixed, Temperature = 0.005,
    };

    public OffPolicyOptions Options { get; }

    public OffPolicyTrainer Trainer { get; }

    public MetricSet Metrics { get; } = new();

    /// <summary>Everything that learning has changed.</summary>
    public float[] Learned => [.. Trainer.Algorithm.State.SelectMany(s => s.Value.Values.ToArray())];

    public SoftTrial Train(long? steps = null)
    {
        while (Trainer.Steps < (steps ?? Options.TotalSteps)) Trainer.Iterate(Metrics);
        return this;
    }

    /// <summary>The exported policy, loaded as a host loads it.</summary>
    public Policy Load() => Policy.Load(Trainer.Export(new RunRecord("sac", "a probe", 0, Trainer.Steps, null)).Model, "the exported policy");

    public void Dispose() => Trainer.Dispose();
}
