using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.Json.Nodes;
using Pipeline.Contracts;

namespace Pipeline.Tests.Fuzz;

/// <summary>Changes a manifest in one or a few places, so that it stays JSON (mostly) and no longer says what it should.</summary>
internal sealed class JsonMutation(RandomGenerator random)
{
    private static readonly string[] _values =
    [
        "null", "true", "false", "0", "1", "-1", "2", "16777216", "16777217", "2147483647", "2147483648", "4294967296", "9223372036854775807", "9223372036854775808",
        "-9223372036854775808", "18446744073709551616", "1e308", "1e999", "-1e999", "NaN", "Infinity", "0.5", "\"\"", "\"inf\"", "\"-inf\"", "\"batch\"", "\"observation\"",
        "\"action\"", "\"noise\"", "\"float32\"", "\"int64\"", "\"bool\"", "\"Box\"", "\"Discrete\"", "\"Dict\"", "\"MultiDiscrete\"", "\"MultiBinary\"", "[]", "{}", "[[]]",
        "[\"batch\"]", "[\"batch\", 4]", "[\"batch\", \"batch\"]", "[4096, 4096]", "[4096, 4097]", "{\"type\": \"Discrete\", \"n\": 16777216}",
        "{\"type\": \"Box\", \"shape\": [], \"low\": 0, \"high\": 1}", "{\"type\": \"Box\", \"shape\": [2], \"low\": \"-inf\", \"high\": \"inf\"}",
        "{\"type\": \"MultiBinary\", \"n\": 3}", "\"2.0\"", "\"1.99\"", "\"\\u0000\"", "\"\\ud800\"", "undefined", "new Date(0)", "/* */ 1", "0x10", "1234567890123456789012345678901234567890",
    ];

    internal string Apply(string manifest)
    {
        JsonNode root = JsonNode.Parse(manifest)!;
        const string Mark = "\"§\"";
        var replacements = new List<string>();
        int changes = 1 + random.NextInt32(3);
        for (int i = 0; i < changes; i++)
        {
            List<JsonNode> all = All(root);
            JsonNode node = all[random.NextInt32(all.Count)];
            if (node.Parent is null) continue;
            switch (random.NextInt32(6))
            {
                case 0:
                    Remove(node);
                    break;
                case 1:
                    Repeat(node);
                    break;
                case 2:
                    JsonNode other = all[random.NextInt32(all.Count)].DeepClone();
                    Replace(node, other);
                    break;
                default:
                    // Written into the text afterwards: not all of it is JSON that a tree could hold.
                    Replace(node, JsonValue.Create("§"));
                    replacements.Add(Value());
                    break;
            }
        }

        string text = root.ToJsonString(new System.Text.Json.JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        foreach (string value in replacements)
        {
            int at = text.IndexOf(Mark, StringComparison.Ordinal);
            if (at >= 0) text = text[..at] + value + text[(at + Mark.Length)..];
        }

        return text;
    }

    private string Value() => random.NextInt32(40) switch
    {
        0 => string.Concat(Enumerable.Repeat("[", 5 + random.NextInt32(5000))),
        1 => "\"" + new string('x', 1 + random.NextInt32(5000)) + "\"",
        2 => "[" + string.Join(",", Enumerable.Repeat(_values[random.NextInt32(_values.Length)], 1 + random.NextInt32(3000))) + "]",
        3 => new string('9', 1 + random.NextInt32(1000)),
        4 => new StringBuilder().Insert(0, "{\"a\":", 40).Append('1').Append('}', 40).ToString(),
        _ => _values[random.NextInt32(_values.Length)],
    };

    private void Repeat(JsonNode node)
    {
        if (node.Parent is JsonArray array) array.Insert(random.NextInt32(array.Count + 1), node.DeepClone());
        else if (node.Parent is JsonObject parent) parent[node.GetPropertyName() + "x"] = node.DeepClone();
    }

    private static void Remove(JsonNode node)
    {
        if (node.Parent is JsonArray array) array.Remove(node);
        else if (node.Parent is JsonObject parent) parent.Remove(node.GetPropertyName());
    }

    private static void Replace(JsonNode node, JsonNode other) => node.ReplaceWith(other);

    private static List<JsonNode> All(JsonNode root)
    {
        var all = new List<JsonNode> { root };
        IEnumerable<JsonNode?> children = root switch { JsonObject o => o.Select(pair => pair.Value), JsonArray a => a, _ => [] };
        foreach (JsonNode? child in children.ToArray())
        {
            if (child is not null) all.AddRange(All(child));
        }

        return all;
    }
}
