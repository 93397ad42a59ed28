using System;
using System.Collections.Generic;
using System.Linq;

namespace Pipeline.Training.Loop;

/// <summary>Finds the name that a mistyped one may have meant.</summary>
public static class NearestName
{
    /// <summary>A sentence, with a space before it: the nearest name, or all of them where none is near and they are few.</summary>
    /// <param name="given">What was given.</param>
    /// <param name="allowed">The names there are.</param>
    public static string Hint(string given, IEnumerable<string> allowed)
    {
        string[] names = allowed.ToArray();
        string? nearest = names.OrderBy(n => Distance(given, n)).FirstOrDefault();
        if (nearest is null) return "";
        if (Distance(given, nearest) <= Math.Max(2, given.Length / 2)) return $" Did you mean '{nearest}'?";
        return names.Length <= 12 ? $" There are: {string.Join(", ", names)}." : "";
    }

    private static int Distance(string from, string to)
    {
        int[] row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (int i = 1; i <= from.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.Length; j++)
            {
                int cost = char.ToUpperInvariant(from[i - 1]) == char.ToUpperInvariant(to[j - 1]) ? 0 : 1;
                int best = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + cost);
                diagonal = row[j];
                row[j] = best;
            }
        }

        return row[to.Length];
    }
}
