using System;

namespace Pipeline.Training.Environments;

/// <summary>
/// Gives a host author's <see cref="IEnvironment"/> the name under which the command line finds it. The class is public and has a public
/// constructor without parameters.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class EnvironmentAttribute : Attribute
{
    /// <summary>Names the environment.</summary>
    /// <param name="name">The name; neither empty nor with a question mark.</param>
    public EnvironmentAttribute(string name) => Name = name;

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>The step of an episode that truncates it; 0, as it is where nothing is said, for no limit.</summary>
    public int MaxEpisodeSteps { get; set; }

    /// <summary>The mean return at which the task counts as solved; NaN, as it is where nothing is said, for none.</summary>
    public double RewardThreshold { get; set; } = double.NaN;

    /// <summary>One line: what it is.</summary>
    public string Description { get; set; } = "";
}
