using System;
using System.Collections.Generic;

namespace Pipeline.Training.Environments;

/// <summary>One registered environment.</summary>
/// <param name="Name">Its name, such as <c>CartPole-v1</c>.</param>
/// <param name="MaxEpisodeSteps">The step of an episode that truncates it; null for no limit.</param>
/// <param name="RewardThreshold">The mean return at which the task counts as solved; null for none.</param>
/// <param name="Description">One line: what it is.</param>
/// <param name="Create">Makes one environment from the settings given with the name.</param>
public sealed record EnvironmentSpec(
    string Name,
    int? MaxEpisodeSteps,
    double? RewardThreshold,
    string Description,
    Func<EnvironmentSettings, IEnvironment> Create)
{
    /// <summary>The settings that may follow the name; the time limit, which every environment has, is not among them.</summary>
    public IReadOnlyList<string> SettingNames { get; init; } = [];

    /// <summary>The time limit where it depends on the settings; <see cref="MaxEpisodeSteps"/> is then the one without any. Null elsewhere.</summary>
    public Func<EnvironmentSettings, int>? EpisodeStepsOf { get; init; }

    /// <summary>Makes N environments with their time limit in one loop, where there is a faster way than one by one; null elsewhere.</summary>
    public Func<int, int?, IVectorEnvironment>? CreateVector { get; init; }
}
