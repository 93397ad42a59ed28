using System;
using System.Collections.Generic;
using Pipeline.Contracts.Manifest;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;

namespace Pipeline.Training.Algorithms;

/// <summary>A deterministic policy μ(s) = tanh of a network's outputs, in [−1, 1]; it explores by noise on its actions: clip(μ(s) + σ·x, ±1).</summary>
public sealed class Td3Policy : IPolicyNetwork
{
    private readonly Mlp _actor;
    private readonly double _deviation;

    /// <summary>Declares the network <c>actor</c>; it starts uniform in ±1/√inputs, PyTorch's default.</summary>
    /// <param name="observationSpace">What is observed.</param>
    /// <param name="actionSpace">What is chosen: real numbers with finite bounds.</param>
    /// <param name="options">Its layers and its noise.</param>
    public Td3Policy(Space observationSpace, Space actionSpace, Td3Options options)
    {
        ArgumentNullException.ThrowIfNull(actionSpace);
        ArgumentNullException.ThrowIfNull(options);
        ObservationSpace = observationSpace;
        ActionSpace = actionSpace;
        Encoder = new ObservationEncoder(observationSpace, options.NormalizeObservations);
        Scaling = new ActionScaling(actionSpace);
        _actor = Mlp.WithFanIn(Parameters, "actor", Encoder.Size, options.HiddenSizes, actionSpace.Size, options.Activation);
        _deviation = options.NoiseDeviation;
    }

    /// <inheritdoc/>
    public Space ObservationSpace { get; }

    /// <inheritdoc/>
    public Space ActionSpace { get; }

    /// <inheritdoc/>
    public bool Masked => false;

    /// <inheritdoc/>
    public ObservationEncoder Encoder { get; }

    /// <inheritdoc/>
    public ActionScaling Scaling { get; }

    /// <summary>The network's parameters.</summary>
    public ParameterSet Parameters { get; } = new();

    /// <summary>μ(s).</summary>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="encoded">[B, encoded size]</param>
    /// <returns>[B, A], in [−1, 1]</returns>
    public Tensor Action(ParameterScope scope, Tensor encoded) => Op.Tanh(_actor.Apply(scope, encoded));

    /// <inheritdoc/>
    public PolicyTensors Act(ParameterScope scope, PolicyInputs inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        Tensor action = Action(scope, inputs.Encoded);
        var outputs = new List<PolicyOutput> { new("mean", TensorRole.Mean, action) };
        if (_deviation > 0) outputs.Add(new(NativeProfile.LogStdName, TensorRole.LogStd, Op.ExpandLike(action.Graph.Constant((float)Math.Log(_deviation)), action)));
        return new PolicyTensors(action, Op.Clip(action + (inputs.Noise * _deviation), -1, 1), outputs);
    }
}
