using System;
using System.Collections.Generic;
using System.IO;
using System.Numerics;
#if NET
using System.Text;
using System.Text.Json;
#endif
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Pipeline.Contracts.Manifest;

/// <summary>
/// An object of a JSON text. Its values and those of a <see cref="JsonList"/> are these two, <see cref="string"/>, <see cref="bool"/>,
/// <see cref="long"/>, <see cref="double"/> and other numbers, <see cref="DBNull"/> for null, and a <see cref="JToken"/> for anything that JSON has not.
/// </summary>
internal sealed class JsonObject : Dictionary<string, object>
{
    internal JsonObject()
        : base(StringComparer.Ordinal)
    {
    }

    /// <summary>A value; null where there is none of that name.</summary>
    internal object? Get(string name) => TryGetValue(name, out object? value) ? value : null;
}

/// <summary>A list of a JSON text, see <see cref="JsonObject"/>.</summary>
internal sealed class JsonList : List<object>
{
}

/// <summary>
/// Takes JSON apart. On .NET plain JSON goes through the reader that comes compiled with it: Newtonsoft.Json would be loaded and compiled,
/// which is a sixth of the time that a host's first load takes. What that reader refuses, Newtonsoft.Json reads or words the fault of.
/// </summary>
internal static class JsonText
{
    private const int MaximumDepth = 16;

    /// <summary>Reads one value.</summary>
    /// <exception cref="Newtonsoft.Json.JsonException">The text is no JSON, names a field twice, or is nested too deep.</exception>
    internal static object Read(string json)
    {
#if NET
        if (ReadPlain(json) is object value) return value;
#endif
        return ReadAny(json);
    }

    /// <summary>The values of a token; null for null.</summary>
    internal static object? Of(JToken? token)
    {
        switch (token)
        {
            case JObject fields:
                var map = new JsonObject();
                foreach (JProperty field in fields.Properties()) map.Add(field.Name, Of(field.Value)!);
                return map;
            case JArray items:
                var list = new JsonList();
                foreach (JToken item in items) list.Add(Of(item)!);
                return list;
            case JValue { Type: JTokenType.Null }:
                return DBNull.Value;
            case JValue { Type: JTokenType.String or JTokenType.Boolean or JTokenType.Integer or JTokenType.Float, Value: string or bool or long or ulong or double or float or BigInteger } value:
                return value.Value;
            default:
                return token;
        }
    }

    private static object ReadAny(string json)
    {
        using var text = new StringReader(json);
        using var reader = new JsonTextReader(text) { MaxDepth = MaximumDepth, DateParseHandling = DateParseHandling.None };
        var settings = new JsonLoadSettings { DuplicatePropertyNameHandling = DuplicatePropertyNameHandling.Error };
        JToken token = JToken.Load(reader, settings);
        if (reader.Read()) throw new JsonReaderException($"Something follows the manifest's end, in line {reader.LineNumber}.");
        return Of(token)!;
    }

#if NET
    /// <summary>Null where the text is anything but plain JSON.</summary>
    private static object? ReadPlain(string json)
    {
        try
        {
            byte[] utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetBytes(json);
            var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = MaximumDepth });
            reader.Read();
            object value = ReadValue(ref reader);
            return reader.Read() ? null : value;
        }
        catch (Exception exception) when (exception is System.Text.Json.JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            return null;
        }
    }

    private static object ReadValue(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var map = new JsonObject();
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    string name = reader.GetString()!;
                    reader.Read();
                    map.Add(name, ReadValue(ref reader));
                }

                return map;
            case JsonTokenType.StartArray:
                var list = new JsonList();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) list.Add(ReadValue(ref reader));
                return list;
            case JsonTokenType.String:
                return reader.GetString()!;
            case JsonTokenType.True or JsonTokenType.False:
                return reader.GetBoolean();
            case JsonTokenType.Null:
                return DBNull.Value;
            default:
                if (reader.TryGetInt64(out long whole)) return whole;
                // As Newtonsoft.Json has it, and as it rounds to a double.
                if (reader.TryGetUInt64(out ulong large)) return new BigInteger(large);
                // A longer whole number is no double.
                if (reader.ValueSpan.IndexOfAny((byte)'.', (byte)'e', (byte)'E') < 0) throw new FormatException();
                return reader.GetDouble();
        }
    }
#endif
}
