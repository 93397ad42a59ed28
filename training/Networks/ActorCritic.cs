using System;
using System.Collections.Generic;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Distributions;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Training.Networks;

/// <summary>
/// A policy π(a|s) and a value function V(s) with networks of their own over the same encoded observation.
/// Real-valued actions with finite bounds are learned in [−1, 1] and rescaled to the bounds; the standard deviation is a parameter that
/// does not depend on the state.
/// </summary>
public sealed class ActorCritic
{
    private readonly Mlp _actor;
    private readonly Mlp _critic;
    private readonly Parameter? _logDeviation;
    private readonly Box? _bounds;

    /// <summary>Declares the networks <c>actor</c> and <c>critic</c>.</summary>
    /// <param name="observationSpace">What is observed.</param>
    /// <param name="actionSpace">What is chosen.</param>
    /// <param name="hiddenSizes">Width of each hidden layer, of both networks.</param>
    /// <param name="activation">The nonlinearity.</param>
    /// <param name="normalizeObservations">Whether observations are normalised inside the graph.</param>
    /// <param name="masked">Whether an action mask is an input.</param>
    /// <param name="initialLogDeviation">ln σ at the start, for real-valued actions.</param>
    public ActorCritic(
        Space observationSpace, Space actionSpace, IReadOnlyList<int> hiddenSizes, Activation activation,
        bool normalizeObservations, bool masked, double initialLogDeviation = 0)
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
        _critic = new Mlp(Parameters, "critic", Encoder.Size, hiddenSizes, 1, activation, outputGain: 1);
        _bounds = actionSpace is Box { IsBounded: true } box ? box : null;
    }

    /// <summary>What is observed.</summary>
    public Space ObservationSpace { get; }

    /// <summary>What is chosen.</summary>
    public Space ActionSpace { get; }

    /// <summary>Whether an action mask is an input.</summary>
    public bool Masked { get; }

    /// <summary>Whether actions are rescaled from [−1, 1] to finite bounds.</summary>
    public bool RescalesActions => _bounds is not null;

    /// <summary>Turns observations into what the networks read.</summary>
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

    /// <summary>V(s).</summary>
    /// <param name="scope">The parameters in the graph.</param>
    /// <param name="encoded">[B, encoded size]</param>
    /// <returns>[B, 1]</returns>
    public Tensor Value(ParameterScope scope, Tensor encoded) => _critic.Apply(scope, encoded);

    /// <summary>An action as the environment takes it: clipped to its bounds and rescaled where they are finite.</summary>
    /// <param name="action">[B, A], from the distribution.</param>
    /// <returns>[B, A]</returns>
    public Tensor ToEnvironment(Tensor action)
    {
        ArgumentNullException.ThrowIfNull(action);
        if (ActionSpace is not Box) return action;
        if (_bounds is null) return ClipToBounds(action);
        float[] centre = new float[_bounds.Size], half = new float[_bounds.Size];
        for (int i = 0; i < centre.Length; i++)
        {
            half[i] = (_bounds.High[i] - _bounds.Low[i]) / 2;
            centre[i] = _bounds.Low[i] + half[i];
        }

        Graph graph = action.Graph;
        return (Op.Clip(action, -1, 1) * graph.Constant(half, [half.Length])) + graph.Constant(centre, [centre.Length]);
    }

    // One side may be bounded while the other is not.
    private Tensor ClipToBounds(Tensor action)
    {
        var box = (Box)ActionSpace;
        Graph graph = action.Graph;
        Shape row = [box.Size];
        return Op.Minimum(Op.Maximum(action, graph.Constant([.. box.Low], row)), graph.Constant([.. box.High], row));
    }
}
