using Pipeline.Contracts.Spaces;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;
using Pipeline.Training.Objectives;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// Quantile regression deep Q-learning (Dabney et al., arXiv:1710.10044): for each action the quantiles of the return at fixed fractions,
/// fitted to r + γ·θ′(s′, a*) by the quantile Huber loss, a* the action of the largest mean. Departures from the paper: the loss is divided by
/// Huber's κ, as in its successor (arXiv:1806.06923); priorities, where replay is prioritized, are made from the loss.
/// </summary>
internal sealed class QrDqn : IQMethod
{
    private readonly QrDqnOptions _options;
    private readonly QNetwork _network;

    internal QrDqn(Space observationSpace, int encodedSize, int actions, QrDqnOptions options)
    {
        _options = options;
        _network = new QNetwork(Parameters, "q", observationSpace, encodedSize, actions, options.Layout(options.Quantiles));
    }

    /// <inheritdoc/>
    public ParameterSet Parameters { get; } = new();

    /// <inheritdoc/>
    public int NetworkNoiseSize => _network.NoiseSize;

    /// <summary>Makes the algorithm.</summary>
    /// <param name="context">What it is made from.</param>
    /// <param name="options">Its options, valid.</param>
    public static IOffPolicyAlgorithm Create(LearningContext context, QrDqnOptions options) =>
        QLearner.Create(context, options, (space, encodedSize, actions, own) => new QrDqn(space, encodedSize, actions, own));

    /// <summary>Q, the mean of the quantiles.</summary>
    public Tensor Values(ParameterScope scope, Tensor encoded, Tensor? networkNoise) => Means(_network.Outputs(scope, encoded, networkNoise));

    /// <summary>L = Σᵢ 1/N Σⱼ |τᵢ − 1{u &lt; 0}|·Huber(u)/κ, u = r + d·θ′ⱼ(s′, a*) − θᵢ(s, a).</summary>
    public QLoss Loss(QBatch batch, FunctionBuilder build, UpdateNoise noise)
    {
        Tensor quantiles = QLosses.Chosen(_network.Outputs(batch.Online, batch.Encoded, batch.Noise), batch.Choice);
        Tensor targets = batch.Targets ?? Targets(batch);
        Tensor losses = QuantileLosses.Huber(quantiles, QuantileLosses.Midpoints(quantiles.Graph, _options.Quantiles), targets, _options.HuberThreshold);
        return new QLoss(losses, losses, Op.Mean(quantiles, [1], keepDimensions: true));
    }

    /// <inheritdoc/>
    public Tensor? FixedTargets(QBatch batch) => _options.Target == QTarget.Max ? Targets(batch) : null;

    private Tensor Targets(QBatch batch)
    {
        Tensor next = _network.Outputs(batch.Target, batch.NextEncoded, batch.TargetNoise);
        Tensor choosing = _options.Target == QTarget.Double ? Values(batch.Online, batch.NextEncoded, batch.NextNoise) : Means(next);
        return QTargets.Bootstrapped(batch.Reward, batch.Discount, QLosses.Chosen(next, QTargets.Best(choosing, batch.NextMask)));
    }

    private static Tensor Means(Tensor quantiles) => Op.Mean(quantiles, [2]);
}
