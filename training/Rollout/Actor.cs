using System;
using Pipeline.Contracts;
using Pipeline.Contracts.Manifest;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Networks;

namespace Pipeline.Training.Rollout;

/// <summary>The policy as it acts while experience is collected: N observations to N sampled actions in one native call.</summary>
public sealed class Actor : IDisposable
{
    private readonly ActorCritic _model;
    private readonly CompiledFunction _function;
    private readonly BoundCall _call;
    private readonly TensorBuffer _noise;

    /// <summary>Compiles the actor.</summary>
    /// <param name="device">Where it runs.</param>
    /// <param name="model">The networks.</param>
    /// <param name="parameters">Their parameters; what is current when acting is used.</param>
    /// <param name="statistics">What observations are normalised by.</param>
    /// <param name="environmentCount">N</param>
    public Actor(ExecutionDevice device, ActorCritic model, StateVector parameters, ObservationStatistics statistics, int environmentCount)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(statistics);
        _model = model;
        Observations = new TensorBuffer(ElementType.Float32, environmentCount, model.ObservationSpace.Size);
        Masks = model.Masked ? new TensorBuffer(ElementType.Float32, environmentCount, model.ActionSpace.MaskSize) : null;
        RawActions = new TensorBuffer(ElementType.Float32, environmentCount, model.ActionSpace.Size);
        Actions = model.ActionSpace is Contracts.Spaces.Box ? new TensorBuffer(ElementType.Float32, environmentCount, model.ActionSpace.Size) : RawActions;
        _noise = new TensorBuffer(ElementType.Float32, environmentCount, model.Head.NoiseSize);

        var graph = new Graph();
        var scope = new ParameterScope(graph);
        var build = new FunctionBuilder(graph);
        Tensor observations = build.Add("observation", Observations);
        Tensor? mask = Masks is null ? null : build.Add("action_mask", Masks);
        Tensor noise = build.Add("noise", _noise);
        build.AddStatistics(model.Encoder, statistics);
        Tensor sample = model.Distribution(scope, model.PolicyOutputs(scope, model.Encoder.Encode(observations)), mask).Sample(noise);
        build.AddParameters(scope, parameters);
        build.Output("raw_action", sample, RawActions);
        if (Actions != RawActions) build.Output("action", model.ToEnvironment(sample), Actions);
        (_function, _call) = build.Compile(device, "actor");
    }

    /// <summary>[N, observation size]: fill before acting.</summary>
    public TensorBuffer Observations { get; }

    /// <summary>[N, mask size]: fill before acting; null without masks.</summary>
    public TensorBuffer? Masks { get; }

    /// <summary>[N, A]: the sampled actions as the distribution has them.</summary>
    public TensorBuffer RawActions { get; }

    /// <summary>[N, A]: the same as the environment takes them.</summary>
    public TensorBuffer Actions { get; }

    /// <summary>Samples an action for each observation.</summary>
    /// <param name="random">Where the randomness comes from.</param>
    public void Act(RandomGenerator random)
    {
        ArgumentNullException.ThrowIfNull(random);
        if (_model.Head.NoiseKind == NoiseKind.Normal) random.FillGaussian(_noise.Floats);
        else random.FillOpenUniform(_noise.Floats);
        _call.Run();
    }

    /// <summary>Releases the session and the memory.</summary>
    public void Dispose()
    {
        _call.Dispose();
        _function.Dispose();
        Observations.Dispose();
        Masks?.Dispose();
        if (Actions != RawActions) Actions.Dispose();
        RawActions.Dispose();
        _noise.Dispose();
    }
}
