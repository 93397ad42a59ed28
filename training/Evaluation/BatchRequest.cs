using System;
using System.Collections.Generic;
using System.Linq;

namespace Pipeline.Training.Evaluation;

/// <summary>What is to be evaluated: every policy in every environment with every seed.</summary>
public sealed record BatchRequest
{
    /// <summary>The most episodes of one policy in one environment with one seed.</summary>
    public const int MostEpisodes = 10_000_000;

    /// <summary>The policies; stay the caller's.</summary>
    public required IReadOnlyList<EvaluatedPolicy> Policies { get; init; }

    /// <summary>Names of environments, with settings if any. Empty: each policy in the one that it was trained on.</summary>
    public IReadOnlyList<string> Environments { get; init; } = [];

    /// <summary>The seeds, each once. A seed fixes the episodes: all policies play the same ones. Default 0 alone.</summary>
    public IReadOnlyList<ulong> Seeds { get; init; } = [0];

    /// <summary>Episodes of one policy in one environment with one seed, 1 to <see cref="MostEpisodes"/>. Default 100.</summary>
    public int Episodes { get; init; } = 100;

    /// <summary>Whether actions are drawn; else the deterministic ones are taken.</summary>
    public bool Stochastic { get; init; }

    /// <summary>Whether a policy that does not fit an environment is left out there; else that is an error.</summary>
    public bool SkipMismatched { get; init; }

    /// <summary>Threads to play on, at least 1; what is found does not depend on it. Default: one a processor.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>All that is wrong with the numbers and lists; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        var problems = new List<string>();
        if (Policies.Count == 0) problems.Add("There is no policy to evaluate. Give at least one .onnx file.");
        if (Seeds.Count == 0) problems.Add("There is no seed. Give at least one.");
        if (Seeds.Distinct().Count() < Seeds.Count) problems.Add("A seed is given twice: its episodes would be counted twice. Give each once.");
        if (Environments.Distinct(StringComparer.Ordinal).Count() < Environments.Count) problems.Add("An environment is given twice. Give each once.");
        if (Episodes is < 1 or > MostEpisodes) problems.Add($"{Episodes} episodes are asked for; 1 to {MostEpisodes} are allowed.");
        if (Threads < 1) problems.Add($"{Threads} threads are asked for; at least 1 is needed.");
        return problems;
    }
}
