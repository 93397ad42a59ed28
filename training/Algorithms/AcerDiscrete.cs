using Pipeline.Contracts.Spaces;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;
using Pipeline.Training.Objectives;

namespace Pipeline.Training.Algorithms;

/// <summary>
/// <see cref="Acer"/> over choices (arXiv:1611.01224, section 3): a network says Q of every choice, V is its mean under the policy, the statistics that the trust region
/// is laid around are the probabilities. Term by term the loss of OpenAI's baselines, whose 1e-6 in logarithms it has too; ratios are made from
/// logarithms instead, without it.
/// </summary>
internal sealed class AcerDiscrete : IAcerMethod
{
    private const double Least = 1e-6;
    private readonly AcerOptions _options;

    public AcerDiscrete(Space observationSpace, Discrete actionSpace, bool masked, AcerOptions options)
    {
        _options = options;
        Model = new ActorCritic(observationSpace, actionSpace, options.HiddenSizes, options.Activation, options.NormalizeObservations, masked, valueCount: actionSpace.N, memory: options.Settings);
        StatisticsSize = actionSpace.N;
    }

    /// <inheritdoc/>
    public ActorCritic Model { get; }

    /// <inheritdoc/>
    public int StatisticsSize { get; }

    /// <inheritdoc/>
    public int TraceDimension => 1;

    /// <inheritdoc/>
    public int DrawnActions => 0;

    /// <inheritdoc/>
    public Tensor Value(ParameterScope scope, Tensor actor, Tensor critic) => Mean(Op.Softmax(Model.PolicyOutputs(scope, actor)), Model.Value(scope, critic));

    /// <summary>The statistics are ln π(·|s).</summary>
    public AcerEvaluation Evaluate(AcerBatch batch)
    {
        (Tensor actor, Tensor critic) = Model.Features(batch.Scope, batch.Encoded, batch.Sequences);
        Tensor logPolicy = Op.LogSoftmax(Logits(batch.Scope, actor, batch.Mask)), values = Model.Value(batch.Scope, critic);
        return new AcerEvaluation(
            logPolicy, QLosses.Chosen(logPolicy - batch.Behaviour, batch.Action), QLosses.Chosen(values, batch.Action), Mean(Op.Exp(logPolicy), values));
    }

    /// <summary>
    /// L = L_policy + c_v·½·mean((Q^ret − Q(s, a))²). L_policy descends the mean of min(c, ρ)·(Q^ret − V)·ln π(a|s) + Σ over a′ of max(0, 1 − c/ρ(a′))·π(a′|s)·(Q(s, a′) − V)·ln π(a′|s)
    /// + c_e·H by its gradient by π(·|s) within the trust region; all but ln π and H are numbers there.
    /// </summary>
    public AcerLoss Loss(AcerBatch batch, Tensor target, Tensor uncorrected)
    {
        (Tensor actor, Tensor critic) = Model.Features(batch.Scope, batch.Encoded, batch.Sequences);
        Tensor averageActor = Model.PolicyFeatures(batch.Average, batch.Encoded, batch.Sequences);
        Tensor logits = Logits(batch.Scope, actor, batch.Mask), policy = Op.Softmax(logits), average = Op.Softmax(Logits(batch.Average, averageActor, batch.Mask));
        Tensor values = Model.Value(batch.Scope, critic), value = Mean(policy, values), chosenValue = QLosses.Chosen(values, batch.Action);
        Tensor logRatio = Op.LogSoftmax(logits) - batch.Behaviour, logPolicy = Op.Log(policy + Least);

        Tensor weight = TruncatedWeights.Truncated(QLosses.Chosen(logRatio, batch.Action), _options.ImportanceClip) * (target - value);
        Tensor correction = TruncatedWeights.Correction(logRatio, _options.ImportanceClip) * policy * (values - value);
        Tensor gain = (QLosses.Chosen(logPolicy, batch.Action) * Op.StopGradient(weight)) + Op.Sum(logPolicy * Op.StopGradient(correction), [1], keepDimensions: true);
        Tensor entropy = -Op.Sum(policy * logPolicy, [1], keepDimensions: true);
        Tensor divergence = Op.Sum(average * (Op.Log(average + Least) - logPolicy), [1], keepDimensions: true);
        (Tensor policyLoss, Tensor share) = TrustRegionProjection.Loss(gain + (entropy * _options.EntropyCoefficient), divergence, [policy], _options.TrustRegion);

        Tensor valueLoss = ValueLosses.SquaredError(chosenValue, target) * 0.5;
        return new AcerLoss(
            policyLoss + (valueLoss * _options.ValueCoefficient),
            ("policy_loss", -Op.Mean(gain)), ("q_loss", valueLoss), ("q_value", Op.Mean(chosenValue)), ("entropy", Op.Mean(entropy)), ("approx_kl", Op.Mean(divergence)),
            ("projected_fraction", share));
    }

    private Tensor Logits(ParameterScope scope, Tensor actor, Tensor? mask) => QTargets.Allowed(Model.PolicyOutputs(scope, actor), mask);

    private static Tensor Mean(Tensor policy, Tensor values) => Op.Sum(policy * values, [1], keepDimensions: true);
}
