using System;
using Pipeline.Contracts.Manifest;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;
using Pipeline.Training.Objectives;

namespace Pipeline.Training.Algorithms;

/// <summary>The values of all actions in a graph.</summary>
/// <param name="scope">The parameters in the graph.</param>
/// <param name="encoded">[B, encoded size]</param>
/// <param name="networkNoise">Noise of noisy layers; null for their mean weights.</param>
/// <returns>[B, A]</returns>
public delegate Tensor ActionValues(ParameterScope scope, Tensor encoded, Tensor? networkNoise);

/// <summary>
/// Takes the action of the largest value; explores ε-greedily or by Boltzmann's distribution. Both draw from one uniform number u for each action:
/// of A such numbers the largest is at a random action, and independently of which, its A-th power is uniform, so that a random action is
/// taken where that is below ε; and argmax(Q + T·Gumbel noise) has probabilities ∝ exp(Q/T).
/// </summary>
public sealed class QPolicy : IPolicyNetwork
{
    private readonly ActionValues _values;
    private readonly QExploration _exploration;
    private readonly double _finalExploration;

    /// <summary>Makes the policy.</summary>
    /// <param name="observationSpace">What is observed.</param>
    /// <param name="actionSpace">What is chosen.</param>
    /// <param name="masked">Whether an action mask is an input.</param>
    /// <param name="encoder">Turns observations into what the network reads.</param>
    /// <param name="values">The values of all actions.</param>
    /// <param name="networkNoiseSize">Number of random numbers that noisy layers take.</param>
    /// <param name="options">How actions are tried out.</param>
    public QPolicy(
        Space observationSpace, Space actionSpace, bool masked, ObservationEncoder encoder, ActionValues values, int networkNoiseSize, QLearningOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ObservationSpace = observationSpace;
        ActionSpace = actionSpace;
        Masked = masked;
        Encoder = encoder;
        Scaling = new ActionScaling(actionSpace);
        NetworkNoiseSize = networkNoiseSize;
        _values = values;
        _exploration = options.Exploration;
        _finalExploration = options.ExplorationFinal;
    }

    /// <inheritdoc/>
    public Space ObservationSpace { get; }

    /// <inheritdoc/>
    public Space ActionSpace { get; }

    /// <inheritdoc/>
    public bool Masked { get; }

    /// <inheritdoc/>
    public ObservationEncoder Encoder { get; }

    /// <inheritdoc/>
    public ActionScaling Scaling { get; }

    /// <inheritdoc/>
    public bool UsesExploration => true;

    /// <inheritdoc/>
    public int NetworkNoiseSize { get; }

    /// <inheritdoc/>
    public PolicyTensors Act(ParameterScope scope, PolicyInputs inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        Tensor values = _values(scope, inputs.Encoded, inputs.NetworkNoise);
        Tensor best = QTargets.Allowed(values, inputs.Mask);
        Tensor exploration = inputs.Exploration ?? values.Graph.Constant((float)_finalExploration);
        Tensor tried = _exploration == QExploration.EpsilonGreedy ? Greedy(best, inputs.Noise, inputs.Mask, exploration) : Boltzmann(best, inputs.Noise, exploration);
        return new PolicyTensors(Choice(best), Choice(tried), [new("q_values", TensorRole.Extra, values)], best, tried);
    }

    private static Tensor Greedy(Tensor best, Tensor noise, Tensor? mask, Tensor epsilon)
    {
        Tensor evenly = mask is null ? noise : QTargets.Allowed(noise, mask);
        Tensor largest = Op.Max(evenly, [1], keepDimensions: true);
        Tensor power = mask is null ? Op.Power(largest, noise.Shape[1].Value) : Op.Exp(Op.Log(largest) * Op.Sum(mask, [1], keepDimensions: true));
        return Op.Where(Op.Less(power, epsilon), evenly, best);
    }

    private static Tensor Boltzmann(Tensor best, Tensor noise, Tensor temperature) => best - (Op.Log(-Op.Log(noise)) * temperature);

    private static Tensor Choice(Tensor scores) => Op.Reshape(Op.Cast(Op.ArgMax(scores, 1), ElementType.Float32), [scores.Shape[0], 1]);
}
