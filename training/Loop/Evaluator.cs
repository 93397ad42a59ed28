using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using Pipeline.Contracts;
using Pipeline.Runtime;
using Pipeline.Training.Environments;

namespace Pipeline.Training.Loop;

/// <summary>How a policy did.</summary>
/// <param name="Returns">The undiscounted return of every episode, environment after environment.</param>
/// <param name="Lengths">The length of each, in steps.</param>
/// <param name="Seconds">Wall seconds it took.</param>
/// <param name="Steps">Environment steps taken, those that no episode in the result counts included.</param>
public sealed record Evaluation(IReadOnlyList<double> Returns, IReadOnlyList<int> Lengths, double Seconds, long Steps)
{
    /// <summary>The share of episodes whose last observation counts as success, 0 to 1, where the task has goals; null where it has none.</summary>
    public double? SuccessRate { get; init; }

    /// <summary>Number of episodes.</summary>
    public int Episodes => Returns.Count;

    /// <summary>Mean return.</summary>
    public double MeanReturn => Returns.Average();

    /// <summary>Sample standard deviation of the returns (n − 1 below the line); 0 for a single episode.</summary>
    public double StandardDeviation
    {
        get
        {
            double mean = MeanReturn;
            return Episodes == 1 ? 0 : Math.Sqrt(Returns.Sum(r => (r - mean) * (r - mean)) / (Episodes - 1));
        }
    }

    /// <summary>The smallest return.</summary>
    public double MinReturn => Returns.Min();

    /// <summary>The largest return.</summary>
    public double MaxReturn => Returns.Max();

    /// <summary>Mean length of the episodes, in steps.</summary>
    public double MeanLength => Lengths.Average();

    /// <summary>Environment steps a second, the policy included.</summary>
    public double StepsPerSecond => Steps / Math.Max(Seconds, 1e-9);

    /// <summary>Half the width of the 95 % confidence interval of the mean return: Student's t with n − 1 degrees of freedom times s/√n; 0 for a single episode.</summary>
    public double ConfidenceHalfWidth => Episodes == 1 ? 0 : StudentT975(Episodes - 1) * StandardDeviation / Math.Sqrt(Episodes);

    /// <summary>The 97.5 % quantile of Student's t: exact for 1 and 2 degrees of freedom, else the Cornish–Fisher expansion in 1/ν (Abramowitz and Stegun 26.7.5).</summary>
    internal static double StudentT975(int degrees)
    {
        if (degrees == 1) return 12.706204736432095;
        if (degrees == 2) return 4.302652729696142;
        const double z = 1.959963984540054;
        double z2 = z * z, v = degrees;
        double g1 = z * (z2 + 1) / 4;
        double g2 = z * ((((5 * z2) + 16) * z2) + 3) / 96;
        double g3 = z * ((((((3 * z2) + 19) * z2) + 17) * z2) - 15) / 384;
        double g4 = z * ((((((((79 * z2) + 776) * z2) + 1482) * z2) - 1920) * z2) - 945) / 92160;
        return z + (g1 / v) + (g2 / (v * v)) + (g3 / (v * v * v)) + (g4 / (v * v * v * v));
    }
}

/// <summary>
/// Scores a policy over many episodes in vectorised environments. Environment i plays a number of episodes fixed beforehand, so short
/// episodes are not counted more often than long ones, as they are where the first K to end are taken.
/// </summary>
public static class Evaluator
{
    /// <summary>Plays the episodes with a deployed policy.</summary>
    /// <param name="environments">The environments; stay the caller's.</param>
    /// <param name="policy">The policy; stays the caller's.</param>
    /// <param name="episodes">How many episodes, at least 1.</param>
    /// <param name="seed">The seed of the episodes and of drawn actions.</param>
    /// <param name="stochastic">Whether actions are drawn; else the deterministic ones are taken.</param>
    /// <param name="stop">Asks to stop; the evaluation is then given up.</param>
    /// <exception cref="UserErrorException">The spaces of policy and environment differ, or actions are to be drawn from a policy that cannot.</exception>
    /// <exception cref="OperationCanceledException">A stop was asked for.</exception>
    public static Evaluation Evaluate(IVectorEnvironment environments, Policy policy, int episodes, ulong seed, bool stochastic, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(environments);
        ArgumentNullException.ThrowIfNull(policy);
        if (stochastic && !policy.CanSample)
            throw new UserErrorException("The policy has no sampled action, so --stochastic cannot be had. Leave it out.");
        CheckSpaces(environments, policy);
        // A stream of its own, so that drawn actions and the environments' randomness are independent.
        RandomGenerator? random = stochastic ? new RandomGenerator(seed, ulong.MaxValue) : null;
        float[] states = new float[environments.Count * policy.StateSize];
        float[] rewards = new float[policy.UsesRewards ? environments.Count : 0];
        bool masked = policy.UsesMasks && environments.HasActionMask;
        return Evaluate(
            environments,
            (step, actions) =>
            {
                if (policy.UsesRewards) step.Rewards.CopyTo(rewards, 0);
                ForgetEnded(step, policy, states, rewards);
                policy.Run(new PolicyBatch
                {
                    Count = environments.Count,
                    Observations = step.Observations,
                    Masks = masked ? step.ActionMasks : [],
                    States = states,
                    Rewards = rewards,
                    Actions = actions,
                    Random = random,
                });
            },
            episodes,
            seed,
            stop);
    }

    /// <summary>Plays the episodes with anything that acts.</summary>
    internal static Evaluation Evaluate(IVectorEnvironment environments, Action<VectorStep, float[]> act, int episodes, ulong seed, CancellationToken stop = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(episodes, 1);
        long start = Stopwatch.GetTimestamp();
        int count = environments.Count;
        var step = new VectorStep(environments);
        float[] actions = new float[count * environments.ActionSpace.Size];
        List<double>[] returns = Enumerable.Range(0, count).Select(_ => new List<double>()).ToArray();
        List<int>[] lengths = Enumerable.Range(0, count).Select(_ => new List<int>()).ToArray();
        double[] running = new double[count];
        int[] elapsed = new int[count];
        GoalLayout? goals = environments.Goals is null ? null : GoalLayout.Of(environments.ObservationSpace);
        int open = episodes, successes = 0;
        long steps = 0;
        environments.Reset(seed, step);
        while (open > 0)
        {
            stop.ThrowIfCancellationRequested();
            act(step, actions);
            environments.Step(actions, step);
            steps += count;
            for (int i = 0; i < count; i++)
            {
                running[i] += step.Rewards[i];
                elapsed[i]++;
                if (!step.Terminated[i] && !step.Truncated[i]) continue;
                if (returns[i].Count < Quota(i, count, episodes))
                {
                    returns[i].Add(running[i]);
                    lengths[i].Add(elapsed[i]);
                    if (goals is { } layout && IsSuccess(environments, layout, step, i)) successes++;
                    open--;
                }

                running[i] = 0;
                elapsed[i] = 0;
            }
        }

        return new Evaluation(returns.SelectMany(r => r).ToArray(), lengths.SelectMany(l => l).ToArray(), Stopwatch.GetElapsedTime(start).TotalSeconds, steps)
        {
            SuccessRate = goals is null ? null : (double)successes / episodes,
        };
    }

    /// <summary>How many episodes environment i plays: the first ones play one more where the number does not divide.</summary>
    internal static int Quota(int environment, int count, int episodes) => (episodes / count) + (environment < episodes % count ? 1 : 0);

    private static bool IsSuccess(IVectorEnvironment environments, GoalLayout layout, VectorStep step, int environment)
    {
        int size = environments.ObservationSpace.Size;
        ReadOnlySpan<float> last = step.FinalObservations.AsSpan(environment * size, size);
        return environments.Goals!.IsSuccess(layout.AchievedOf(last), layout.DesiredOf(last));
    }

    private static void CheckSpaces(IVectorEnvironment environments, Policy policy)
    {
        var problems = new List<string>();
        if (!policy.ObservationSpace.Equals(environments.ObservationSpace))
            problems.Add($"The policy observes {policy.ObservationSpace}; the environment gives {environments.ObservationSpace}.");
        if (!policy.ActionSpace.Equals(environments.ActionSpace))
            problems.Add($"The policy acts in {policy.ActionSpace}; the environment takes {environments.ActionSpace}.");
        if (problems.Count == 0) return;
        string trained = policy.Manifest.Environment is string name ? $" It was trained on {name}." : "";
        problems[^1] += trained + " Evaluate it in an environment with the same spaces.";
        throw new UserErrorException(problems);
    }

    private static void ForgetEnded(VectorStep step, Policy policy, float[] states, float[] rewards)
    {
        if (policy.StateSize == 0 && !policy.UsesRewards) return;
        for (int i = 0; i < step.Terminated.Length; i++)
        {
            if (!step.Terminated[i] && !step.Truncated[i]) continue;
            policy.ResetState(states.AsSpan(i * policy.StateSize, policy.StateSize));
            if (policy.UsesRewards) rewards[i] = 0;
        }
    }
}
