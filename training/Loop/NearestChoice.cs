using System;
using System.Collections.Generic;
using System.Linq;
using Pipeline.Training.Environments;

namespace Pipeline.Training.Loop;

/// <summary>Says which of the valid choices a mistyped one may have meant.</summary>
public static class NearestChoice
{
    private const int Few = 12;

    /// <summary>A sentence with a space before it: the nearest choice, or all of them where none is near and they are few; else empty.</summary>
    /// <param name="given">What was given.</param>
    /// <param name="choices">The choices there are.</param>
    public static string Hint(string given, IEnumerable<string> choices)
    {
        ArgumentNullException.ThrowIfNull(given);
        string[] all = choices.ToArray();
        if (NearestName.Of(given, all) is not string nearest) return "";
        bool near = NearestName.Distance(given.ToUpperInvariant(), nearest.ToUpperInvariant()) <= Math.Max(2, given.Length / 2);
        if (near || all.Length > Few) return near ? $" Did you mean '{nearest}'?" : $" The nearest is '{nearest}'.";
        return $" There are: {string.Join(", ", all)}.";
    }
}
