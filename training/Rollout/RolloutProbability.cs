using System;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Networks;

namespace Pipeline.Training.Rollout;

/// <summary>Fills in ln π(a|s) of a collected rollout, by the policy that collected it.</summary>
public sealed class RolloutProbability : IDisposable
{
    private readonly CompiledFunction _function;
    private readonly BoundCall _call;

    /// <summary>Compiles the evaluation.</summary>
    /// <param name="device">Where it runs.</param>
    /// <param name="model">The networks.</param>
    /// <param name="parameters">Their parameters.</param>
    /// <param name="statistics">What observations are normalised by.</param>
    /// <param name="rollout">The buffer that every rollout will be in.</param>
    public RolloutProbability(ExecutionDevice device, ActorCritic model, StateVector parameters, ObservationStatistics statistics, RolloutBuffer rollout)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(rollout);
        var graph = new Graph();
        var scope = new ParameterScope(graph);
        var build = new FunctionBuilder(graph);
        Tensor encoded = model.Encoder.Encode(build.Add("observation", rollout.Observations));
        Tensor? mask = rollout.Masks is null ? null : build.Add("action_mask", rollout.Masks);
        Tensor action = build.Add("action", rollout.Actions);
        build.Output("log_probability", model.Distribution(scope, model.PolicyOutputs(scope, encoded), mask).LogProbability(action), rollout.LogProbabilities);
        build.AddStatistics(model.Encoder, statistics);
        build.AddParameters(scope, parameters);
        (_function, _call) = build.Compile(device, "probability");
    }

    /// <summary>Fills in the rollout.</summary>
    public void Run() => _call.Run();

    /// <summary>Releases the session.</summary>
    public void Dispose()
    {
        _call.Dispose();
        _function.Dispose();
    }
}
