using System;
using System.Collections.Generic;
using System.Linq;
using Newtonsoft.Json.Linq;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Contracts.Manifest;

/// <summary>
/// Spaces as JSON: <c>{"type": "Box", "shape": [4], "low": -1, "high": [1, 2, 3, "inf"]}</c> (a bound that is the same everywhere is
/// one number; infinite ones are the strings <c>inf</c> and <c>-inf</c>), <c>{"type": "Discrete", "n": 2}</c>,
/// <c>{"type": "MultiDiscrete", "branches": [3, 2]}</c>, <c>{"type": "MultiBinary", "n": 8}</c> and
/// <c>{"type": "Dict", "entries": [{"name": "…", "space": {…}}]}</c>.
/// </summary>
public static class SpaceJson
{
    /// <summary>Most floats that a space read from JSON may have in a value or a mask.</summary>
    public const int MaximumSize = 1 << 24;

    private const int MaximumRank = 8;
    private const int MaximumEntries = 1024;
    private static readonly string[] Types = { "Box", "Discrete", "MultiDiscrete", "MultiBinary", "Dict" };

    /// <summary>Writes a space.</summary>
    /// <param name="space">The space.</param>
    public static JObject Write(Space space) => space switch
    {
        Box box => new JObject { ["type"] = "Box", ["shape"] = Array(box.Shape), ["low"] = Bounds(box.Low), ["high"] = Bounds(box.High) },
        Discrete discrete => new JObject { ["type"] = "Discrete", ["n"] = discrete.N },
        MultiDiscrete multi => new JObject { ["type"] = "MultiDiscrete", ["branches"] = Array(multi.Branches) },
        MultiBinary binary => new JObject { ["type"] = "MultiBinary", ["n"] = binary.N },
        Dict dict => new JObject { ["type"] = "Dict", ["entries"] = Entries(dict) },
        null => throw new ArgumentNullException(nameof(space)),
        _ => throw new ArgumentException($"The space {space} has no JSON form.", nameof(space)),
    };

    /// <summary>Reads a space from untrusted JSON.</summary>
    /// <param name="token">What <see cref="Write"/> made.</param>
    /// <param name="source">What to call it in errors.</param>
    /// <exception cref="ManifestException">It is not a space, or one with more than <see cref="MaximumSize"/> floats: all problems at once.</exception>
    public static Space Parse(JToken token, string source)
    {
        var fields = new JsonFields();
        Space? space = Read(token, "space", fields, inDict: false);
        if (space is null || fields.Problems.Count > 0) throw new ManifestException(source, fields.Problems);
        return space;
    }

    /// <summary>Reads a space; null, with the problems noted, where it is none.</summary>
    internal static Space? Read(JToken? token, string field, JsonFields fields, bool inDict)
    {
        int before = fields.Faults;
        if (fields.Object(token, field) is not JObject value) return null;
        string? type = value["type"] is JValue { Value: string text } ? text : null;
        switch (type)
        {
            case "Box":
                return ReadBox(value, field, fields);
            case "Discrete":
                int n = (int)fields.Integer(value["n"], field + ".n", 1, MaximumSize);
                return fields.Faults == before ? new Discrete(n) : null;
            case "MultiDiscrete":
                return ReadMultiDiscrete(value, field, fields);
            case "MultiBinary":
                int bits = (int)fields.Integer(value["n"], field + ".n", 1, MaximumSize);
                return fields.Faults == before ? new MultiBinary(bits) : null;
            case "Dict" when !inDict:
                return ReadDict(value, field, fields);
            default:
                fields.Add(field + ".type", JsonFields.Describe(value["type"]), string.Join(", ", Types.Where(t => !inDict || t != "Dict")));
                return null;
        }
    }

    private static Box? ReadBox(JObject value, string field, JsonFields fields)
    {
        int before = fields.Faults;
        if (fields.Array(value["shape"], field + ".shape", MaximumRank) is not JArray axes) return null;
        int[] shape = axes.Select((axis, i) => (int)fields.Integer(axis, $"{field}.shape[{i}]", 1, MaximumSize)).ToArray();
        long size = 1;
        foreach (int length in shape) size = Math.Min(size * length, long.MaxValue >> 25);
        if (size > MaximumSize) fields.Add(field + ".shape", $"{size} or more floats", $"at most {MaximumSize}");
        if (fields.Faults > before) return null;
        float[]? low = ReadBounds(value["low"], field + ".low", (int)size, fields);
        float[]? high = ReadBounds(value["high"], field + ".high", (int)size, fields);
        if (low is null || high is null) return null;
        for (int i = 0; i < low.Length; i++)
        {
            if (low[i] <= high[i]) continue;
            fields.Add($"{field}.low", $"{low[i]} in entry {i}", $"at most the upper bound {high[i]}");
            return null;
        }

        return new Box(low, high, shape);
    }

    private static MultiDiscrete? ReadMultiDiscrete(JObject value, string field, JsonFields fields)
    {
        int before = fields.Faults;
        if (fields.Array(value["branches"], field + ".branches", 1 << 16) is not JArray list) return null;
        int[] branches = list.Select((n, i) => (int)fields.Integer(n, $"{field}.branches[{i}]", 1, MaximumSize)).ToArray();
        long total = branches.Sum(n => (long)n);
        if (branches.Length == 0 || total > MaximumSize)
            fields.Add(field + ".branches", $"{branches.Length} branches with {total} options", $"at least 1 branch, together at most {MaximumSize} options");
        return fields.Faults == before ? new MultiDiscrete(branches) : null;
    }

    private static Dict? ReadDict(JObject value, string field, JsonFields fields)
    {
        int before = fields.Faults;
        if (fields.Array(value["entries"], field + ".entries", MaximumEntries) is not JArray list) return null;
        if (list.Count == 0) fields.Add(field + ".entries", "an empty list", "at least 1 entry");
        var entries = new List<(string Name, Space Space)>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        long size = 0;
        long choices = 0;
        for (int i = 0; i < list.Count; i++)
        {
            string at = $"{field}.entries[{i}]";
            if (fields.Object(list[i], at) is not JObject entry) continue;
            string name = fields.String(entry["name"], at + ".name");
            if (!names.Add(name)) fields.Add(at + ".name", $"'{name}' a second time", "a name of its own for each entry");
            if (Read(entry["space"], at + ".space", fields, inDict: true) is not Space space) continue;
            entries.Add((name, space));
            // Before the next entry is made: a thousand large ones would fill the memory.
            size += space.Size;
            choices += space.MaskSize;
            if (size <= MaximumSize && choices <= MaximumSize) continue;
            fields.Add(field + ".entries", size > MaximumSize ? $"{size} floats" : $"{choices} options", $"together at most {MaximumSize}");
            break;
        }

        return fields.Faults == before ? new Dict(entries.ToArray()) : null;
    }

    private static float[]? ReadBounds(JToken? token, string field, int size, JsonFields fields)
    {
        if (token is not JArray list)
        {
            if (Bound(token, field, fields) is not float everywhere) return null;
            float[] filled = new float[size];
            System.Array.Fill(filled, everywhere);
            return filled;
        }

        if (list.Count != size)
        {
            fields.Add(field, JsonFields.Describe(list), $"one bound, or a list of {size} as the shape says");
            return null;
        }

        float[] bounds = new float[size];
        for (int i = 0; i < size; i++)
        {
            if (Bound(list[i], $"{field}[{i}]", fields) is not float bound) return null;
            bounds[i] = bound;
        }

        return bounds;
    }

    private static float? Bound(JToken? token, string field, JsonFields fields)
    {
        if (token is JValue { Value: "inf" }) return float.PositiveInfinity;
        if (token is JValue { Value: "-inf" }) return float.NegativeInfinity;
        if (JsonFields.AsNumber(token) is double number && Math.Abs(number) <= float.MaxValue) return (float)number;
        fields.Add(field, JsonFields.Describe(token), "a finite 32-bit number, \"inf\" or \"-inf\"");
        return null;
    }

    private static JToken Bounds(IReadOnlyList<float> bounds)
    {
        if (bounds.All(b => b.Equals(bounds[0]))) return Bound(bounds[0]);
        var array = new JArray();
        foreach (float bound in bounds) array.Add(Bound(bound));
        return array;
    }

    private static JValue Bound(float bound)
    {
        if (float.IsInfinity(bound)) return new JValue(bound > 0 ? "inf" : "-inf");
        return bound == MathF.Truncate(bound) && MathF.Abs(bound) < 1 << 24 ? new JValue((long)bound) : new JValue(bound);
    }

    private static JArray Array(IEnumerable<int> numbers)
    {
        var array = new JArray();
        foreach (int number in numbers) array.Add(new JValue(number));
        return array;
    }

    private static JArray Entries(Dict dict)
    {
        var array = new JArray();
        foreach (KeyValuePair<string, Space> entry in dict.Entries)
            array.Add(new JObject { ["name"] = entry.Key, ["space"] = Write(entry.Value) });
        return array;
    }
}
