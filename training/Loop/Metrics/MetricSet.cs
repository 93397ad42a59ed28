using System.Collections.Generic;

namespace Pipeline.Training.Loop.Metrics;

/// <summary>The latest figures of a run under their fixed snake_case keys, in the order in which they were first set.</summary>
public sealed class MetricSet
{
    private readonly Dictionary<string, int> _index = [];
    private readonly List<string> _keys = [];
    private readonly List<double> _values = [];

    /// <summary>The keys, in order.</summary>
    public IReadOnlyList<string> Keys => _keys;

    /// <summary>Sets a figure. After the first time a key costs no allocation.</summary>
    /// <param name="key">The figure's key, such as <c>policy_loss</c>.</param>
    /// <param name="value">The figure.</param>
    public void Set(string key, double value)
    {
        if (_index.TryGetValue(key, out int position))
        {
            _values[position] = value;
            return;
        }

        _index.Add(key, _keys.Count);
        _keys.Add(key);
        _values.Add(value);
    }

    /// <summary>The figure under a key, or null where none was set.</summary>
    /// <param name="key">The figure's key.</param>
    public double? Get(string key) => _index.TryGetValue(key, out int position) ? _values[position] : null;

    /// <summary>The figures as they are now, untouched by what is set later.</summary>
    public MetricSet Copy()
    {
        var copy = new MetricSet();
        for (int i = 0; i < _keys.Count; i++)
            copy.Set(_keys[i], _values[i]);
        return copy;
    }
}
