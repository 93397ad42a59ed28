using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Samples.Shared;

/// <summary>A sample's arguments: words such as <c>--frames 120</c> or <c>--busy</c>. All that is wrong with them is told at once.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string> _given = [];
    private readonly List<string> _known = [];
    private readonly List<string> _problems = [];

    public Arguments(IReadOnlyList<string> words)
    {
        for (int i = 0; i < words.Count; i++)
        {
            bool hasValue = i + 1 < words.Count && !words[i + 1].StartsWith("--", StringComparison.Ordinal);
            _given[words[i]] = hasValue ? words[i + 1] : "";
            if (hasValue) i++;
        }
    }

    /// <summary>What is wrong, given names that were never asked for included; ask for all arguments first.</summary>
    public IReadOnlyList<string> Problems =>
        [.. _problems, .. _given.Keys.Except(_known).Select(name => $"{name} is no argument. There are {string.Join(", ", _known)}.")];

    public bool Has(string name)
    {
        _known.Add(name);
        if (!_given.TryGetValue(name, out string? value)) return false;
        if (value.Length > 0) _problems.Add($"{name} takes no value, but {value} was given.");
        return true;
    }

    public string Text(string name, string byDefault)
    {
        _known.Add(name);
        return _given.GetValueOrDefault(name, byDefault);
    }

    public int Whole(string name, int byDefault, int low, int high) => (int)Number(name, byDefault, low, high, NumberStyles.AllowLeadingSign);

    public double Number(string name, double byDefault, double low, double high, NumberStyles style = NumberStyles.Float)
    {
        _known.Add(name);
        if (!_given.TryGetValue(name, out string? text)) return byDefault;
        if (double.TryParse(text, style, CultureInfo.InvariantCulture, out double value) && value >= low && value <= high) return value;
        _problems.Add($"{name} is '{text}'. Give a {(style == NumberStyles.Float ? "number" : "whole number")} from {low} to {high}.");
        return byDefault;
    }
}
