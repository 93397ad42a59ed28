using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime;
using Pipeline.Training.Environments;

namespace Pipeline.Training.Evaluation;

/// <summary>Scores one policy over many episodes in vectorised environments, on the caller's thread. See <see cref="BatchEvaluator"/> for many policies.</summary>
public static class Evaluator
{
    /// <summary>Plays the episodes with a deployed policy.</summary>
    /// <param name="environments">The environments; stay the caller's.</param>
    /// <param name="policy">The policy; stays the caller's.</param>
    /// <param name="episodes">How many episodes, at least 1.</param>
    /// <param name="seed">The seed of the episodes and of drawn actions.</param>
    /// <param name="stochastic">Whether actions are drawn; else the deterministic ones are taken.</param>
    /// <param name="stop">Asks to stop; the evaluation is then given up.</param>
    /// <exception cref="EvaluationException">The spaces of policy and environment differ, or actions are to be drawn from a policy that cannot.</exception>
    /// <exception cref="OperationCanceledException">A stop was asked for.</exception>
    public static EvaluationResult Evaluate(IVectorEnvironment environments, Policy policy, int episodes, ulong seed, bool stochastic, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(environments);
        ArgumentNullException.ThrowIfNull(policy);
        IReadOnlyList<string> problems = Problems(policy, environments.ObservationSpace, environments.ActionSpace, stochastic);
        if (problems.Count > 0) throw new EvaluationException(problems);
        return Evaluate(environments, new PolicyActing(environments, policy, stochastic), episodes, seed, stop);
    }

    /// <summary>Plays the episodes with anything that acts.</summary>
    internal static EvaluationResult Evaluate(IVectorEnvironment environments, Action<VectorStep, float[]> act, int episodes, ulong seed, CancellationToken stop = default) =>
        Evaluate(environments, new FunctionActing(act), episodes, seed, stop);

    /// <inheritdoc cref="Evaluate(IVectorEnvironment, Action{VectorStep, float[]}, int, ulong, CancellationToken)"/>
    internal static EvaluationResult Evaluate(IVectorEnvironment environments, IActing acting, int episodes, ulong seed, CancellationToken stop)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(episodes, 1);
        long start = Stopwatch.GetTimestamp();
        var played = new Episode[episodes];
        long steps = new EpisodePlayer(environments).Play(acting, seed, 0, played, stop);
        return new EvaluationResult(played, Stopwatch.GetElapsedTime(start).TotalSeconds, steps);
    }

    /// <summary>Why a policy cannot play in an environment of these spaces; empty where it can.</summary>
    internal static IReadOnlyList<string> Problems(Policy policy, Space observations, Space actions, bool stochastic)
    {
        var problems = new List<string>();
        if (!policy.ObservationSpace.Equals(observations))
            problems.Add($"The policy observes {policy.ObservationSpace}; the environment gives {observations}.");
        if (!policy.ActionSpace.Equals(actions))
            problems.Add($"The policy acts in {policy.ActionSpace}; the environment takes {actions}.");
        if (problems.Count > 0)
        {
            string trained = policy.Manifest.Environment is { Length: > 0 } name ? $" It was trained on {name}." : "";
            problems[^1] += trained + " Evaluate it in an environment with the same spaces.";
        }

        if (stochastic && !policy.CanSample) problems.Add("The policy has no sampled action, so --stochastic cannot be had. Leave it out.");
        return problems;
    }
}
