using System;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Training.Environments;

/// <summary>Where the goals stand in a row of observations of a task that has them.</summary>
/// <param name="Achieved">Where the achieved goal begins.</param>
/// <param name="Desired">Where the desired goal begins.</param>
/// <param name="Size">How many numbers a goal is.</param>
public readonly record struct GoalLayout(int Achieved, int Desired, int Size)
{
    /// <summary>Finds the goals in a space.</summary>
    /// <param name="observationSpace">The observations of a task with goals, as <see cref="IGoalTask"/> says.</param>
    /// <exception cref="EnvironmentException">The space is no dictionary with both goals, or they are not equally long.</exception>
    public static GoalLayout Of(Space observationSpace)
    {
        ArgumentNullException.ThrowIfNull(observationSpace);
        (int achieved, int achievedSize) = Find(observationSpace, IGoalTask.AchievedGoal);
        (int desired, int desiredSize) = Find(observationSpace, IGoalTask.DesiredGoal);
        if (achievedSize != desiredSize)
            throw new EnvironmentException($"'{IGoalTask.AchievedGoal}' has {achievedSize} numbers and '{IGoalTask.DesiredGoal}' has {desiredSize} in the observations {observationSpace}. Make them equally long.");
        return new GoalLayout(achieved, desired, achievedSize);
    }

    /// <summary>The achieved goal of an observation.</summary>
    /// <param name="observation">One row.</param>
    public ReadOnlySpan<float> AchievedOf(ReadOnlySpan<float> observation) => observation.Slice(Achieved, Size);

    /// <summary>The desired goal of an observation.</summary>
    /// <param name="observation">One row.</param>
    public ReadOnlySpan<float> DesiredOf(ReadOnlySpan<float> observation) => observation.Slice(Desired, Size);

    private static (int Start, int Size) Find(Space space, string name)
    {
        int start = 0;
        foreach ((string entry, Space part) in (space as Dict)?.Entries ?? [])
        {
            if (entry == name) return (start, part.Size);
            start += part.Size;
        }

        throw new EnvironmentException($"The observations {space} have no entry '{name}'. A task with goals observes a Dict with '{IGoalTask.AchievedGoal}' and '{IGoalTask.DesiredGoal}'.");
    }
}
