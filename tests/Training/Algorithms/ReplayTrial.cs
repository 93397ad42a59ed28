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

/// <summary>An algorithm that learns from replay, which one its options say, at work on a small environment.</summary>
internal class ReplayTrial : IDisposable
{
    private readonly OffPolicyOptions _options;

    public ReplayTrial(IVectorEnvironment environments, OffPolicyOptions options, ulong seed = 0)
    {
        Assert.That(options.Validate(environments.ObservationSpace, environments.ActionSpace), Is.Empty);
        _options = options;
        Trainer = new OffPolicyTrainer(new TrainerContext(environments, options, seed, "cpu", _ => { }), context => options switch
        {
            DqnOptions dqn => Dqn.Create(context, dqn),
            C51Options c51 => C51.Create(context, c51),
            QrDqnOptions qrDqn => QrDqn.Create(context, qrDqn),
            IqnOptions iqn => Iqn.Create(context, iqn),
            Td3Options td3 => Td3.Create(context, td3),
            SacOptions sac => Sac.Create(context, sac),
            SacV1Options first => SacV1.Create(context, first),
            _ => Sql.Create(context, (SqlOptions)options),
        });
    }

    public ReplayTrial(Func<IEnvironment> create, OffPolicyOptions options, int? limit = null, ulong seed = 0)
        : this(new VectorEnvironment(create, options.EnvironmentCount, limit), options, seed)
    {
    }

    public OffPolicyTrainer Trainer { get; }

    public MetricSet Metrics { get; } = new();

    /// <summary>Everything that learning has changed.</summary>
    public float[] Learned => [.. Trainer.Algorithm.State.SelectMany(s => s.Value.Values.ToArray())];

    /// <summary>The exported policy, loaded as a host loads it.</summary>
    public Policy Load() => Policy.Load(Trainer.Export(new RunRecord("an algorithm", "a probe", 0, Trainer.Steps, null)).Model, "the exported policy");

    public void Dispose() => Trainer.Dispose();

    internal void TrainTo(long? steps)
    {
        while (Trainer.Steps < (steps ?? _options.TotalSteps)) Trainer.Iterate(Metrics);
    }
}

/// <summary>Training a trial, whichever view of it there is.</summary>
internal static class ReplayTrialTraining
{
    public static TTrial Train<TTrial>(this TTrial trial, long? steps = null)
        where TTrial : ReplayTrial
    {
        trial.TrainTo(steps);
        return trial;
    }

    public static TTrial Iterate<TTrial>(this TTrial trial, int count)
        where TTrial : ReplayTrial
    {
        for (int i = 0; i < count; i++) trial.Trainer.Iterate(trial.Metrics);
        return trial;
    }
}
