using System;

namespace Pipeline.Training.Environments;

/// <summary>
/// A task whose goal is part of what is observed: its observations are a dictionary with the entries <see cref="AchievedGoal"/> and
/// <see cref="DesiredGoal"/>, equally long, beside any others. What the reward would have been for another goal can be asked, so that
/// hindsight replay (Andrychowicz et al., arXiv:1707.01495) can learn from goals that were reached by chance.
/// An <see cref="IEnvironment"/> says that it is such a task by implementing this interface; all of its instances give the same answers.
/// </summary>
public interface IGoalTask
{
    /// <summary>The entry of the observation with the goal that the state is at.</summary>
    const string AchievedGoal = "achieved_goal";

    /// <summary>The entry of the observation with the goal that is to be reached.</summary>
    const string DesiredGoal = "desired_goal";

    /// <summary>The rewards of steps that led to achieved goals while others were desired.</summary>
    /// <param name="achieved">[n, goal size]: the achieved goals after the steps.</param>
    /// <param name="desired">[n, goal size]</param>
    /// <param name="rewards">Receives n rewards, the same that the environment gives for such steps.</param>
    void ComputeRewards(ReadOnlySpan<float> achieved, ReadOnlySpan<float> desired, Span<float> rewards);

    /// <summary>Whether a goal counts as reached.</summary>
    /// <param name="achieved">The achieved goal.</param>
    /// <param name="desired">The desired goal.</param>
    bool IsSuccess(ReadOnlySpan<float> achieved, ReadOnlySpan<float> desired);
}
