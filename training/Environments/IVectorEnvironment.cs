using System;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Training.Environments;

/// <summary>
/// N environments stepped together. An environment whose episode ends is reset within the same step: its row of
/// <see cref="VectorStep.Observations"/> is then the first observation of the next episode, and the last observation of the ended one is in
/// <see cref="VectorStep.FinalObservations"/>. Stepping allocates nothing.
/// </summary>
public interface IVectorEnvironment : IStateful, IDisposable
{
    /// <summary>N, the number of environments.</summary>
    int Count { get; }

    /// <summary>What one environment's observations look like.</summary>
    Space ObservationSpace { get; }

    /// <summary>What one environment's actions look like.</summary>
    Space ActionSpace { get; }

    /// <summary>Whether <see cref="VectorStep.ActionMasks"/> is filled.</summary>
    bool HasActionMask { get; }

    /// <summary>Whether loading a state starts new episodes, since the environments inside cannot be saved: then nothing can go back to where it was.</summary>
    bool RestartsOnLoad => false;

    /// <summary>Rewards for other goals, where the task has goals; null where it has none.</summary>
    IGoalTask? Goals => null;

    /// <summary>
    /// Numbers the episodes that the next <see cref="Reset"/> starts: environment i plays episode <paramref name="first"/> + i, and an
    /// environment whose episode ends goes on with the next number, in the order of environments within a step. Episode k of a seed draws
    /// from stream k, so it does not depend on how many are stepped together nor on how long others were. Not part of a saved state.
    /// </summary>
    /// <param name="first">The number of the first episode; null for environment i to draw all its episodes from stream i again.</param>
    /// <returns>Whether episodes can be numbered. As it stands here they cannot, and nothing changes.</returns>
    bool NumberEpisodes(ulong? first) => false;

    /// <summary>Starts an episode in every environment. Environment i draws from stream i of the seed.</summary>
    /// <param name="seed">The seed; the same seed gives the same episodes.</param>
    /// <param name="step">Receives the observations and masks; rewards are zeroed and flags cleared.</param>
    void Reset(ulong seed, VectorStep step);

    /// <summary>Steps every environment.</summary>
    /// <param name="actions">[N, <c>ActionSpace.Size</c>], row-major.</param>
    /// <param name="step">Receives everything the step gives.</param>
    void Step(ReadOnlySpan<float> actions, VectorStep step);

    /// <summary>
    /// Writes the present observations and masks again, nothing else: for the first step after a state was loaded. As it stands here it leaves
    /// <paramref name="step"/> as it is, which suits a caller that saved the observations itself.
    /// </summary>
    /// <param name="step">Receives the observations and masks.</param>
    void Observe(VectorStep step)
    {
    }
}

/// <summary>The results of one vectorised step, struct of arrays. One instance is reused for a whole run.</summary>
public sealed class VectorStep
{
    /// <summary>Makes the arrays for an environment.</summary>
    /// <param name="environment">Whose steps they will hold.</param>
    public VectorStep(IVectorEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        int n = environment.Count;
        Observations = new float[n * environment.ObservationSpace.Size];
        FinalObservations = new float[n * environment.ObservationSpace.Size];
        Rewards = new float[n];
        Terminated = new bool[n];
        Truncated = new bool[n];
        ActionMasks = new float[environment.HasActionMask ? n * environment.ActionSpace.MaskSize : 0];
    }

    /// <summary>[N, observation size]: what the next action is to be chosen from.</summary>
    public float[] Observations { get; }

    /// <summary>[N, observation size]: the last observation of an episode that ended in this step. Rows of other environments hold nothing of meaning.</summary>
    public float[] FinalObservations { get; }

    /// <summary>[N]</summary>
    public float[] Rewards { get; }

    /// <summary>[N]: the task ended the episode; nothing is bootstrapped.</summary>
    public bool[] Terminated { get; }

    /// <summary>[N]: the episode was cut off from outside; its last observation is bootstrapped from.</summary>
    public bool[] Truncated { get; }

    /// <summary>[N, mask size], 1 allowed and 0 not, for <see cref="Observations"/>; empty where the environment has no mask.</summary>
    public float[] ActionMasks { get; }

    /// <summary>Zeroes the rewards and clears the flags.</summary>
    internal void Clear()
    {
        Array.Clear(Rewards);
        Array.Clear(Terminated);
        Array.Clear(Truncated);
    }

    /// <summary>Refuses actions or a step of the wrong size.</summary>
    internal void CheckFits(IVectorEnvironment environment, ReadOnlySpan<float> actions)
    {
        int n = environment.Count;
        if (Rewards.Length != n || Observations.Length != n * environment.ObservationSpace.Size)
            throw new ArgumentException($"The VectorStep given holds {Rewards.Length} rewards and {Observations.Length} observed numbers; {n} environments of {environment.ObservationSpace} need one made for them.");
        if (actions.Length != n * environment.ActionSpace.Size)
            throw new ArgumentException($"{actions.Length} action numbers were given; {n} environments of {environment.ActionSpace} take {n * environment.ActionSpace.Size}.", nameof(actions));
    }
}
