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

    internal JObject? Object(JToken? token, string field)
    {
        if (token is JObject value) return value;
        Add(field, Describe(token), "an object");
        return null;
    }

    internal JArray? Array(JToken? token, string field, int maximum)
    {
        if (token is JArray value && value.Count <= maximum) return value;
        Add(field, Describe(token), $"a list of at most {Text(maximum)} entries");
        return null;
    }

    internal string String(JToken? token, string field, string allowed = "text")
    {
        if (token is JValue { Type: JTokenType.String, Value: string text } && text.Length is > 0 and <= 1024) return text;
        Add(field, Describe(token), $"{allowed} of 1 to 1024 characters");
        return "?";
    }

    internal bool Boolean(JToken? token, string field)
    {
        if (token is JValue { Type: JTokenType.Boolean, Value: bool flag }) return flag;
        Add(field, Describe(token), "true or false");
        return false;
    }

    internal long Integer(JToken? token, string field, long minimum, long maximum)
    {
        if (token is JValue { Type: JTokenType.Integer, Value: long number } && number >= minimum && number <= maximum) return number;
        Add(field, Describe(token), $"a whole number from {Text(minimum)} to {Text(maximum)}");
        return minimum;
    }

    internal ulong Unsigned(JToken? token, string field)
    {
        if (token is JValue { Type: JTokenType.Integer } value)
        {
            switch (value.Value)
            {
                case long number when number >= 0: return (ulong)number;
                case ulong number: return number;
                case BigInteger number when number >= 0 && number <= ulong.MaxValue: return (ulong)number;
            }
        }

        Add(field, Describe(token), "a whole number from 0 to 18446744073709551615");
        return 0;
    }

    internal double Number(JToken? token, string field, string allowed)
    {
        double? number = AsNumber(token);
        if (number is double finite && !double.IsNaN(finite) && !double.IsInfinity(finite)) return finite;
        Add(field, Describe(token), allowed);
        return 0;
    }

    internal T Word<T>(JToken? token, string field, (T Value, string Name)[] words)
    {
        if (token is JValue { Type: JTokenType.String, Value: string text })
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
    internal static double? AsNumber(JToken? token) => (token as JValue)?.Value switch
    {
        long number => number,
        ulong number => number,
        BigInteger number => (double)number,
        double number => number,
        float number => number,
        _ => null,
    };

    internal static string Describe(JToken? token) => token switch
    {
        null => "nothing",
        JObject => "an object",
        JArray array => $"a list of {Text(array.Count)}",
        JValue { Type: JTokenType.String, Value: string text } => "'" + ManifestRules.Shorten(text) + "'",
        JValue value => ManifestRules.Shorten(value.ToString(Formatting.None)),
        _ => token.Type.ToString(),
    };

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
