using System;
using Pipeline.Training.Distributions;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Networks;

namespace Pipeline.Training.Rollout;

/// <summary>
/// Fills in what the networks say of a collected rollout: V(s), ln π(a|s), where asked for the policy's outputs, and V(s′), which is V of the next row except
/// at the rollout's end and where an episode was truncated: there it is V of the observation the step really led to. Networks that remember have said
/// all but the last on the way, where their state was at hand.
/// </summary>
public sealed class RolloutEvaluation : IDisposable
{
    private readonly CompiledFunction? _function;
    private readonly BoundCall? _call;
    private readonly StateVector _parameters;
    private readonly CompiledFunction _bootstrap;
    private readonly BoundCall _bootstrapCall;
    private readonly TensorBuffer _bootstrapObservations;
    private readonly TensorBuffer _bootstrapValues;
    private readonly TensorBuffer? _bootstrapStates;
    private readonly TensorBuffer? _bootstrapPrevious;

    /// <summary>Compiles the evaluation.</summary>
    /// <param name="device">Where it runs.</param>
    /// <param name="model">The networks.</param>
    /// <param name="parameters">Their parameters.</param>
    /// <param name="statistics">What observations are normalised by.</param>
    /// <param name="rollout">The buffer that every rollout will be in.</param>
    /// <param name="keepsDistribution">Whether <see cref="Outputs"/> and <see cref="LogDeviation"/> are filled in.</param>
    public RolloutEvaluation(
        ExecutionDevice device, ActorCritic model, StateVector parameters, ObservationStatistics statistics, RolloutBuffer rollout, bool keepsDistribution)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(rollout);
        _parameters = parameters;
        if (keepsDistribution) Outputs = rollout.Memory?.Outputs ?? new TensorBuffer(ElementType.Float32, rollout.Rows, model.Head.ParameterSize);
        if (keepsDistribution && !model.Head.IsDiscrete) LogDeviation = new TensorBuffer(ElementType.Float32, model.ActionSpace.Size);
        if (model.Memory is null) (_function, _call) = Evaluate(device, model, parameters, statistics, rollout);

        _bootstrapObservations = new TensorBuffer(ElementType.Float32, rollout.EnvironmentCount, model.ObservationSpace.Size);
        _bootstrapValues = new TensorBuffer(ElementType.Float32, rollout.EnvironmentCount, 1);
        var graph = new Graph();
        var scope = new ParameterScope(graph);
        var build = new FunctionBuilder(graph);
        Tensor features = model.Encoder.Encode(build.Add("observation", _bootstrapObservations));
        if (model.Memory is PolicyMemory memory)
        {
            _bootstrapStates = new TensorBuffer(ElementType.Float32, rollout.EnvironmentCount, memory.StateSize);
            _bootstrapPrevious = memory.PreviousSize > 0 ? new TensorBuffer(ElementType.Float32, rollout.EnvironmentCount, memory.PreviousSize) : null;
            MemoryInputs inputs = memory.Inputs(build.Add("memory", _bootstrapStates), _bootstrapPrevious is null ? null : build.Add("previous", _bootstrapPrevious));
            features = memory.Step(scope, features, inputs).Critic![0];
        }

        build.Output("value", model.Value(scope, features), _bootstrapValues);
        build.AddStatistics(model.Encoder, statistics);
        build.AddParameters(scope, parameters);
        (_bootstrap, _bootstrapCall) = build.Compile(device, "bootstrap");
    }

    /// <summary>The policy network's outputs, [T·N, P]; null where they are not kept.</summary>
    public TensorBuffer? Outputs { get; }

    /// <summary>ln σ, [A], of real-valued actions; null for choices and where it is not kept.</summary>
    public TensorBuffer? LogDeviation { get; }

    /// <summary>Fills in a rollout.</summary>
    /// <param name="rollout">The buffer given to the constructor, newly collected.</param>
    public void Run(RolloutBuffer rollout)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        _call?.Run();
        if (_call is null && LogDeviation is not null) _parameters["actor.log_std"].CopyTo(LogDeviation.Floats);
        int n = rollout.EnvironmentCount;
        rollout.Values.Floats[n..].CopyTo(rollout.NextValues);
        Bootstrap(rollout.LastObservations, rollout.Memory?.Last, 0, n);
        _bootstrapValues.Floats.CopyTo(rollout.NextValues.AsSpan(rollout.Rows - n));
        for (int first = 0; first < rollout.TruncatedCount; first += n)
        {
            int count = Math.Min(n, rollout.TruncatedCount - first);
            Bootstrap(rollout.FinalObservations, rollout.Memory?.Final, first, count);
            for (int i = 0; i < count; i++) rollout.NextValues[rollout.TruncatedRows[first + i]] = _bootstrapValues.Floats[i];
        }
    }

    /// <summary>Releases sessions and memory.</summary>
    public void Dispose()
    {
        _call?.Dispose();
        _function?.Dispose();
        _bootstrapCall.Dispose();
        _bootstrap.Dispose();
        _bootstrapObservations.Dispose();
        _bootstrapValues.Dispose();
        _bootstrapStates?.Dispose();
        _bootstrapPrevious?.Dispose();
        if (_call is not null) Outputs?.Dispose();
        LogDeviation?.Dispose();
    }

    private (CompiledFunction Function, BoundCall Call) Evaluate(
        ExecutionDevice device, ActorCritic model, StateVector parameters, ObservationStatistics statistics, RolloutBuffer rollout)
    {
        var graph = new Graph();
        var scope = new ParameterScope(graph);
        var build = new FunctionBuilder(graph);
        Tensor encoded = model.Encoder.Encode(build.Add("observation", rollout.Observations));
        Tensor? mask = rollout.Masks is null ? null : build.Add("action_mask", rollout.Masks);
        Tensor action = build.Add("action", rollout.Actions);
        Tensor outputs = model.PolicyOutputs(scope, encoded);
        IDistribution policy = model.Distribution(scope, outputs, mask);
        build.Output("log_probability", policy.LogProbability(action), rollout.LogProbabilities);
        build.Output("value", model.Value(scope, encoded), rollout.Values);
        if (Outputs is not null) build.Output("outputs", outputs, Outputs);
        if (LogDeviation is not null) build.Output("log_std", model.LogDeviation(scope)!, LogDeviation);
        build.AddStatistics(model.Encoder, statistics);
        build.AddParameters(scope, parameters);
        return build.Compile(device, "evaluation");
    }

    // V of some observations, with what was remembered at each.
    private void Bootstrap(float[] observations, RecurrentRows? memory, int first, int count)
    {
        static void Copy(float[]? rows, TensorBuffer? to, int first, int count)
        {
            if (rows is null || to is null) return;
            int size = (int)to.Dimensions[1];
            rows.AsSpan(first * size, count * size).CopyTo(to.Floats);
        }

        Copy(observations, _bootstrapObservations, first, count);
        Copy(memory?.States, _bootstrapStates, first, count);
        Copy(memory?.Previous, _bootstrapPrevious, first, count);
        _bootstrapCall.Run();
    }
}
