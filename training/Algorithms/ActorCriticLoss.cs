using Pipeline.Training.Distributions;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;
using Pipeline.Training.Networks;
using Pipeline.Training.Objectives;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>A rollout as tensors, [B, …]; columns are [B, 1].</summary>
internal sealed record ActorCriticBatch(
    Tensor Encoded, Tensor? Mask, Tensor Action, Tensor Advantage, Tensor ValueTarget, SequenceTensors? Sequences = null)
{
    /// <summary>Declares a rollout as inputs.</summary>
    public static ActorCriticBatch Declare(FunctionBuilder build, OnPolicyContext context)
    {
        RolloutBuffer rollout = context.Rollout;
        Tensor observation = build.Add("observation", rollout.Observations);
        build.AddStatistics(context.Model.Encoder, context.Statistics);
        return new ActorCriticBatch(
            context.Model.Encoder.Encode(observation),
            rollout.Masks is null ? null : build.Add("action_mask", rollout.Masks),
            build.Add("action", rollout.Actions),
            build.Add("advantage", rollout.Advantages),
            build.Add("value_target", rollout.ValueTargets),
            rollout.Memory?.Declare(build));
    }
}

/// <summary>The loss of the advantage actor-critics and its parts, scalars.</summary>
internal sealed record ActorCriticLoss(Tensor Total, Tensor PolicyLoss, Tensor ValueLoss, Tensor Entropy)
{
    /// <summary>L = −mean(ln π(a|s) · Â) + c_v · mean((V(s) − R)²) − c_e · H</summary>
    public static ActorCriticLoss Of(ActorCritic model, ParameterScope scope, ActorCriticBatch batch, ActorCriticOptions options)
    {
        (Tensor actor, Tensor critic) = model.Features(scope, batch.Encoded, batch.Sequences);
        IDistribution policy = model.Distribution(scope, model.PolicyOutputs(scope, actor), batch.Mask);
        Tensor policyLoss = PolicyLosses.LogLikelihood(policy.LogProbability(batch.Action), batch.Advantage);
        Tensor valueLoss = ValueLosses.SquaredError(model.Value(scope, critic), batch.ValueTarget);
        Tensor entropy = Op.Mean(policy.Entropy);
        Tensor total = policyLoss + (valueLoss * options.ValueCoefficient);
        if (options.EntropyCoefficient != 0) total -= entropy * options.EntropyCoefficient;
        return new ActorCriticLoss(total, policyLoss, valueLoss, entropy);
    }

    /// <summary>Declares the loss of a rollout, and its parts as figures.</summary>
    /// <returns>The loss, a scalar.</returns>
    public static Tensor Declare(OnPolicyContext context, ActorCriticOptions options, FunctionBuilder build, ParameterScope scope, FigureSet figures)
    {
        ActorCriticLoss loss = Of(context.Model, scope, ActorCriticBatch.Declare(build, context), options);
        figures.Add(build, "policy_loss", loss.PolicyLoss);
        figures.Add(build, "value_loss", loss.ValueLoss);
        figures.Add(build, "entropy", loss.Entropy);
        return loss.Total;
    }
}
