using System;
using System.Collections.Generic;
using Pipeline.Contracts.Manifest;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Distributions;
using Pipeline.Training.Engine.Graphs;

namespace Pipeline.Training.Networks;

/// <summary>
/// A policy π(a|s) and a value function V(s) with networks of their own over the same encoded observation.
/// The standard deviation of real-valued actions is a parameter that does not depend on the state.
/// </summary>
public sealed class ActorCritic : IPolicyNetwork
{
    private readonly Mlp _actor;
    private readonly Mlp _critic;
    private readonly Parameter? _logDeviation;

    /// <summary>Declares the networks <c>actor</c> and <c>critic</c>.</summary>
    /// <param name="observationSpace">What is observed.</param>
    /// <param name="actionSpace">What is chosen.</param>
    /// <param name="hiddenSizes">Width of each hidden layer, of both networks.</param>
    /// <param name="activation">The nonlinearity.</param>
    /// <param name="normalizeObservations">Whether observations are normalised inside the graph.</param>
    /// <param name="masked">Whether an action mask is an input.</param>
    /// <param name="initialLogDeviation">ln σ at the start, for real-valued actions.</param>
    /// <param name="valueCount">K, numbers that the critic says of an observation: 1 for V(s), as many as there are choices for Q(s, ·).</param>
    public ActorCritic(
        Space observationSpace, Space actionSpace, IReadOnlyList<int> hiddenSizes, Activation activation,
        bool normalizeObservations, bool masked, double initialLogDeviation = 0, int valueCount = 1)
    {
        ArgumentNullException.ThrowIfNull(observationSpace);
        ArgumentNullException.ThrowIfNull(actionSpace);
        ObservationSpace = observationSpace;
        ActionSpace = actionSpace;
        Masked = masked;
        Encoder = new ObservationEncoder(observationSpace, normalizeObservations);
        Head = ActionHead.For(actionSpace);
        _actor = new Mlp(Parameters, "actor", Encoder.Size, hiddenSizes, Head.ParameterSize, activation, outputGain: 0.01);
        if (!Head.IsDiscrete) _logDeviation = Parameters.Add("actor.log_std", [actionSpace.Size], Initializers.Constant(initialLogDeviation));
        _critic = new Mlp(Parameters, "critic", Encoder.Size, hiddenSizes, valueCount, activation, outputGain: 1);
        Scaling = new ActionScaling(actionSpace);
    }

    /// <inheritdoc/>
    public Space ObservationSpace { get; }

    /// <inheritdoc/>
    public Space ActionSpace { get; }

    /// <inheritdoc/>
    public bool Masked { get; }

    /// <inheritdoc/>
    public ActionScaling Scaling { get; }

    /// <inheritdoc/>
    public ObservationEncoder Encoder { get; }

    /// <summary>Turns the actor's outputs into a distribution.</summary>
    public ActionHead Head { get; }

    /// <summary>All parameters.</summary>
    public ParameterSet Parameters { get; } = new();

    /// <summary>The policy network's outputs.</summary>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="encoded">[B, encoded size]</param>
    /// <returns>[B, P]</returns>
    public Tensor PolicyOutputs(ParameterScope scope, Tensor encoded) => _actor.Apply(scope, encoded);

    /// <summary>The distribution that the policy network's outputs make.</summary>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="outputs">[B, P]</param>
    /// <param name="mask">[B, mask size], or null.</param>
    public IDistribution Distribution(ParameterScope scope, Tensor outputs, Tensor? mask) => Head.Distribution(outputs, LogDeviation(scope), mask);

    /// <summary>ln σ, [A], of real-valued actions; null for choices.</summary>
    /// <param name="scope">The parameters in the graph.</param>
    public Tensor? LogDeviation(ParameterScope scope)
    {
        ArgumentNullException.ThrowIfNull(scope);
        return _logDeviation is null ? null : scope[_logDeviation];
    }

    /// <summary>V(s), or Q(s, ·).</summary>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="encoded">[B, encoded size]</param>
    /// <returns>[B, K]</returns>
    public Tensor Value(ParameterScope scope, Tensor encoded) => _critic.Apply(scope, encoded);

    /// <inheritdoc/>
    public PolicyTensors Act(ParameterScope scope, PolicyInputs inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        Tensor outputs = PolicyOutputs(scope, inputs.Encoded);
        IDistribution policy = Distribution(scope, outputs, inputs.Mask);
        (string name, TensorRole role) = Head.IsDiscrete ? ("logits", TensorRole.Logits) : ("mean", TensorRole.Mean);
        return new PolicyTensors(policy.Mode, policy.Sample(inputs.Noise), name, role, outputs, policy.ModeScores, policy.SampleScores(inputs.Noise));
    }
}
