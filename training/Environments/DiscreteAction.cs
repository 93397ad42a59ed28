using System;
using System.Diagnostics.CodeAnalysis;

namespace Pipeline.Training.Environments;

/// <summary>Reads the actions of environments with choices.</summary>
internal static class DiscreteAction
{
    /// <summary>The number of a choice, checked.</summary>
    /// <param name="action">The action as it was given.</param>
    /// <param name="choices">How many choices there are.</param>
    /// <param name="environment">Whose they are, for the message.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is none of the choices.</exception>
    public static int Number(float action, int choices, string environment)
    {
        if (!(action >= 0 && action < choices && action == (int)action)) Refuse(action, choices, environment);
        return (int)action;
    }

    [DoesNotReturn]
    private static void Refuse(float action, int choices, string environment) =>
        throw new ArgumentOutOfRangeException(nameof(action), action, $"Action {action} is none of the choices 0 to {choices - 1} of {environment}.");
}
