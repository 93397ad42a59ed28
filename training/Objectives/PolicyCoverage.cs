using System;

namespace Pipeline.Training.Objectives;

/// <summary>A target policy takes actions that the behaviour policy never takes: what it would earn cannot be estimated from this data.</summary>
public sealed class CoverageException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">Where, how much, and what to change.</param>
    public CoverageException(string message)
        : base(message)
    {
    }
}

/// <summary>
/// How far a behaviour policy covers a target policy: π(a|s) &gt; 0 implies μ(a|s) &gt; 0 (Sutton and Barto, 2018, section 5.5), which importance sampling
/// needs. Real-valued actions with densities that are nowhere 0 are always covered.
/// </summary>
/// <param name="States">Number of states that were looked at.</param>
/// <param name="UncoveredStates">Number of those where the target policy takes an action that the behaviour policy never takes.</param>
/// <param name="FirstState">The first of them; −1 where there is none.</param>
/// <param name="FirstAction">An action there that is not covered; −1 where there is none.</param>
/// <param name="LargestMass">The largest probability with which the target policy leaves what is covered in a state.</param>
public sealed record PolicyCoverage(int States, int UncoveredStates, int FirstState, int FirstAction, double LargestMass)
{
    /// <summary>Whether the assumption holds in every state.</summary>
    public bool Holds => UncoveredStates == 0;

    /// <summary>Compares two policies over choices, action by action, those that were not taken included.</summary>
    /// <param name="target">π(·|s), [states, choices]</param>
    /// <param name="behaviour">μ(·|s), [states, choices]</param>
    /// <param name="choices">Number of choices, at least 1.</param>
    /// <exception cref="ArgumentException">The lengths do not fit, or an entry is no probability.</exception>
    public static PolicyCoverage Of(ReadOnlySpan<float> target, ReadOnlySpan<float> behaviour, int choices)
    {
        if (choices < 1 || target.Length != behaviour.Length || target.Length % choices != 0)
            throw new ArgumentException($"There are {target.Length} probabilities of the target policy and {behaviour.Length} of the behaviour policy; both are as many, a multiple of {choices} choices (at least 1).");
        int uncovered = 0, firstState = -1, firstAction = -1;
        double largest = 0;
        for (int state = 0; state < target.Length / choices; state++)
        {
            double mass = 0;
            for (int action = 0; action < choices; action++)
            {
                float pi = target[(state * choices) + action], mu = behaviour[(state * choices) + action];
                if (!(pi is >= 0 and <= 1 && mu is >= 0 and <= 1))
                    throw new ArgumentException($"State {state} has the probabilities {pi} (target) and {mu} (behaviour) of action {action}. They are 0 to 1.");
                if (pi == 0 || mu > 0) continue;
                mass += pi;
                if (firstState < 0) (firstState, firstAction) = (state, action);
            }

            if (mass > 0) uncovered++;
            largest = Math.Max(largest, mass);
        }

        return new PolicyCoverage(target.Length / choices, uncovered, firstState, firstAction, largest);
    }

    /// <summary>Refuses a target policy that is not covered.</summary>
    /// <exception cref="CoverageException">It is not.</exception>
    public void Require()
    {
        if (Holds) return;
        throw new CoverageException(
            $"In {UncoveredStates} of {States} states the target policy takes actions that the behaviour policy never takes: the first is action {FirstAction} in state {FirstState}, and up to {LargestMass:P1} of a state's choices are affected. " +
            "Use data of a policy that tries every action the target policy takes, or a target policy that keeps to them.");
    }
}
