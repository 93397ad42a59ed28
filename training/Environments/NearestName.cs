using System;
using System.Collections.Generic;
using System.Linq;

namespace Pipeline.Training.Environments;

/// <summary>Finds the name that someone who mistyped one probably meant.</summary>
public static class NearestName
{
    /// <summary>
    /// The nearest of some names: one that begins with what was typed, else, or among several such, the one with the fewest letters changed,
    /// added, left out or swapped with their neighbour; upper and lower case alike.
    /// </summary>
    /// <param name="given">What was typed.</param>
    /// <param name="names">The names there are.</param>
    /// <returns>The nearest, the first of equals; null where there is no name.</returns>
    public static string? Of(string given, IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(given);
        ArgumentNullException.ThrowIfNull(names);
        return names.MinBy(name => (
            name.StartsWith(given, StringComparison.OrdinalIgnoreCase) ? 0 : 1,
            Distance(given.ToUpperInvariant(), name.ToUpperInvariant())));
    }

    /// <summary>The distance of Damerau and Levenshtein in its restricted form: each letter takes part in one edit.</summary>
    /// <param name="first">A text.</param>
    /// <param name="second">Another.</param>
    public static int Distance(string first, string second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        int[,] cost = new int[first.Length + 1, second.Length + 1];
        for (int i = 0; i <= first.Length; i++) cost[i, 0] = i;
        for (int j = 0; j <= second.Length; j++) cost[0, j] = j;
        for (int i = 1; i <= first.Length; i++)
        {
            for (int j = 1; j <= second.Length; j++)
            {
                int change = cost[i - 1, j - 1] + (first[i - 1] == second[j - 1] ? 0 : 1);
                cost[i, j] = Math.Min(change, Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1);
                if (i > 1 && j > 1 && first[i - 1] == second[j - 2] && first[i - 2] == second[j - 1])
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
            }
        }

        return cost[first.Length, second.Length];
    }
}
