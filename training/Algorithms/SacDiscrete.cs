using System.Collections.Generic;
using System.Linq;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;
using Pipeline.Training.Objectives;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// Soft actor-critic over choices (Christodoulou, arXiv:1910.07207): critics and policy have an output for each choice, and what <see cref="Sac"/>
/// estimates from sampled actions is summed over all of them. Departure from the paper: the target entropy's default, 0.3·ln n instead of 0.98·ln n,
/// which keeps the policy near random and the temperature rising.
/// </summary>
internal sealed class SacDiscrete : ISoftMethod
{
    private readonly QNetwork _first;
    private readonly QNetwork _second;
    private readonly SacDiscretePolicy _policy;
    private readonly SacTemperature _temperature;

    /// <summary>Declares the networks.</summary>
    /// <param name="context">What the algorithm is made from.</param>
    /// <param name="options">Its options, valid.</param>
    public SacDiscrete(LearningContext context, SacOptions options)
    {
        int inputs = new ObservationEncoder(context.ObservationSpace, options.NormalizeObservations).Size, actions = ((Discrete)context.ActionSpace).N;
        var layout = new QNetworkLayout { HiddenSizes = options.HiddenSizes, Activation = options.Activation, Convolutions = [.. options.Channels.Select(c => new ConvolutionLayer(c, 3, 1))] };
        _first = new QNetwork(Parameters, "critic.first", context.ObservationSpace, inputs, actions, layout);
        _second = new QNetwork(Parameters, "critic.second", context.ObservationSpace, inputs, actions, layout);
        Averaged = [.. Parameters.All];
        _policy = new SacDiscretePolicy(Parameters, context, options, layout);
        _temperature = new SacTemperature(Parameters, options, options.TargetEntropyOf(context.ActionSpace));
    }

    /// <inheritdoc/>
    public IPolicyNetwork Policy => _policy;

    /// <inheritdoc/>
    public ParameterSet Parameters { get; } = new();

    /// <inheritdoc/>
    public IReadOnlyList<Parameter> Averaged { get; }

    /// <inheritdoc/>
    public SoftLoss Loss(SoftBatch batch, FunctionBuilder build, UpdateNoise noise) => Loss(batch);

    /// <summary>
    /// L_Q = ½·Σᵢ mean (Qᵢ(s, a) − y)², y = r + d·Σ π(·|s′)·(min Q′(s′, ·) − α·ln π(·|s′)); L_π = −mean Σ π(·|s)·(min Q(s, ·) − α·ln π(·|s));
    /// L_α = −ln α·mean(Σ π·ln π + H̄).
    /// </summary>
    /// <param name="batch">The batch.</param>
    internal SoftLoss Loss(SoftBatch batch)
    {
        Tensor temperature = _temperature.Value(batch.Online);
        Tensor nextLogProbabilities = _policy.LogProbabilities(batch.Online, batch.NextEncoded, batch.NextMask);
        Tensor nextValues = QTargets.ClippedDouble(_first.Outputs(batch.Target, batch.NextEncoded), _second.Outputs(batch.Target, batch.NextEncoded));
        Tensor target = QTargets.Bootstrapped(batch.Reward, batch.Discount, QTargets.SoftValueOfChoices(nextValues, nextLogProbabilities, temperature));
        Tensor all = _first.Outputs(batch.Online, batch.Encoded), others = _second.Outputs(batch.Online, batch.Encoded);
        Tensor first = QLosses.Chosen(all, batch.Action), second = QLosses.Chosen(others, batch.Action);
        Tensor criticLoss = (ValueLosses.SquaredError(first, target) + ValueLosses.SquaredError(second, target)) * 0.5;

        // The policy's loss needs no gradient through the critics: only the probabilities are the policy's.
        Tensor values = Op.StopGradient(QTargets.ClippedDouble(all, others));
        Tensor logProbabilities = _policy.LogProbabilities(batch.Online, batch.Encoded, batch.Mask);
        Tensor policyLoss = -Op.Mean(QTargets.SoftValueOfChoices(values, logProbabilities, temperature));
        Tensor logProbability = Op.Sum(Op.Exp(logProbabilities) * logProbabilities, [1], keepDimensions: true);
        return _temperature.Complete(batch.Online, criticLoss, policyLoss, logProbability, first);
    }
}
