using System;
using System.Collections.Generic;
using System.Globalization;
using System.Threading;
using Pipeline.Contracts;
using Pipeline.Training.Environments;

namespace Pipeline.Training.Evaluation.Logged;

/// <summary>Lets a policy act and tells every step with the probability of its action.</summary>
public static class Recorder
{
    /// <summary>
    /// Plays whole episodes, in the order in which they end. Each environment plays a number of them fixed beforehand, so that short episodes are not more
    /// frequent than they are.
    /// </summary>
    /// <param name="environments">The environments; stay the caller's.</param>
    /// <param name="policy">The policy; stays the caller's.</param>
    /// <param name="episodes">How many episodes, at least 1.</param>
    /// <param name="seed">The seed of the episodes and of drawn actions.</param>
    /// <param name="stop">Asks to stop; the recording is then given up.</param>
    /// <exception cref="NotSupportedException">The spaces of policy and environment differ, or its actions have no density.</exception>
    /// <exception cref="OperationCanceledException">A stop was asked for.</exception>
    public static IEnumerable<LoggedStep> Record(IVectorEnvironment environments, ActingPolicy policy, int episodes, ulong seed, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(environments);
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentOutOfRangeException.ThrowIfLessThan(episodes, 1);
        if (!policy.ObservationSpace.Equals(environments.ObservationSpace) || !policy.ActionSpace.Equals(environments.ActionSpace))
        {
            throw new NotSupportedException(
                $"The policy observes {policy.ObservationSpace} and acts in {policy.ActionSpace}; the environment has {environments.ObservationSpace} and {environments.ActionSpace}. Record in an environment with the same spaces.");
        }

        return policy.HasProbabilities ? Play(environments, policy, episodes, seed, stop)
            : throw new NotSupportedException("A deterministic policy with real numbers among its actions has no density to record. Let it draw: a temperature of 1 where the file tells its deviation.");
    }

    private static IEnumerable<LoggedStep> Play(IVectorEnvironment environments, ActingPolicy policy, int episodes, ulong seed, CancellationToken stop)
    {
        int count = environments.Count, observed = environments.ObservationSpace.Size, acted = environments.ActionSpace.Size, choices = environments.ActionSpace.MaskSize;
        // A stream of its own, so that drawn actions and the environments' randomness are independent.
        var random = new RandomGenerator(seed, ulong.MaxValue);
        var step = new VectorStep(environments);
        float[] actions = new float[count * acted];
        var running = new List<LoggedStep>[count];
        int[] quota = new int[count];
        PolicyRecall recall = policy.Recall(count);
        for (int i = 0; i < count; i++) (running[i], quota[i]) = ([], (episodes / count) + (i < episodes % count ? 1 : 0));
        environments.Reset(seed, step);
        for (int done = 0; done < episodes;)
        {
            stop.ThrowIfCancellationRequested();
            ActionRows rows = policy.Rows(count, step.Observations, step.ActionMasks, policy.Remembers ? recall : null);
            float[] observations = [.. step.Observations], masks = [.. step.ActionMasks];
            for (int i = 0; i < count; i++) rows.Draw(i, random, actions.AsSpan(i * acted, acted));
            environments.Step(actions, step);
            for (int i = 0; i < count; i++)
            {
                bool over = step.Terminated[i] || step.Truncated[i];
                float[] action = actions[(i * acted)..((i + 1) * acted)];
                running[i].Add(new LoggedStep(
                    observations[(i * observed)..((i + 1) * observed)], action, step.Rewards[i], step.Terminated[i], step.Truncated[i], Math.Exp(rows.LogProbability(i, action)))
                {
                    Episode = done.ToString(CultureInfo.InvariantCulture),
                    FinalObservation = step.Truncated[i] && !step.Terminated[i] ? step.FinalObservations[(i * observed)..((i + 1) * observed)] : null,
                    ActionMask = masks.Length == 0 ? null : masks[(i * choices)..((i + 1) * choices)],
                });
                recall.Tell(i, action, step.Rewards[i]);
                if (!over) continue;
                if (quota[i]-- > 0)
                {
                    string name = done++.ToString(CultureInfo.InvariantCulture);
                    foreach (LoggedStep one in running[i]) yield return one with { Episode = name };
                }

                running[i].Clear();
                recall.Reset(i);
            }
        }
    }
}
