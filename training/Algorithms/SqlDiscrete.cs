using System.Collections.Generic;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Networks;
using Pipeline.Training.Objectives;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// Soft Q-learning over choices (Haarnoja et al., arXiv:1702.08165, eq. 3 to 5), where nothing need be sampled: V′ = α·ln Σ exp(Q′/α), and the policy is
/// softmax(Q/α), its deterministic action the best by Q. Departure from the paper: the target network is averaged instead of copied.
/// </summary>
internal sealed class SqlDiscrete : ISoftMethod
{
    private readonly SqlOptions _options;
    private readonly QNetwork _network;

    /// <summary>Declares the network.</summary>
    /// <param name="context">What the algorithm is made from.</param>
    /// <param name="options">Its options, valid.</param>
    public SqlDiscrete(LearningContext context, SqlOptions options)
    {
        _options = options;
        var encoder = new ObservationEncoder(context.ObservationSpace, options.NormalizeObservations);
        _network = new QNetwork(CriticParameters, "q", context.ObservationSpace, encoder.Size, ((Discrete)context.ActionSpace).N, new QNetworkLayout
        {
            HiddenSizes = options.HiddenSizes, Activation = options.Activation, Convolutions = ConvolutionalTorso.OfChannels(options.Channels),
        });
        Averaged = [.. CriticParameters.All];
        Policy = new QPolicy(
            context.ObservationSpace, context.ActionSpace, context.Masked, encoder, (scope, encoded, noise) => _network.Outputs(scope, encoded, noise), 0,
            new DqnOptions { Exploration = QExploration.Boltzmann, ExplorationFinal = options.Temperature });
    }

    /// <inheritdoc/>
    public IPolicyNetwork Policy { get; }

    /// <inheritdoc/>
    public ParameterSet CriticParameters { get; } = new();

    /// <inheritdoc/>
    public ParameterSet ActorParameters => CriticParameters;

    /// <inheritdoc/>
    public IReadOnlyList<Parameter> Averaged { get; }

    /// <inheritdoc/>
    public double Exploration => _options.Temperature;

    /// <inheritdoc/>
    public SoftLoss CriticLoss(SoftBatch batch, FunctionBuilder build, UpdateNoise noise) => Loss(batch);

    /// <inheritdoc/>
    public SoftLoss ActorLoss(SoftBatch batch, FunctionBuilder build, UpdateNoise noise) => new(batch.Actor.Graph.Constant(0));

    /// <summary>L_Q = ½·mean (Q(s, a) − (r + d·α·ln Σ exp(Q′(s′, ·)/α)))².</summary>
    /// <param name="batch">The batch.</param>
    internal SoftLoss Loss(SoftBatch batch)
    {
        Tensor temperature = batch.Critics.Graph.Constant((float)_options.Temperature);
        Tensor next = QTargets.SoftMaximum(_network.Outputs(batch.Target, batch.NextEncoded), temperature, batch.NextMask);
        Tensor value = QLosses.Chosen(_network.Outputs(batch.Critics, batch.Encoded), batch.Action);
        return SoftLoss.OfCritics(QTargets.Bootstrapped(batch.Reward, batch.Discount, next), value);
    }
}
