using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;

namespace Pipeline.Training.Evaluation.Logged;

/// <summary>Steps as JSON lines: one object a line, blank lines passed over.</summary>
internal static class JsonSteps
{
    public static IEnumerable<LoggedStep> Read(TextReader reader, DatasetFields fields)
    {
        long line = 0;
        while (reader.ReadLine() is string text)
        {
            line++;
            if (!string.IsNullOrWhiteSpace(text)) yield return Parse(text, line, fields);
        }
    }

    public static void Write(Stream stream, IEnumerable<LoggedStep> steps, DatasetFields fields)
    {
        foreach (LoggedStep step in steps)
        {
            using (var writer = new Utf8JsonWriter(stream))
            {
                writer.WriteStartObject();
                if (step.Episode is not null) writer.WriteString(DatasetFields.Episode, step.Episode);
                WriteParts(writer, DatasetFields.Observation, step.Observation, fields);
                WriteParts(writer, DatasetFields.Action, step.Action, fields);
                writer.WriteNumber(DatasetFields.Reward, step.Reward);
                writer.WriteBoolean(DatasetFields.Terminated, step.Terminated);
                writer.WriteBoolean(DatasetFields.Truncated, step.Truncated);
                writer.WriteNumber(DatasetFields.BehaviourProbability, step.BehaviourProbability);
                if (step.FinalObservation is not null) WriteParts(writer, DatasetFields.FinalObservation, step.FinalObservation, fields);
                if (step.ActionMask is not null) WriteParts(writer, DatasetFields.ActionMask, step.ActionMask, fields);
                writer.WriteEndObject();
            }

            stream.WriteByte((byte)'\n');
        }
    }

    private static void WriteParts(Utf8JsonWriter writer, string field, IReadOnlyList<float> values, DatasetFields fields)
    {
        IReadOnlyList<(string Name, int Size)> parts = fields.PartsOf(field);
        if (parts.Count == 0)
        {
            WriteNumbers(writer, field, values);
            return;
        }

        writer.WriteStartObject(field);
        int start = 0;
        foreach ((string name, int size) in parts)
        {
            WriteNumbers(writer, name, [.. values.Skip(start).Take(size)]);
            start += size;
        }

        writer.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter writer, string field, IReadOnlyList<float> values)
    {
        if (values.Count == 1)
        {
            writer.WriteNumber(field, values[0]);
            return;
        }

        writer.WriteStartArray(field);
        foreach (float value in values) writer.WriteNumberValue(value);
        writer.WriteEndArray();
    }

    private static LoggedStep Parse(string text, long line, DatasetFields fields)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            JsonElement step = document.RootElement;
            if (step.ValueKind != JsonValueKind.Object) throw fields.Wrong(line, "the line", $"a JSON {step.ValueKind}", "one JSON object a line.");
            JsonElement Field(string name) => step.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null
                ? value : throw fields.Wrong(line, name, "nothing", $"a step with {string.Join(", ", DatasetFields.Required)}. Add the field to every line.");
            float[]? Optional(string name) => step.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? Numbers(value, line, name, fields) : null;
            return fields.Checked(line, new LoggedStep(
                Numbers(Field(DatasetFields.Observation), line, DatasetFields.Observation, fields),
                Numbers(Field(DatasetFields.Action), line, DatasetFields.Action, fields),
                (float)Number(Field(DatasetFields.Reward), line, DatasetFields.Reward, fields),
                Flag(Field(DatasetFields.Terminated), line, DatasetFields.Terminated, fields),
                Flag(Field(DatasetFields.Truncated), line, DatasetFields.Truncated, fields),
                Number(Field(DatasetFields.BehaviourProbability), line, DatasetFields.BehaviourProbability, fields))
            {
                Episode = step.TryGetProperty(DatasetFields.Episode, out JsonElement episode) && episode.ValueKind != JsonValueKind.Null ? Name(episode, line, fields) : null,
                FinalObservation = Optional(DatasetFields.FinalObservation),
                ActionMask = Optional(DatasetFields.ActionMask),
            });
        }
        catch (JsonException e)
        {
            throw fields.Wrong(line, "the line", $"text that is no JSON ({e.Message})", "one JSON object a line; a file of comma-separated values has a name that ends in .csv.");
        }
    }

    // Parts by their names in any order, or all of them as one list.
    private static float[] Numbers(JsonElement value, long line, string field, DatasetFields fields)
    {
        IReadOnlyList<(string Name, int Size)> parts = fields.PartsOf(field);
        if (parts.Count == 0 || value.ValueKind != JsonValueKind.Object)
        {
            List<float> all = List(value, line, field, fields);
            fields.CheckNumbers(line, field, all);
            return [.. all];
        }

        foreach (JsonProperty given in value.EnumerateObject())
        {
            if (parts.All(part => part.Name != given.Name)) throw fields.UnknownPart(line, field, given.Name);
        }

        var row = new List<float>();
        foreach ((string name, int size) in parts)
        {
            string part = $"{field}.{name}";
            if (!value.TryGetProperty(name, out JsonElement own)) throw fields.Wrong(line, part, "nothing", $"an object with the parts {string.Join(", ", parts.Select(p => p.Name))}. Add the part.");
            List<float> numbers = List(own, line, part, fields);
            if (numbers.Count != size) throw fields.Wrong(line, part, $"{numbers.Count} numbers", $"{size}. Use a dataset of the same task.");
            row.AddRange(numbers);
        }

        fields.CheckNumbers(line, field, row);
        return [.. row];
    }

    // One number, a list, or lists in lists as arrays of several axes are written: row by row.
    private static List<float> List(JsonElement value, long line, string field, DatasetFields fields)
    {
        var numbers = new List<float>();
        void Add(JsonElement part)
        {
            if (part.ValueKind != JsonValueKind.Array) numbers.Add((float)Number(part, line, field, fields));
            else foreach (JsonElement inner in part.EnumerateArray()) Add(inner);
        }

        Add(value);
        return numbers;
    }

    private static double Number(JsonElement value, long line, string field, DatasetFields fields) =>
        value.ValueKind == JsonValueKind.Number ? value.GetDouble() : throw fields.Wrong(line, field, Shown(value), "a number.");

    private static bool Flag(JsonElement value, long line, string field, DatasetFields fields) => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw fields.Wrong(line, field, Shown(value), "true or false."),
    };

    private static string Name(JsonElement value, long line, DatasetFields fields) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number => value.GetRawText(),
        _ => throw fields.Wrong(line, DatasetFields.Episode, Shown(value), "a text or a number."),
    };

    private static string Shown(JsonElement value)
    {
        string text = value.GetRawText();
        return text.Length <= 60 ? text : text[..60] + "…";
    }
}
