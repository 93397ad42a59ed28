using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Numerics;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Pipeline.Contracts.Manifest;

/// <summary>Reads typed fields from untrusted JSON and collects what is wrong, so that all of it is reported at once.</summary>
internal sealed class JsonFields
{
    private const int MaximumProblems = 100;

    /// <summary>What is wrong: the first hundred problems of a text that may have millions.</summary>
    internal List<ManifestProblem> Problems { get; } = new();

    /// <summary>How many problems there were.</summary>
    internal int Faults { get; private set; }

    internal void Add(string field, string found, string allowed, string remedy = "")
    {
        Faults++;
        if (Problems.Count < MaximumProblems) Problems.Add(new ManifestProblem(field, found, allowed, remedy));
    }

    internal JsonObject? Object(object? token, string field)
    {
        if (token is JsonObject value) return value;
        Add(field, Describe(token), "an object");
        return null;
    }

    internal JsonList? Array(object? token, string field, int maximum)
    {
        if (token is JsonList value && value.Count <= maximum) return value;
        Add(field, Describe(token), $"a list of at most {Text(maximum)} entries");
        return null;
    }

    internal string String(object? token, string field, string allowed = "text")
    {
        if (token is string text && text.Length is > 0 and <= 1024) return text;
        Add(field, Describe(token), $"{allowed} of 1 to 1024 characters");
        return "?";
    }

    internal bool Boolean(object? token, string field)
    {
        if (token is bool flag) return flag;
        Add(field, Describe(token), "true or false");
        return false;
    }

    internal long Integer(object? token, string field, long minimum, long maximum)
    {
        if (token is long number && number >= minimum && number <= maximum) return number;
        Add(field, Describe(token), $"a whole number from {Text(minimum)} to {Text(maximum)}");
        return minimum;
    }

    internal ulong Unsigned(object? token, string field)
    {
        switch (token)
        {
            case long number when number >= 0: return (ulong)number;
            case ulong number: return number;
            case BigInteger number when number >= 0 && number <= ulong.MaxValue: return (ulong)number;
        }

        Add(field, Describe(token), "a whole number from 0 to 18446744073709551615");
        return 0;
    }

    internal double Number(object? token, string field, string allowed)
    {
        double? number = AsNumber(token);
        if (number is double finite && !double.IsNaN(finite) && !double.IsInfinity(finite)) return finite;
        Add(field, Describe(token), allowed);
        return 0;
    }

    internal T Word<T>(object? token, string field, (T Value, string Name)[] words)
    {
        if (token is string text)
        {
            foreach ((T value, string name) in words)
            {
                if (name == text) return value;
            }
        }

        Add(field, Describe(token), string.Join(", ", words.Select(w => w.Name)));
        return words[0].Value;
    }

    /// <summary>The number that a token holds, or null.</summary>
    internal static double? AsNumber(object? token) => token switch
    {
        long number => number,
        ulong number => number,
        BigInteger number => (double)number,
        double number => number,
        float number => number,
        _ => null,
    };

    internal static string Describe(object? token) => token switch
    {
        null => "nothing",
        JsonObject => "an object",
        JsonList list => $"a list of {Text(list.Count)}",
        string text => "'" + ManifestRules.Shorten(text) + "'",
        DBNull => "null",
        JToken other and not JValue => other.Type.ToString(),
        _ => ManifestRules.Shorten((token as JValue ?? new JValue(token)).ToString(Formatting.None)),
    };

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
