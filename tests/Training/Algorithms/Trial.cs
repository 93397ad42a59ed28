using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Runtime;
using Pipeline.Tests.Training.Engine;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Environments;
using Pipeline.Training.Export;
using Pipeline.Training.Loop;
using Pipeline.Training.Loop.Metrics;
using Pipeline.Training.Networks;
using Pipeline.Training.Optimizers;
using Pipeline.Training.Rollout;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>An on-policy algorithm, which one its options say, at work on a small environment, with a view of what its networks say.</summary>
internal sealed class Trial : IDisposable
{
    private readonly AlgorithmDescriptor _algorithm;

    public Trial(IVectorEnvironment environments, OnPolicyOptions options, ulong seed = 0)
    {
        Assert.That(options.Validate(environments.ObservationSpace, environments.ActionSpace), Is.Empty);
        Options = options;
        _algorithm = AlgorithmRegistry.All.First(a => a.OptionsType == options.GetType());
        Trainer = (OnPolicyTrainer)_algorithm.Create(new TrainerContext(environments, options, seed, "cpu", _ => { }));
    }

    public Trial(Func<IEnvironment> create, OnPolicyOptions options, int? limit = null, ulong seed = 0)
        : this(new VectorEnvironment(create, options.EnvironmentCount, limit), options, seed)
    {
    }

    /// <summary>Settings that solve a probe within a second.</summary>
    public static PpoOptions Quick { get; } = new()
    {
        TotalSteps = 10_240, EnvironmentCount = 8, RolloutLength = 32, MinibatchSize = 64, UpdateEpochs = 8, LearningRate = Schedule.Linear(0.01),
        Gamma = 0.9, HiddenSizes = [16],
    };

    public OnPolicyOptions Options { get; }

    public OnPolicyTrainer Trainer { get; }

    public MetricSet Metrics { get; } = new();

    /// <summary>Everything that learning has changed.</summary>
    public float[] Learned => [.. Trainer.Algorithm.State.SelectMany(s => s.Value.Values.ToArray())];

    public Trial Train()
    {
        while (Trainer.Steps < Options.TotalSteps) Trainer.Iterate(Metrics);
        return this;
    }

    public Trial Iterate(int count = 1)
    {
        for (int i = 0; i < count; i++) Trainer.Iterate(Metrics);
        return this;
    }

    /// <summary>V of each observation, or Q of each choice.</summary>
    public float[] Values(params float[] rows) => Evaluate(rows).Values;

    /// <summary>V and the policy network's outputs for each observation, from a graph of their own.</summary>
    public (float[] Values, float[] Outputs) Evaluate(float[] rows)
    {
        ActorCritic model = Trainer.Model;
        int count = rows.Length / model.ObservationSpace.Size;
        using var observations = new TensorBuffer(ElementType.Float32, count, model.ObservationSpace.Size);
        using var outputs = new TensorBuffer(ElementType.Float32, count, model.Head.ParameterSize);
        rows.CopyTo(observations.Floats);
        var graph = new Graph();
        var scope = new ParameterScope(graph);
        var build = new FunctionBuilder(graph);
        Tensor encoded = model.Encoder.Encode(build.Add("observation", observations));
        Tensor value = model.Value(scope, encoded);
        using var values = new TensorBuffer(ElementType.Float32, count, value.Shape[1].Value);
        build.Output("value", value, values);
        build.Output("outputs", model.PolicyOutputs(scope, encoded), outputs);
        build.AddStatistics(model.Encoder, Trainer.Statistics);
        build.AddParameters(scope, Trainer.Parameters);
        build.RunOnce();
        return (values.Floats.ToArray(), outputs.Floats.ToArray());
    }

    public ActorExport Exporter() => new(ExecutionDevice.Cpu, Trainer.Model, Trainer.Parameters, Trainer.Statistics);

    public ExportedPolicy Export(ulong seed = 0) => Exporter().Export(new RunRecord(_algorithm.Name, "a probe", seed, Trainer.Steps, null));

    /// <summary>The exported policy, loaded as a host loads it.</summary>
    public Policy Load() => Policy.Load(Export().Model, "the exported policy");

    /// <summary>The deterministic action of one observation, through an exported policy.</summary>
    public static float[] Act(Policy policy, float[] observation, float[]? mask = null)
    {
        float[] action = new float[policy.ActionSpace.Size];
        policy.Act(observation, action, mask);
        return action;
    }

    public void Dispose() => Trainer.Dispose();
}
