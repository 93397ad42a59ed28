using System.Collections.Generic;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Training.Evaluation.Logged;

/// <summary>One line of a dataset: what was observed, what was done and what came of it. Rows are laid out as <see cref="Space"/> says.</summary>
/// <param name="Observation">s, as many floats as the observation space has.</param>
/// <param name="Action">a as the environment took it, as many floats as the action space has.</param>
/// <param name="Reward">r</param>
/// <param name="Terminated">Whether the task ended the episode with this step.</param>
/// <param name="Truncated">Whether the episode was cut off from outside after this step.</param>
/// <param name="BehaviourProbability">
/// μ(a|s) of the policy that acted, above 0: a probability for choices, a density in the environment's units for real-valued actions, the product of the parts' of a hybrid action. A number of the action
/// that lies on a bound of its range takes part with the probability of being cut to that bound.
/// </param>
public sealed record LoggedStep(
    IReadOnlyList<float> Observation, IReadOnlyList<float> Action, float Reward, bool Terminated, bool Truncated, double BehaviourProbability)
{
    /// <summary>The name of the episode, the same for all its steps; null where episodes are told apart by their flags alone.</summary>
    public string? Episode { get; init; }

    /// <summary>What was observed after the last step of an episode that was cut off; null where it is not known.</summary>
    public IReadOnlyList<float>? FinalObservation { get; init; }

    /// <summary>Which choices were allowed, 1 or 0 each, as many as the action space's masks have; null for all.</summary>
    public IReadOnlyList<float>? ActionMask { get; init; }
}
