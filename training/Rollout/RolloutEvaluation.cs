using System;
using Pipeline.Training.Distributions;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Networks;

namespace Pipeline.Training.Rollout;

/// <summary>
/// Fills in what the networks say of a collected rollout: V(s), ln π(a|s), where asked for the policy's outputs, and V(s′), which is V of the next row except
/// at the rollout's end and where an episode was truncated: there it is V of the observation the step really led to. Networks that remember have said
/// all but V(s′) while collecting, where their state was at hand; where others have collected, they go through the sequences again.
/// </summary>
public sealed class RolloutEvaluation : IDisposable
{
    private readonly FunctionParts? _function;
    private readonly StateVector _parameters;
    private readonly Bootstrap _bootstrap;
    private readonly bool _ownsOutputs;

    /// <summary>Compiles the evaluation.</summary>
    /// <param name="device">Where it runs.</param>
    /// <param name="model">The networks.</param>
    /// <param name="parameters">Their parameters.</param>
    /// <param name="statistics">What observations are normalised by.</param>
    /// <param name="rollout">The buffer that every rollout will be in.</param>
    /// <param name="keepsDistribution">Whether <see cref="Outputs"/> and <see cref="LogDeviation"/> are filled in.</param>
    /// <param name="unrolls">Whether networks that remember go through the sequences again, since they are not those that collected.</param>
    public RolloutEvaluation(
        ExecutionDevice device, ActorCritic model, StateVector parameters, ObservationStatistics statistics, RolloutBuffer rollout, bool keepsDistribution,
        bool unrolls = false)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(rollout);
        _parameters = parameters;
        _ownsOutputs = rollout.Memory is null;
        if (keepsDistribution) Outputs = rollout.Memory?.Outputs ?? new TensorBuffer(ElementType.Float32, rollout.Rows, model.Head.ParameterSize);
        if (keepsDistribution && !model.Head.IsDiscrete) LogDeviation = new TensorBuffer(ElementType.Float32, model.Head.RealSize);
        if (model.Memory is null || unrolls) _function = Compile(device, model, parameters, statistics, rollout);
        _bootstrap = new Bootstrap(device, model.Encoder, parameters, statistics, rollout, (scope, _, critic) => model.Value(scope, critic), model.Memory);
    }

    /// <summary>The policy network's outputs, [T·N, P]; null where they are not kept.</summary>
    public TensorBuffer? Outputs { get; }

    /// <summary>ln σ, [R], of the real numbers of actions; null where there are none and where it is not kept.</summary>
    public TensorBuffer? LogDeviation { get; }

    /// <summary>Fills in a rollout.</summary>
    /// <param name="rollout">The buffer given to the constructor, newly collected.</param>
    public void Run(RolloutBuffer rollout)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        _function?.Run();
        if (_function is null && LogDeviation is not null) _parameters["actor.log_std"].CopyTo(LogDeviation.Floats);
        _bootstrap.Run(rollout);
    }

    /// <summary>Releases sessions and memory.</summary>
    public void Dispose()
    {
        _function?.Dispose();
        _bootstrap.Dispose();
        if (_ownsOutputs) Outputs?.Dispose();
        LogDeviation?.Dispose();
    }

    private FunctionParts Compile(
        ExecutionDevice device, ActorCritic model, StateVector parameters, ObservationStatistics statistics, RolloutBuffer rollout)
    {
        var graph = new Graph();
        var scope = new ParameterScope(graph);
        var build = new FunctionBuilder(graph);
        Tensor encoded = model.Encoder.Encode(build.Add("observation", rollout.Observations));
        Tensor? mask = rollout.Masks is null ? null : build.Add("action_mask", rollout.Masks);
        Tensor action = build.Add("action", rollout.Actions);
        (Tensor actor, Tensor critic) = model.Features(scope, encoded, rollout.Memory?.Declare(build));
        Tensor outputs = model.PolicyOutputs(scope, actor);
        IDistribution policy = model.Distribution(scope, outputs, mask);
        build.Output("log_probability", policy.LogProbability(action), rollout.LogProbabilities);
        build.Output("value", model.Value(scope, critic), rollout.Values);
        if (Outputs is not null) build.Output("outputs", outputs, Outputs);
        if (LogDeviation is not null) build.Output("log_std", model.LogDeviation(scope)!, LogDeviation);
        build.AddStatistics(model.Encoder, statistics);
        build.AddParameters(scope, parameters);
        return build.CompileParts(device, "evaluation");
    }
}
