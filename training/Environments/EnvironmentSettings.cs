using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Pipeline.Training.Environments;

/// <summary>
/// An environment's name with its settings, written <c>FrozenLake-v1?map_name=8x8&amp;is_slippery=false</c>: a question mark, then
/// <c>setting=value</c>, an ampersand between two. Every environment has the setting <c>max_episode_steps</c>.
/// </summary>
public sealed class EnvironmentSettings
{
    /// <summary>The setting of the time limit, which every environment has.</summary>
    public const string MaxEpisodeStepsName = "max_episode_steps";

    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    private EnvironmentSettings(string environment) => Environment = environment;

    /// <summary>The environment's name without its settings.</summary>
    public string Environment { get; }

    /// <summary>The names of the settings given.</summary>
    public IReadOnlyCollection<string> Names => _values.Keys;

    /// <summary>Takes a name and its settings apart.</summary>
    /// <param name="name">The name, with or without settings.</param>
    /// <exception cref="EnvironmentException">A setting is not written as a name, an equals sign and a value, or is given twice.</exception>
    public static EnvironmentSettings Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        int mark = name.IndexOf('?', StringComparison.Ordinal);
        if (mark < 0) return new EnvironmentSettings(name);
        var settings = new EnvironmentSettings(name[..mark]);
        foreach (string part in name[(mark + 1)..].Split('&'))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
                throw new EnvironmentException($"The setting '{part}' of '{name}' is not written as name=value. Write for example {name[..mark]}?{MaxEpisodeStepsName}=100.");
            if (!settings._values.TryAdd(part[..equals], part[(equals + 1)..]))
                throw new EnvironmentException($"The setting '{part[..equals]}' is given twice in '{name}'. Give it once.");
        }

        return settings;
    }

    /// <summary>A setting that is one of some words.</summary>
    /// <param name="name">The setting.</param>
    /// <param name="otherwise">Its value where it is not given.</param>
    /// <param name="choices">The words.</param>
    /// <exception cref="EnvironmentException">The value given is none of them.</exception>
    public string Word(string name, string otherwise, IReadOnlyCollection<string> choices)
    {
        if (!_values.TryGetValue(name, out string? value)) return otherwise;
        return choices.Contains(value) ? value : throw Refused(name, value, string.Join(" or ", choices), NearestName.Of(value, choices));
    }

    /// <summary>A setting that is yes or no, written <c>true</c> or <c>false</c>.</summary>
    /// <param name="name">The setting.</param>
    /// <param name="otherwise">Its value where it is not given.</param>
    /// <exception cref="EnvironmentException">The value given is neither.</exception>
    public bool Truth(string name, bool otherwise)
    {
        if (!_values.TryGetValue(name, out string? value)) return otherwise;
        return bool.TryParse(value, out bool truth) ? truth : throw Refused(name, value, "true or false");
    }

    /// <summary>A setting that is a probability.</summary>
    /// <param name="name">The setting.</param>
    /// <param name="otherwise">Its value where it is not given.</param>
    /// <exception cref="EnvironmentException">The value given is not a number from 0 to 1.</exception>
    public double Probability(string name, double otherwise)
    {
        if (!_values.TryGetValue(name, out string? value)) return otherwise;
        return double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number is >= 0 and <= 1
            ? number
            : throw Refused(name, value, "a number from 0 to 1");
    }

    /// <summary>A setting that is a whole number.</summary>
    /// <param name="name">The setting.</param>
    /// <param name="otherwise">Its value where it is not given.</param>
    /// <param name="least">The smallest value allowed.</param>
    /// <param name="most">The largest value allowed.</param>
    /// <exception cref="EnvironmentException">The value given is no whole number between the two.</exception>
    public int Whole(string name, int otherwise, int least, int most)
    {
        if (!_values.TryGetValue(name, out string? value)) return otherwise;
        return int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most
            ? number
            : throw Refused(name, value, $"a whole number from {least} to {most}");
    }

    /// <summary>The time limit.</summary>
    /// <param name="otherwise">The limit where none is given.</param>
    /// <exception cref="EnvironmentException">The value given is not a whole number of at least 1.</exception>
    public int? MaxEpisodeSteps(int? otherwise) =>
        _values.ContainsKey(MaxEpisodeStepsName) ? Whole(MaxEpisodeStepsName, 0, 1, int.MaxValue) : otherwise;

    /// <summary>Refuses settings that the environment does not have.</summary>
    /// <param name="known">The settings it has, the time limit aside.</param>
    /// <exception cref="EnvironmentException">One is unknown.</exception>
    internal void CheckKnown(IReadOnlyList<string> known)
    {
        List<string> all = [.. known, MaxEpisodeStepsName];
        foreach (string name in _values.Keys)
        {
            if (!all.Contains(name))
                throw new EnvironmentException($"{Environment} has no setting '{name}'. Did you mean '{NearestName.Of(name, all)}'? Its settings are {string.Join(", ", all)}.");
        }
    }

    private EnvironmentException Refused(string name, string value, string allowed, string? nearest = null) =>
        new($"The setting {name} of {Environment} is '{value}'; allowed is {allowed}.{(nearest is null ? "" : $" Did you mean '{nearest}'?")}");
}
