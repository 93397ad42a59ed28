using Pipeline.Training.Objectives;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>Advantages of rollouts.</summary>
internal static class RolloutAdvantages
{
    /// <summary>Fills in what the networks say of a rollout, and from it the advantages and what V(s) is fitted to, by generalised advantage estimation.</summary>
    /// <param name="evaluation">The networks.</param>
    /// <param name="rollout">The rollout, newly collected.</param>
    /// <param name="gamma">γ, 0 to 1</param>
    /// <param name="lambda">λ, 0 to 1</param>
    /// <returns>The share of the variance of what V(s) is fitted to that V(s) explains already.</returns>
    public static double EstimateAdvantages(this RolloutEvaluation evaluation, RolloutBuffer rollout, double gamma, double lambda)
    {
        evaluation.Run(rollout);
        Returns.GeneralizedAdvantages(
            rollout.Rewards, rollout.Values.Floats, rollout.NextValues, rollout.Terminated, rollout.Truncated, gamma, lambda, rollout.EnvironmentCount, rollout.Advantages.Floats);
        Returns.FromAdvantages(rollout.Advantages.Floats, rollout.Values.Floats, rollout.ValueTargets.Floats);
        return Returns.ExplainedVariance(rollout.Values.Floats, rollout.ValueTargets.Floats);
    }
}
