using System.Collections.Generic;
using System.Linq;

namespace Pipeline.Training.Evaluation.Logged;

/// <summary>What an episode that was cut off is worth beyond that.</summary>
public enum CutEpisodes
{
    /// <summary>Nothing: the return asked for is that within the time limit, as `evaluate` counts it.</summary>
    Stop,

    /// <summary>What would have come: the return asked for is that of episodes that only the task ends. Importance sampling cannot see it, the fitted values can.</summary>
    GoOn,
}

/// <summary>How logged data is evaluated.</summary>
public sealed record LoggedOptions
{
    /// <summary>The names of all estimators.</summary>
    public static IReadOnlyList<string> AllMethods { get; } = ["is", "wis", "pdis", "wpdis", "fqe", "dr", "wdr"];

    /// <summary>Which estimators. Default all.</summary>
    public IReadOnlyList<string> Methods { get; init; } = AllMethods;

    /// <summary>γ of the return that is estimated, 0 to 1. Default 1.</summary>
    public double Discount { get; init; } = 1;

    /// <summary>What an episode that was cut off is worth beyond that. Default nothing.</summary>
    public CutEpisodes CutEpisodes { get; init; } = CutEpisodes.Stop;

    /// <summary>Resampled estimates behind each interval, at least 100. Default 2,000.</summary>
    public int Resamples { get; init; } = 2000;

    /// <summary>The probability with which an interval covers. Default 0.95.</summary>
    public double Level { get; init; } = 0.95;

    /// <summary>The seed of resampling and of the network.</summary>
    public ulong Seed { get; init; }

    /// <summary>
    /// Gradient steps of the network behind fqe, dr and wdr where states or actions are not countable. Default null: 200 for each step of the horizon, which is the longest
    /// episode's or 1/(1 − γ) where that is less, γ at most 0.99; at least 5,000.
    /// </summary>
    public int? NetworkSteps { get; init; }

    /// <summary>Widths of its hidden layers; the last one's outputs are what values are fitted on. Default 64, 32.</summary>
    public IReadOnlyList<int> HiddenSizes { get; init; } = [64, 32];

    /// <summary>All that is wrong with the options; empty when nothing is.</summary>
    public IEnumerable<string> Problems()
    {
        foreach (string method in Methods.Where(m => !AllMethods.Contains(m))) yield return $"There is no method '{method}'. Allowed are {string.Join(", ", AllMethods)}.";
        if (Methods.Count == 0) yield return $"No method is asked for. Allowed are {string.Join(", ", AllMethods)}.";
        if (!(Discount is >= 0 and <= 1)) yield return $"The discount is {Discount}; 0 to 1 is allowed.";
        if (Resamples < 100) yield return $"The number of resamples is {Resamples}; at least 100 is allowed.";
        if (!(Level is > 0 and < 1)) yield return $"The level is {Level}; above 0 and below 1 is allowed, such as 0.95.";
        if (NetworkSteps < 1) yield return $"The network's steps are {NetworkSteps}; at least 1 is allowed.";
        if (HiddenSizes.Count == 0 || HiddenSizes.Any(size => size is < 1 or > 128)) yield return $"The network's hidden sizes are {string.Join(",", HiddenSizes)}; at least one, each 1 to 128, is allowed.";
    }
}

/// <summary>What one estimator says.</summary>
/// <param name="Method">Its name.</param>
/// <param name="Value">The estimated return; null where there is none.</param>
/// <param name="Interval">The bootstrap interval of it; null where there is none.</param>
/// <param name="EffectiveSampleSize">How many episodes of the evaluated policy's own the weighted ones are worth, (Σw)²/Σw²; fqe weighs all episodes alike.</param>
/// <param name="Problem">Why there is no estimate or no interval; null where there are both.</param>
public sealed record LoggedEstimate(string Method, double? Value, ConfidenceInterval? Interval, double EffectiveSampleSize, string? Problem = null);

/// <summary>What logged data says about a policy.</summary>
/// <param name="Estimates">Of each estimator asked for.</param>
/// <param name="Warnings">Where the data does not carry the estimates.</param>
/// <param name="Episodes">Number of episodes.</param>
/// <param name="Steps">Number of steps.</param>
/// <param name="LoggedReturn">The mean return of the policy that acted, discounted likewise.</param>
/// <param name="LoggedInterval">Its interval; null for a single episode.</param>
public sealed record LoggedReport(
    IReadOnlyList<LoggedEstimate> Estimates, IReadOnlyList<string> Warnings, int Episodes, int Steps, double LoggedReturn, ConfidenceInterval? LoggedInterval);
