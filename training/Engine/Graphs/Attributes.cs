using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Pipeline.Training.Engine.Graphs;

/// <summary>The settings of one operator application: names with a whole number, a list of whole numbers, a real number or a shape. Immutable.</summary>
public sealed class Attributes
{
    private readonly (string Name, object Value)[] _entries;

    private Attributes((string Name, object Value)[] entries)
    {
        _entries = entries;
        Text = string.Join(", ", entries.Select(e => $"{e.Name}={Format(e.Value)}"));
    }

    /// <summary>No settings.</summary>
    public static Attributes None { get; } = new([]);

    /// <summary>All settings as text, in the order in which they were given; equal texts mean equal settings.</summary>
    public string Text { get; }

    /// <summary>Makes settings.</summary>
    /// <param name="entries">Names with values of type long, long[], double or <see cref="Shape"/>.</param>
    public static Attributes Of(params (string Name, object Value)[] entries) => new(entries);

    /// <summary>A whole number.</summary>
    /// <param name="name">Its name.</param>
    public long Integer(string name) => (long)Find(name);

    /// <summary>A flag, kept as 0 or 1.</summary>
    /// <param name="name">Its name.</param>
    public bool Flag(string name) => Integer(name) != 0;

    /// <summary>A list of whole numbers.</summary>
    /// <param name="name">Its name.</param>
    public long[] Integers(string name) => (long[])Find(name);

    /// <summary>A real number.</summary>
    /// <param name="name">Its name.</param>
    public double Real(string name) => (double)Find(name);

    /// <summary>A shape.</summary>
    /// <param name="name">Its name.</param>
    public Shape Shape(string name) => (Shape)Find(name);

    private object Find(string name)
    {
        foreach ((string key, object value) in _entries)
        {
            if (key == name) return value;
        }

        throw new KeyNotFoundException($"There is no attribute '{name}' among: {Text}.");
    }

    private static string Format(object value) => value switch
    {
        long[] list => $"[{string.Join(", ", list)}]",
        double real => real.ToString("R", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? string.Empty,
    };
}
