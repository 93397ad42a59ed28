using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Training.Evaluation.Reports;

namespace Pipeline.Cli;

/// <summary>Reads and writes numbers, spans of time and JSON as the command line shows them.</summary>
internal static class Texts
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Json(JsonNode node) => node.ToJsonString(Indented);

    /// <summary>A whole number, written plainly, with underscores between thousands or with an exponent; null, and a problem, for anything else.</summary>
    public static long? Whole(string? text, string option, long minimum, List<string> problems)
    {
        if (text is null) return null;
        string digits = text.Replace("_", "", StringComparison.Ordinal);
        if (!long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number))
        {
            if (!double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out double real) || real != Math.Floor(real) || Math.Abs(real) > 1L << 53)
            {
                problems.Add($"{option} is '{text}'; a whole number of at least {minimum} is expected, such as 100000 or 1e5.");
                return null;
            }

            number = (long)real;
        }

        if (number >= minimum) return number;
        problems.Add($"{option} is {text}; at least {minimum} is allowed.");
        return null;
    }

    public static ulong? Seed(string? text, List<string> problems)
    {
        if (text is null) return null;
        if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed)) return seed;
        problems.Add($"--seed is '{text}'; a whole number from 0 to {ulong.MaxValue} is expected.");
        return null;
    }

    /// <summary>Four significant digits, without an exponent where a person would not write one.</summary>
    public static string Number(double value) => NumberText.Short(value);

    public static string Plural(long count, string one, string? many = null) => $"{Count(count)} {(count == 1 ? one : many ?? one + "s")}";

    /// <summary>A name such as MinMax as a person types it: min-max.</summary>
    public static string Dashed(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) ? $"{(i == 0 ? "" : "-")}{char.ToLowerInvariant(c)}" : c.ToString()));

    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    public static string Duration(TimeSpan? time) => time switch
    {
        null => "?",
        { TotalDays: >= 1 } t => string.Create(CultureInfo.InvariantCulture, $"{t.TotalDays:0.0} days"),
        { TotalHours: >= 1 } t => string.Create(CultureInfo.InvariantCulture, $"{(int)t.TotalHours} h {t.Minutes} min"),
        { TotalMinutes: >= 1 } t => string.Create(CultureInfo.InvariantCulture, $"{t.Minutes} min {t.Seconds} s"),
        { TotalSeconds: var s } => string.Create(CultureInfo.InvariantCulture, $"{s:0.0} s"),
    };
}
