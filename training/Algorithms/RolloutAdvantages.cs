using Pipeline.Training.Objectives;
using Pipeline.Training.Rollout;

namespace Pipeline.Training.Algorithms;

/// <summary>Advantages of rollouts.</summary>
internal static class RolloutAdvantages
{
    /// <summary>Fills in the advantages and what V(s) is fitted to, from rewards, values and what ended, by generalised advantage estimation.</summary>
    /// <param name="rollout">The rollout, its values filled in.</param>
    /// <param name="gamma">γ, 0 to 1</param>
    /// <param name="lambda">λ, 0 to 1</param>
    public static void EstimateAdvantages(this RolloutBuffer rollout, double gamma, double lambda)
    {
        Returns.GeneralizedAdvantages(
            rollout.Rewards, rollout.Values.Floats, rollout.NextValues, rollout.Terminated, rollout.Truncated, gamma, lambda, rollout.EnvironmentCount, rollout.Advantages.Floats);
        Returns.FromAdvantages(rollout.Advantages.Floats, rollout.Values.Floats, rollout.ValueTargets.Floats);
    }
}
