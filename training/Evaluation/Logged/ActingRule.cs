using System.Collections.Generic;

namespace Pipeline.Training.Evaluation.Logged;

/// <summary>How a policy's file is acted by: which distribution over actions is meant.</summary>
/// <param name="Temperature">
/// T: choices are drawn in proportion to e^(score/T), the scores being logits or action values; the deviation of real numbers is multiplied by it. 0 takes the
/// deterministic action; 1 is the policy as it was trained, if it is one that draws.
/// </param>
/// <param name="Epsilon">ε, 0 to 1: with this probability the action is uniform, over what is allowed or within the bounds.</param>
public sealed record ActingRule(double Temperature, double Epsilon = 0)
{
    /// <summary>The deterministic action.</summary>
    public static ActingRule Deterministic { get; } = new(0);

    /// <summary>Whether one action has all the probability.</summary>
    public bool IsDeterministic => Temperature == 0 && Epsilon == 0;

    /// <summary>All that is wrong with the rule; empty when nothing is.</summary>
    public IEnumerable<string> Problems()
    {
        if (!(Temperature is >= 0 and <= 1e6)) yield return $"The temperature is {Temperature}; 0 (the deterministic action) to 1e6 is allowed.";
        if (!(Epsilon is >= 0 and <= 1)) yield return $"Epsilon is {Epsilon}; 0 to 1 is allowed.";
    }
}
