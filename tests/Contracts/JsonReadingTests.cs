using System;
using System.Collections.Generic;
using System.Linq;
using Newtonsoft.Json.Linq;
using NUnit.Framework;
using Pipeline.Contracts.Manifest;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Tests.Contracts;

/// <summary>
/// Plain JSON is read by another reader than JSON with comments; both have to come to the same. So each text is read as it is, and with a comment
/// before it, which only the second of them takes.
/// </summary>
internal sealed class JsonReadingTests
{
    private static readonly string[] _values =
    [
        "0", "1", "-1", "-0", "1.0", "1e2", "1E-3", "1e400", "-1e400", "0.1", "1e-400", "4.9e-324", "01", "1.", ".5", "+1", "0x10", "1e", "-", "--1", "1_000",
        "2147483647", "2147483648", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551616",
        "123456789012345678901234567890", "null", "true", "false", "True", "NaN", "Infinity", "-Infinity", "undefined", "new Date(1)", "{}", "[]", "{\"a\": 1, \"a\": 2}", "{\"a\": 1,}", "[1,]", "[1 2]", "{a: 1}",
        "\"\"", "\"batch\"", "\"inf\"", "\"1.0\"", "\"a\\u0041\\n\\/\"", "\"\\ud83d\\ude00\"", "\"\\ud800\"", "\"\\x41\"", "'single'", "\"tab\tinside\"", "\"line\ninside\"", "\"2020-01-01T00:00:00Z\"", "\"\ud800\"",
        "1 2", "1}", "\"open", "/* c */ 1", "1 // c\n", "\u00a01", "", Nested(5), Nested(12), Nested(13), Nested(14), Nested(15), Nested(16), Nested(17), Nested(2000),
    ];

    private static IEnumerable<string> Fields() => JObject.Parse(Text()).Properties().Select(property => property.Name);

    [TestCaseSource(nameof(Fields))]
    public void A_value_is_read_alike_by_both_readers(string field)
    {
        string text = Text();
        JToken old = JObject.Parse(text)[field]!;
        string mark = $"\"{field}\": ";
        int start = text.IndexOf("\n  " + mark, StringComparison.Ordinal) + 3 + mark.Length;
        int length = old.ToString(Newtonsoft.Json.Formatting.Indented).Replace("\r", "").Replace("\n", "\n  ").Length;
        Assert.That(JToken.DeepEquals(JToken.Parse(text.Substring(start, length)), old), "the value was found in the text");
        Assert.Multiple(() =>
        {
            foreach (string value in _values) Compare(text[..start] + value + text[(start + length)..]);
        });
    }

    [Test]
    public void A_text_cut_or_changed_anywhere_is_read_alike_by_both_readers()
    {
        string text = Text();
        Assert.Multiple(() =>
        {
            for (int i = 0; i <= text.Length; i += 3)
            {
                Compare(text[..i]);
                foreach (string inserted in new[] { ",", "\"", "}", "[", "0", "\\", "\0", "\ufeff" }) Compare(text.Insert(i, inserted));
            }
        });
    }

    [Test]
    public void A_space_is_read_from_tokens_as_from_text([Values("1", "1.5", "\"inf\"", "null", "18446744073709551616", "true")] string bound)
    {
        string json = $"{{\"type\": \"Box\", \"shape\": [2], \"low\": -1, \"high\": {bound}}}";
        string expected = Told(() => PolicyManifest.Parse(Text().Replace("{\n    \"type\": \"Discrete\",\n    \"n\": 2\n  }", json, StringComparison.Ordinal), "text"), "action_space");
        string found = Told(() => SpaceJson.Parse(JToken.Parse(json), "text"), "space");
        Assert.That(found, Is.EqualTo(expected));
    }

    private static void Compare(string json) => Assert.That(Outcome(json), Is.EqualTo(Outcome("/**/" + json)), json);

    /// <summary>The manifest, or all that is wrong with it; where a text is no JSON, only that it is none, for the comment moves the places in the message.</summary>
    private static string Outcome(string json)
    {
        try
        {
            return PolicyManifest.Parse(json, "text").ToJson();
        }
        catch (ManifestException exception)
        {
            return string.Join('\n', exception.Problems.Select(problem => problem.Found.StartsWith("text that is not JSON", StringComparison.Ordinal) ? "no JSON" : problem.ToString()));
        }
    }

    /// <summary>What is said of a field, without its name; other faults, which a manifest has besides, are left out.</summary>
    private static string Told(Action read, string field)
    {
        try
        {
            read();
            return "";
        }
        catch (ManifestException exception)
        {
            return string.Join('\n', exception.Problems.Where(problem => problem.Field.StartsWith(field, StringComparison.Ordinal)).Select(problem => $"{problem.Field[field.Length..]}: {problem.Found}, {problem.Allowed}"));
        }
    }

    private static string Nested(int depth) => new string('[', depth) + new string(']', depth);

    private static string Text() => new PolicyManifest(new Box([-1, float.NegativeInfinity], [0.1f, float.PositiveInfinity]), new Discrete(2), NativeProfile.Observations(new Box(-1, 1, 2)), [NativeProfile.Action(new Discrete(2))])
    {
        Algorithm = "ppo",
        Environment = "CartPole-v1",
        Seed = 3,
        Steps = 5,
        Score = 1.5,
        Parity = new ParityCheck(1e-6, [1, 3]),
        PipelineVersion = "1",
        OnnxRuntimeVersion = "1",
    }.ToJson();
}
