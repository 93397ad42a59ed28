using System.Linq;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;
using Pipeline.Training.Objectives;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// Implicit quantile networks (Dabney et al., arXiv:1806.06923): the network is asked for the return at any fraction τ; N drawn fractions of
/// Z(s, a) are fitted to N′ of r + γ·Z′(s′, a*) by the quantile Huber loss. Actions maximise the mean over K fractions distorted by β, which
/// avoids or seeks risk. Departures from the paper: the K fractions are the midpoints of equal shares instead of drawn, in acting and in the
/// choice of a*, so that the policy is a function of the observation; priorities, where replay is prioritized, are made from the loss.
/// </summary>
internal sealed class Iqn : IQMethod
{
    private readonly IqnOptions _options;
    private readonly IqnNetwork _network;
    private readonly float[] _policyFractions;

    internal Iqn(Space observationSpace, int encodedSize, int actions, IqnOptions options)
    {
        _options = options;
        _network = new IqnNetwork(Parameters, "q", observationSpace, encodedSize, actions, options.Layout(atoms: 1));
        var distortion = new RiskDistortion(options.Risk, options.RiskEta);
        _policyFractions = [.. Enumerable.Range(0, options.PolicyFractions).Select(i => (float)distortion.Apply((i + 0.5) / options.PolicyFractions))];
    }

    /// <inheritdoc/>
    public ParameterSet Parameters { get; } = new();

    /// <inheritdoc/>
    public int NetworkNoiseSize => _network.NoiseSize;

    /// <summary>Makes the algorithm.</summary>
    /// <param name="context">What it is made from.</param>
    /// <param name="options">Its options, valid.</param>
    public static IOffPolicyAlgorithm Create(LearningContext context, IqnOptions options) =>
        QLearner.Create(context, options, (space, encodedSize, actions, own) => new Iqn(space, encodedSize, actions, own));

    /// <summary>Q = 1/K Σₖ Z(s, a) at β((k + ½)/K).</summary>
    public Tensor Values(ParameterScope scope, Tensor encoded, Tensor? networkNoise)
    {
        Tensor fractions = scope.Graph.Constant(_policyFractions, [1, _policyFractions.Length]);
        return Op.Mean(_network.Quantiles(scope, encoded, fractions, networkNoise), [1]);
    }

    /// <inheritdoc/>
    public QLoss Loss(QBatch batch, FunctionBuilder build, UpdateNoise noise)
    {
        long rows = batch.Encoded.Shape[0].Value;
        return Loss(batch, noise.Uniform(build, "fraction", rows, _options.Fractions), noise.Uniform(build, "next_fraction", rows, _options.TargetFractions));
    }

    /// <summary>Null: the fractions of targets are drawn for each update.</summary>
    public Tensor? FixedTargets(QBatch batch) => null;

    /// <summary>L = Σᵢ 1/N′ Σⱼ |τᵢ − 1{u &lt; 0}|·Huber(u)/κ, u = r + d·Z′(s′, a*) at τ′ⱼ − Z(s, a) at τᵢ.</summary>
    internal QLoss Loss(QBatch batch, Tensor fractions, Tensor nextFractions)
    {
        Tensor quantiles = IqnNetwork.Chosen(_network.Quantiles(batch.Online, batch.Encoded, fractions, batch.Noise), batch.Choice);
        Tensor choosing = _options.Target == QTarget.Double
            ? Values(batch.Online, batch.NextEncoded, batch.NextNoise)
            : Values(batch.Target, batch.NextEncoded, batch.TargetNoise);
        Tensor next = IqnNetwork.Chosen(_network.Quantiles(batch.Target, batch.NextEncoded, nextFractions, batch.TargetNoise), QTargets.Best(choosing, batch.NextMask));
        Tensor targets = QTargets.Bootstrapped(batch.Reward, batch.Discount, next);
        Tensor losses = QuantileLosses.Huber(quantiles, fractions, targets, _options.HuberThreshold);
        return new QLoss(losses, losses, Op.Mean(quantiles, [1], keepDimensions: true));
    }
}
