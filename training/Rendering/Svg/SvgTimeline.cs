using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace Pipeline.Training.Rendering.Svg;

/// <summary>Writes what changes over the ticks of an animation, as short as it can be said. All parts last equally long, so that they stay together.</summary>
internal sealed class SvgTimeline(int ticks, double seconds)
{
    private readonly string _duration = string.Create(CultureInfo.InvariantCulture, $"dur=\"{seconds:0.###}s\" calcMode=\"discrete\" repeatCount=\"indefinite\"");

    /// <summary>How many ticks there are.</summary>
    public int Ticks => ticks;

    /// <summary>An attribute's value where it never changes; else an animation of it, to be put inside the element.</summary>
    /// <param name="name">The attribute.</param>
    /// <param name="values">Its value at every tick.</param>
    /// <param name="attributes">Receives the value at the start.</param>
    /// <param name="inside">Receives the animation, where there is one.</param>
    public void Attribute(string name, IReadOnlyList<string> values, StringBuilder attributes, StringBuilder inside)
    {
        attributes.Append(CultureInfo.InvariantCulture, $" {name}=\"{values[0]}\"");
        if (Timing(values) is string timing) inside.Append(CultureInfo.InvariantCulture, $"<animate attributeName=\"{name}\" {timing} {_duration}/>");
    }

    /// <summary>A movement; empty where there is none.</summary>
    /// <param name="values">x and y at every tick.</param>
    public string Movement(IReadOnlyList<string> values) =>
        Timing(values) is string timing ? $"<animateTransform attributeName=\"transform\" type=\"translate\" {timing} {_duration}/>" : "";

    /// <summary>All values, or only the changes with their times, whichever is shorter; null where nothing changes.</summary>
    private string? Timing(IReadOnlyList<string> values)
    {
        List<int> changes = [.. Enumerable.Range(0, values.Count).Where(i => i == 0 || values[i] != values[i - 1])];
        if (changes.Count == 1) return null;
        string all = $"values=\"{string.Join(';', values)}\"";
        string times = string.Join(';', changes.Select(i => ((double)i / ticks).ToString("0.#####", CultureInfo.InvariantCulture)));
        string some = $"values=\"{string.Join(';', changes.Select(i => values[i]))}\" keyTimes=\"{times}\"";
        return some.Length < all.Length ? some : all;
    }
}
