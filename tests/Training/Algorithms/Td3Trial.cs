using System;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Tests.Training.Engine;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Environments;
using Pipeline.Training.Networks;
using Pipeline.Training.Rollout;

namespace Pipeline.Tests.Training.Algorithms;

/// <summary>TD3 or DDPG at work on an environment, with a view of what its critics say.</summary>
internal sealed class Td3Trial : ReplayTrial
{
    public Td3Trial(IVectorEnvironment environments, Td3Options options, ulong seed = 0)
        : base(environments, options, seed)
    {
    }

    public Td3Trial(Func<IEnvironment> create, Td3Options options, int? limit = null, ulong seed = 0)
        : base(create, options, limit, seed)
    {
    }

    /// <summary>Settings that solve a probe within a second or two.</summary>
    public static Td3Options Quick { get; } = new()
    {
        TotalSteps = 4000, EnvironmentCount = 4, TrainEvery = 8, GradientSteps = 4, BatchSize = 64, LearningStarts = 200, LearningRate = 3e-3, Gamma = 0.9, HiddenSizes = [32],
        NoiseDeviation = 0.3, Tau = 0.05,
    };

    /// <summary>The same without the three parts of TD3.</summary>
    public static Td3Options QuickDdpg { get; } = Quick with { Critics = CriticCount.Single, TargetNoiseDeviation = 0, PolicyDelay = 1 };

    /// <summary>Q₁ of rows of observations and actions as they are learned, in [−1, 1].</summary>
    public float[] Values(float[] observations, float[] actions)
    {
        var algorithm = (Td3)Trainer.Algorithm;
        IPolicyNetwork policy = algorithm.Policy;
        int count = observations.Length / policy.ObservationSpace.Size;
        using var seen = new TensorBuffer(ElementType.Float32, count, policy.ObservationSpace.Size);
        using var taken = new TensorBuffer(ElementType.Float32, count, policy.ActionSpace.Size);
        using var values = new TensorBuffer(ElementType.Float32, count, 1);
        observations.CopyTo(seen.Floats);
        actions.CopyTo(taken.Floats);
        var graph = new Graph();
        var scope = new ParameterScope(graph);
        var build = new FunctionBuilder(graph);
        build.Output("value", algorithm.Networks.Value(scope, policy.Encoder.Encode(build.Add("observation", seen)), build.Add("action", taken)), values);
        build.AddParameters(scope, algorithm.CriticParameters);
        build.RunOnce();
        return values.Floats.ToArray();
    }

    /// <summary>Q₁ of observations of one number, at the action 0.</summary>
    public float[] Values(params float[] observations) => Values(observations, new float[observations.Length]);
}

/// <summary>An environment of two choices as one of a real number: 1 above 0, 0 elsewhere.</summary>
internal sealed class RealAction(IEnvironment inner) : IEnvironment
{
    public Space ObservationSpace => inner.ObservationSpace;

    public Space ActionSpace { get; } = new Box(-1, 1, 1);

    public void Reset(RandomGenerator random, Span<float> observation) => inner.Reset(random, observation);

    public StepResult Step(ReadOnlySpan<float> action, Span<float> observation) => inner.Step([action[0] > 0 ? 1 : 0], observation);
}
