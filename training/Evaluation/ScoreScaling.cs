using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Pipeline.Training.Environments;

namespace Pipeline.Training.Evaluation;

/// <summary>Which returns of an environment count as score 0 and 1, and what they are.</summary>
/// <param name="Environment">The environment.</param>
/// <param name="Low">The return that is score 0.</param>
/// <param name="High">The return that is score 1.</param>
/// <param name="Meaning">What the two are, for a reader.</param>
public sealed record ScoreRange(string Environment, double Low, double High, string Meaning)
{
    /// <summary>(r − low) / (high − low); 0.5 for every return where the two are equal.</summary>
    /// <param name="given">The return.</param>
    public double Score(double given) => High == Low ? 0.5 : (given - Low) / (High - Low);
}

/// <summary>Finds the ranges by which scores of several environments are made comparable.</summary>
public static class ScoreScaling
{
    private const int RandomEpisodes = 200;

    /// <summary>Finds them; plays random actions where they are needed.</summary>
    /// <param name="options">What was asked for.</param>
    /// <param name="result">What was evaluated.</param>
    /// <param name="registry">Where the environments come from.</param>
    /// <param name="stop">Asks to stop.</param>
    /// <returns>One range an environment, in their order; empty where returns stay as they are.</returns>
    /// <exception cref="EvaluationException">A range cannot be had: no threshold, or one that random actions reach; or a reference names an unknown environment.</exception>
    public static IReadOnlyList<ScoreRange> Find(SummaryOptions options, BatchResult result, EnvironmentRegistry registry, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(registry);
        Check(options, result.Environments, registry);
        string[] open = [.. result.Environments.Where(e => !options.References.ContainsKey(e))];
        ScoreScale scale = Resolve(options, result.Environments.Count, open, registry);
        if (scale == ScoreScale.None && options.References.Count == 0) return [];
        return [.. result.Environments.Select(environment =>
            options.References.TryGetValue(environment, out (double Low, double High) given)
                ? new ScoreRange(environment, given.Low, given.High, "as given")
                : scale == ScoreScale.Threshold ? FromThreshold(environment, result.Request.Seeds[0], registry, stop) : FromExtremes(environment, result))];
    }

    /// <summary>Refuses, before anything is played, what <see cref="Find"/> would refuse.</summary>
    /// <param name="options">What is asked for.</param>
    /// <param name="environments">The environments.</param>
    /// <param name="registry">Where they come from.</param>
    /// <exception cref="EvaluationException">See <see cref="Find"/>.</exception>
    public static void Check(SummaryOptions options, IReadOnlyList<string> environments, EnvironmentRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(environments);
        ArgumentNullException.ThrowIfNull(registry);
        var problems = new List<string>();
        foreach (string name in options.References.Keys.Except(environments))
            problems.Add($"A reference is given for {name}, which is not evaluated. The environments are {string.Join(", ", environments)}.");
        foreach ((string name, (double low, double high)) in options.References.Where(r => !(r.Value.High > r.Value.Low)))
            problems.Add($"The reference of {name} has {low} for score 0 and {high} for score 1. The second must be the larger one.");
        string[] open = [.. environments.Where(e => !options.References.ContainsKey(e))];
        if (options.Scale == ScoreScale.Threshold)
        {
            foreach (string name in open.Where(e => registry.Find(e).RewardThreshold is null))
                problems.Add($"{name} has no return at which it counts as solved. Give a reference for it, or normalise by min-max.");
        }

        if (options.Scale == ScoreScale.None && options.References.Count > 0 && open.Length > 0)
            problems.Add($"References are given for some environments and none for {string.Join(", ", open)}. Give them for all, or normalise the others by threshold or min-max.");
        if (problems.Count > 0) throw new EvaluationException(problems);
    }

    private static ScoreScale Resolve(SummaryOptions options, int count, string[] open, EnvironmentRegistry registry)
    {
        if (options.Scale != ScoreScale.Auto) return options.Scale;
        if (count == 1 && options.References.Count == 0) return ScoreScale.None;
        return open.All(e => registry.Find(e).RewardThreshold is not null) ? ScoreScale.Threshold : ScoreScale.MinMax;
    }

    private static ScoreRange FromThreshold(string environment, ulong seed, EnvironmentRegistry registry, CancellationToken stop)
    {
        double threshold = registry.Find(environment).RewardThreshold!.Value;
        using IVectorEnvironment environments = registry.MakeVector(environment, RandomEpisodes);
        double random = Evaluator.Evaluate(environments, new RandomActing(environments), RandomEpisodes, seed, stop).MeanReturn;
        if (!(threshold > random))
            throw new EvaluationException($"Random actions reach {random} in {environment}, which counts as solved at {threshold}: no scale can be made of the two. Give a reference for it, or normalise by min-max.");
        return new ScoreRange(environment, random, threshold, $"mean of {RandomEpisodes} episodes of random actions; threshold of the environment");
    }

    private static ScoreRange FromExtremes(string environment, BatchResult result)
    {
        double[] means = [.. result.Pairs.Where(p => p.Environment == environment).Select(p => p.Result.MeanReturn)];
        return new ScoreRange(environment, means.Min(), means.Max(), "worst and best mean return of the policies evaluated");
    }
}
