using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using Microsoft.ML.OnnxRuntime;
using Pipeline.Runtime;

namespace Pipeline.Training.Evaluation.Reports;

/// <summary>How a report was made.</summary>
/// <param name="Made">When.</param>
/// <param name="Command">The command that made it; empty where there was none.</param>
public sealed record ReportFacts(DateTimeOffset Made, string Command)
{
    /// <summary>The version of this library.</summary>
    public static string PipelineVersion { get; } =
        typeof(Policy).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    /// <summary>The version of ONNX Runtime.</summary>
    public static string OnnxRuntimeVersion => OrtEnv.Instance().GetVersionString();
}

/// <summary>Sentences that the reports share.</summary>
public static class ReportWords
{
    /// <summary>What a score is.</summary>
    /// <param name="summary">The summary.</param>
    public static string Scores(BatchSummary summary)
    {
        ArgumentNullException.ThrowIfNull(summary);
        string run = summary.RunsAreEpisodes ? "a run is an episode" : "a run is a policy file with a seed, its score the mean of its episodes";
        return summary.Ranges.Count == 0 ? $"scores are returns, {run}" : $"scores are returns rescaled within each environment, {run}";
    }

    /// <summary>How the intervals of the summary came about.</summary>
    /// <param name="summary">The summary.</param>
    public static string Intervals(BatchSummary summary)
    {
        ArgumentNullException.ThrowIfNull(summary);
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{summary.Options.Confidence * 100:0.##} % intervals by the stratified bootstrap, {summary.Options.Replicates:N0} replicates");
    }

    /// <summary>The seeds in few words, runs of them as a range.</summary>
    /// <param name="seeds">The seeds.</param>
    public static string Seeds(IReadOnlyList<ulong> seeds)
    {
        ArgumentNullException.ThrowIfNull(seeds);
        var parts = new List<string>();
        for (int first = 0; first < seeds.Count;)
        {
            int last = first;
            while (last + 1 < seeds.Count && seeds[last + 1] == seeds[last] + 1) last++;
            parts.Add(last > first + 1 ? $"{seeds[first]}..{seeds[last]}" : string.Join(", ", seeds.Skip(first).Take(last - first + 1)));
            first = last + 1;
        }

        return string.Join(", ", parts);
    }
}
