using Pipeline.Contracts.Spaces;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;
using Pipeline.Training.Objectives;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// Categorical deep Q-learning (Bellemare et al., arXiv:1707.06887): for each action a distribution over returns on fixed atoms, fitted by
/// cross-entropy to r + γ·Z′(s′, a*) projected onto them, a* the action of the largest mean. With all six parts, priorities from the
/// cross-entropy among them, it is Rainbow (Hessel et al., arXiv:1710.02298). Departures from the papers: Adam's ε and the other settings are
/// those of the family here; Rainbow's priorities are the cross-entropy, which is its divergence plus the entropy of the target.
/// </summary>
internal sealed class C51 : IQMethod
{
    private readonly C51Options _options;
    private readonly CategoricalReturns _returns;
    private readonly QNetwork _network;

    internal C51(Space observationSpace, int encodedSize, int actions, C51Options options)
    {
        _options = options;
        _returns = new CategoricalReturns(options.VMin, options.VMax, options.Atoms);
        _network = new QNetwork(Parameters, "q", observationSpace, encodedSize, actions, options.Layout(options.Atoms));
    }

    /// <inheritdoc/>
    public ParameterSet Parameters { get; } = new();

    /// <inheritdoc/>
    public int NetworkNoiseSize => _network.NoiseSize;

    /// <summary>Makes the algorithm.</summary>
    /// <param name="context">What it is made from.</param>
    /// <param name="options">Its options, valid.</param>
    public static IOffPolicyAlgorithm Create(LearningContext context, C51Options options) =>
        QLearner.Create(context, options, (space, encodedSize, actions, own) => new C51(space, encodedSize, actions, own));

    /// <summary>Q = Σᵢ zᵢ·pᵢ.</summary>
    public Tensor Values(ParameterScope scope, Tensor encoded, Tensor? networkNoise) => _returns.Means(Probabilities(scope, encoded, networkNoise));

    /// <summary>L = −Σᵢ mᵢ·ln pᵢ(s, a), m the projection of r + d·Z′(s′, a*).</summary>
    public QLoss Loss(QBatch batch, FunctionBuilder build, UpdateNoise noise)
    {
        Tensor logits = QLosses.Chosen(_network.Outputs(batch.Online, batch.Encoded, batch.Noise), batch.Choice);
        Tensor losses = CategoricalReturns.CrossEntropy(logits, batch.Targets ?? Targets(batch));
        Tensor values = _returns.Means(Op.Softmax(Op.StopGradient(logits)));
        return new QLoss(losses, losses, Op.Reshape(values, losses.Shape));
    }

    /// <inheritdoc/>
    public Tensor? FixedTargets(QBatch batch) => _options.Target == QTarget.Max ? Targets(batch) : null;

    private Tensor Targets(QBatch batch)
    {
        Tensor next = Probabilities(batch.Target, batch.NextEncoded, batch.TargetNoise);
        Tensor choosing = _options.Target == QTarget.Double ? Values(batch.Online, batch.NextEncoded, batch.NextNoise) : _returns.Means(next);
        return _returns.Project(batch.Reward, batch.Discount, QLosses.Chosen(next, QTargets.Best(choosing, batch.NextMask)));
    }

    private Tensor Probabilities(ParameterScope scope, Tensor encoded, Tensor? networkNoise) => Op.Softmax(_network.Outputs(scope, encoded, networkNoise));
}
