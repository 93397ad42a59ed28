using System;
using Pipeline.Tests.Training.Engine;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Environments;
using Pipeline.Training.Networks;
using Pipeline.Training.Rollout;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>An algorithm that learns action values, at work on a small environment, with a view of its values.</summary>
internal sealed class QTrial : ReplayTrial
{
    public static readonly string[] Algorithms = ["dqn", "c51", "rainbow", "qr-dqn", "iqn"];

    public QTrial(IVectorEnvironment environments, QLearningOptions options, ulong seed = 0)
        : base(environments, options, seed)
    {
    }

    public QTrial(Func<IEnvironment> create, QLearningOptions options, int? limit = null, ulong seed = 0)
        : base(create, options, limit, seed)
    {
    }

    public IPolicyNetwork Policy => Trainer.Algorithm.Policy;

    /// <summary>Settings that solve a probe within a second.</summary>
    public static QLearningOptions Quick(string algorithm)
    {
        QLearningOptions options = algorithm switch
        {
            "dqn" => new DqnOptions(),
            "c51" => new C51Options { VMin = -2, VMax = 12, Atoms = 57 },
            "rainbow" => RainbowPresets.For("") with { VMin = -2, VMax = 12, Atoms = 57 },
            "qr-dqn" => new QrDqnOptions { Quantiles = 5 },
            _ => new IqnOptions { Fractions = 4, TargetFractions = 4, PolicyFractions = 4 },
        };
        return options with
        {
            TotalSteps = 4000,
            EnvironmentCount = 4,
            BufferSize = 4000,
            BatchSize = 32,
            LearningStarts = 200,
            TrainEvery = 4,
            GradientSteps = 2,
            LearningRate = 5e-3,
            Gamma = 0.9,
            TargetUpdateEvery = 40,
            HiddenSizes = [16],
            AdamEpsilon = 1e-8,
        };
    }

    /// <summary>Q of every action for each observation, row-major; masks are left out.</summary>
    public float[] Values(params float[] rows)
    {
        int count = rows.Length / Policy.ObservationSpace.Size;
        using var observations = new TensorBuffer(ElementType.Float32, count, Policy.ObservationSpace.Size);
        using var noise = new TensorBuffer(ElementType.Float32, count, Policy.ActionSpace.MaskSize);
        using var values = new TensorBuffer(ElementType.Float32, count, Policy.ActionSpace.MaskSize);
        using var statistics = new ObservationStatistics(Policy.ObservationSpace.Size);
        rows.CopyTo(observations.Floats);
        var graph = new Graph();
        var scope = new ParameterScope(graph);
        var build = new FunctionBuilder(graph);
        Tensor encoded = Policy.Encoder.Encode(build.Add("observation", observations));
        build.Output("values", Policy.Act(scope, new PolicyInputs(encoded, null, graph.Input("noise", [count, noise.Count / count]))).Outputs[0].Tensor, values);
        build.AddStatistics(Policy.Encoder, statistics);
        build.AddParameters(scope, Trainer.Algorithm.PolicyParameters);
        build.RunOnce();
        return values.Floats.ToArray();
    }
}
