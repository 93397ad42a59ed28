using Pipeline.Contracts.Spaces;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;
using Pipeline.Training.Objectives;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// Deep Q-learning (Mnih et al., Nature 518, 2015): Q(s, a) is fitted to r + γ·max over a′ of Q′(s′, a′) by Huber's loss, Q′ a target network.
/// Parts, each on its own or together: double Q-learning, dueling streams, noisy layers, prioritized replay, n-step returns, Boltzmann exploration,
/// an averaged target network. Departures from the paper, all usual: Adam instead of RMSProp, environments as they are instead of four frames.
/// </summary>
internal sealed class Dqn : IQMethod
{
    private readonly DqnOptions _options;
    private readonly QNetwork _network;

    internal Dqn(Space observationSpace, int encodedSize, int actions, DqnOptions options)
    {
        _options = options;
        _network = new QNetwork(Parameters, "q", observationSpace, encodedSize, actions, options.Layout(atoms: 1));
    }

    /// <inheritdoc/>
    public ParameterSet Parameters { get; } = new();

    /// <inheritdoc/>
    public int NetworkNoiseSize => _network.NoiseSize;

    /// <summary>Makes the algorithm.</summary>
    /// <param name="context">What it is made from.</param>
    /// <param name="options">Its options, valid.</param>
    public static IOffPolicyAlgorithm Create(LearningContext context, DqnOptions options) =>
        QLearner.Create(context, options, (space, encodedSize, actions, own) => new Dqn(space, encodedSize, actions, own));

    /// <inheritdoc/>
    public Tensor Values(ParameterScope scope, Tensor encoded, Tensor? networkNoise) => _network.Outputs(scope, encoded, networkNoise);

    /// <summary>L = Huber(Q(s, a) − (r + d·V(s′))), V(s′) = max Q′(s′, ·) or, with double Q-learning, Q′(s′, argmax Q(s′, ·)).</summary>
    public QLoss Loss(QBatch batch, FunctionBuilder build, UpdateNoise noise)
    {
        Tensor chosen = QLosses.Chosen(Values(batch.Online, batch.Encoded, batch.Noise), batch.Choice);
        Tensor error = chosen - (batch.Targets ?? Targets(batch));
        return new QLoss(QLosses.Huber(error, _options.HuberThreshold), Op.Abs(error), chosen);
    }

    /// <inheritdoc/>
    public Tensor? FixedTargets(QBatch batch) => _options.Target == QTarget.Max ? Targets(batch) : null;

    private Tensor Targets(QBatch batch)
    {
        Tensor target = Values(batch.Target, batch.NextEncoded, batch.TargetNoise);
        Tensor next = _options.Target == QTarget.Double
            ? QTargets.DoubleQ(Values(batch.Online, batch.NextEncoded, batch.NextNoise), target, batch.NextMask)
            : QTargets.Largest(target, batch.NextMask);
        return QTargets.Bootstrapped(batch.Reward, batch.Discount, next);
    }
}
