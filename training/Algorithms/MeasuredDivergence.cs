using System;
using Pipeline.Training.Distributions;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>How far a policy has moved from what it was when the rollout was evaluated: the mean of KL(π_old ‖ π) over its observations, in nats.</summary>
internal sealed class MeasuredDivergence : IDisposable
{
    private readonly TensorBuffer _divergence = new(ElementType.Float32);
    private readonly CompiledFunction _function;
    private readonly BoundCall _call;

    /// <summary>Compiles the measurement.</summary>
    /// <param name="context">Networks and memory.</param>
    /// <param name="evaluation">Where the old policy's outputs are.</param>
    public MeasuredDivergence(OnPolicyContext context, RolloutEvaluation evaluation)
    {
        (ActorCritic model, RolloutBuffer rollout) = (context.Model, context.Rollout);
        var graph = new Graph();
        var scope = new ParameterScope(graph);
        var build = new FunctionBuilder(graph);
        Tensor? mask = rollout.Masks is null ? null : build.Add("action_mask", rollout.Masks);
        IDistribution policy = model.Distribution(scope, model.PolicyOutputs(scope, model.Encoder.Encode(build.Add("observation", rollout.Observations))), mask);
        IDistribution old = build.AddOldPolicy(model.Head, evaluation.Outputs!, evaluation.LogDeviation, mask);
        build.Output("divergence", Op.Mean(policy.DivergenceFrom(old)), _divergence);
        build.AddStatistics(model.Encoder, context.Statistics);
        build.AddParameters(scope, context.Parameters);
        (_function, _call) = build.Compile(context.Device, "divergence");
    }

    public double Run()
    {
        _call.Run();
        return _divergence.Floats[0];
    }

    public void Dispose()
    {
        _call.Dispose();
        _function.Dispose();
        _divergence.Dispose();
    }
}
