using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Globalization;
using System.Linq;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Optimizers;

namespace Pipeline.Training.Loop;

/// <summary>One option of an algorithm, as the command line shows it.</summary>
/// <param name="Name">Its name, snake_case.</param>
/// <param name="Type">What values look like: <c>integer</c>, <c>number</c>, <c>true|false</c>, the choices of an enum …</param>
/// <param name="Default">The shipped value, as it would be written.</param>
/// <param name="Description">What it does.</param>
public sealed record OptionInfo(string Name, string Type, string Default, string Description);

/// <summary>
/// Carries written options (<c>key=value</c>) into an immutable options record and back into JSON. A property FooBar is written foo_bar.
/// Types: long, int, ulong, double, float, bool, string, enums (snake_case), arrays of int, float or double (commas between),
/// <see cref="Schedule"/>, and their nullable forms (<c>none</c> for null).
/// </summary>
public static class OptionBinder
{
    private const string None = "none";

    /// <summary>Copies options with some changed.</summary>
    /// <param name="defaults">The options to start from: a record.</param>
    /// <param name="settings">Names and written values; a later one wins.</param>
    /// <param name="owner">Whose options these are, for messages, such as <c>ppo</c>.</param>
    /// <param name="problems">Receives every unknown name and every value that cannot be read.</param>
    /// <returns>The changed copy; where there are problems, without the settings in question.</returns>
    public static IAlgorithmOptions Bind(IAlgorithmOptions defaults, IEnumerable<KeyValuePair<string, string>> settings, string owner, ICollection<string> problems)
    {
        ArgumentNullException.ThrowIfNull(defaults);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(problems);
        PropertyInfo[] properties = Properties(defaults.GetType());
        IAlgorithmOptions bound = Clone(defaults);
        foreach ((string name, string text) in settings)
        {
            PropertyInfo? property = properties.FirstOrDefault(p => NameOf(p) == name);
            if (property is null)
                problems.Add($"{owner} has no option '{name}'.{NearestChoice.Hint(name, properties.Select(NameOf))}");
            else if (TryParse(property, text, out object? value))
                property.SetValue(bound, value);
            else
                problems.Add($"The option {name} of {owner} cannot be '{text}'; allowed: {Describe(property)}.{EnumHint(property, text)}");
        }

        return bound;
    }

    /// <summary>The options as JSON, every one of them, in the order of the record.</summary>
    /// <param name="options">The options.</param>
    public static JsonObject ToJson(IAlgorithmOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var json = new JsonObject();
        foreach (PropertyInfo property in Properties(options.GetType()))
            json.Add(NameOf(property), Node(property.GetValue(options)));
        return json;
    }

    /// <summary>What options a record has.</summary>
    /// <param name="defaults">The record with its shipped values.</param>
    public static IReadOnlyList<OptionInfo> Describe(IAlgorithmOptions defaults)
    {
        ArgumentNullException.ThrowIfNull(defaults);
        return Properties(defaults.GetType())
            .Select(p => new OptionInfo(
                NameOf(p),
                Describe(p),
                Written(Node(p.GetValue(defaults))),
                p.GetCustomAttribute<DescriptionAttribute>()?.Description ?? ""))
            .ToArray();
    }

    /// <summary>A JSON value as it would be written on the command line; null where it is an object or a list of other than numbers.</summary>
    /// <param name="value">The value.</param>
    public static string? Written(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Null => None,
        JsonValueKind.Array when value.EnumerateArray().All(e => e.ValueKind == JsonValueKind.Number) =>
            string.Join(',', value.EnumerateArray().Select(e => e.GetRawText())),
        _ => null,
    };

    private static string Written(JsonNode? node) => node switch
    {
        null => None,
        JsonArray array => string.Join(',', array.Select(e => e!.ToJsonString())),
        _ when node.GetValueKind() == JsonValueKind.String => node.GetValue<string>(),
        _ => node.ToJsonString(),
    };

    private static string NameOf(PropertyInfo property) => Snake(property.Name);

    private static string Snake(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    // What a record inherits comes first, the options that many algorithms have, except where a property says what it follows.
    private static PropertyInfo[] Properties(Type type)
    {
        IEnumerable<PropertyInfo> declared = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.CanWrite && p.GetIndexParameters().Length == 0)
            .OrderBy(p => Ancestors(p.DeclaringType!));
        var listed = new List<PropertyInfo>();
        int place = 0;
        foreach (PropertyInfo property in declared)
        {
            if (property.GetCustomAttribute<ListedAfterAttribute>() is { Property: string before }) place = listed.FindIndex(p => p.Name == before) + 1;
            listed.Insert(place++, property);
        }

        return [.. listed];
    }

    private static int Ancestors(Type type) => type.BaseType is Type parent ? 1 + Ancestors(parent) : 0;

    private static IAlgorithmOptions Clone(IAlgorithmOptions options)
    {
        // The compiler gives every record this method; `with` calls it.
        MethodInfo clone = options.GetType().GetMethod("<Clone>$")
            ?? throw new ArgumentException($"{options.GetType().Name} is not a record. Options are records with init properties.", nameof(options));
        return (IAlgorithmOptions)clone.Invoke(options, null)!;
    }

    private static bool TryParse(PropertyInfo property, string text, out object? value)
    {
        Type? inner = Nullable.GetUnderlyingType(property.PropertyType);
        bool nullable = inner is not null || new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;
        if (nullable && text == None)
        {
            value = null;
            return true;
        }

        return TryParse(inner ?? property.PropertyType, text.Trim(), out value);
    }

    private static bool TryParse(Type type, string text, out object? value)
    {
        if (type.IsArray) return TryParseArray(type.GetElementType()!, text, out value);
        value = null;
        if (type == typeof(string)) value = text;
        else if (type == typeof(bool)) value = text switch { "true" or "True" => true, "false" or "False" => false, _ => null };
        else if (type == typeof(Schedule)) value = Schedule.TryParse(text, out Schedule schedule) ? schedule : null;
        else if (type.IsEnum) value = Enum.GetValues(type).Cast<object>().FirstOrDefault(v => Snake(v.ToString()!) == text);
        else if (TryNumber(text, out double number) && double.IsFinite(number)) value = Number(type, text, number);
        return value is not null;
    }

    private static object? Number(Type type, string text, double number)
    {
        if (type == typeof(double)) return number;
        if (type == typeof(float)) return float.IsFinite((float)number) ? (float)number : null;
        // 1e6 and 100_000 are how people write steps; a fraction is refused below.
        if (type == typeof(ulong) && ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong word)) return word;
        if (!long.TryParse(text.Replace("_", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole))
        {
            if (number != Math.Floor(number) || Math.Abs(number) > 1L << 53) return null;
            whole = (long)number;
        }

        if (type == typeof(long)) return whole;
        if (type == typeof(int)) return whole is >= int.MinValue and <= int.MaxValue ? (int)whole : null;
        return type == typeof(ulong) && whole >= 0 ? (ulong)whole : null;
    }

    private static bool TryParseArray(Type element, string text, out object? value)
    {
        string[] parts = text.Trim('[', ']').Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var array = Array.CreateInstance(element, parts.Length);
        value = array;
        for (int i = 0; i < parts.Length; i++)
        {
            if (!TryParse(element, parts[i], out object? item)) return false;
            array.SetValue(item, i);
        }

        return true;
    }

    private static bool TryNumber(string text, out double number) =>
        double.TryParse(text.Replace("_", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture, out number);

    private static string Describe(PropertyInfo property)
    {
        Type? inner = Nullable.GetUnderlyingType(property.PropertyType);
        bool nullable = inner is not null || new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;
        return Describe(inner ?? property.PropertyType) + (nullable ? $" or {None}" : "");
    }

    private static string Describe(Type type)
    {
        if (type.IsArray) return $"{Describe(type.GetElementType()!)["a ".Length..]}s with commas between, such as 64,64";
        if (type.IsEnum) return string.Join(", ", Enum.GetNames(type).Select(Snake));
        if (type == typeof(Schedule)) return "a number, lin_START or lin_START_END";
        if (type == typeof(bool)) return "true or false";
        if (type == typeof(string)) return "text";
        return type == typeof(double) || type == typeof(float) ? "a number" : "a whole number";
    }

    private static string EnumHint(PropertyInfo property, string text)
    {
        Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        return type.IsEnum ? NearestChoice.Hint(text, Enum.GetNames(type).Select(Snake)) : "";
    }

    private static JsonNode? Node(object? value) => value switch
    {
        null => null,
        string text => JsonValue.Create(text),
        bool flag => JsonValue.Create(flag),
        int number => JsonValue.Create(number),
        long number => JsonValue.Create(number),
        ulong number => JsonValue.Create(number),
        float number => JsonValue.Create(number),
        double number => JsonValue.Create(number),
        Enum choice => JsonValue.Create(Snake(choice.ToString())),
        Schedule schedule when schedule.Initial.Equals(schedule.Final) => JsonValue.Create(schedule.Initial),
        Schedule schedule => JsonValue.Create(schedule.ToString()),
        Array array => new JsonArray(array.Cast<object>().Select(Node).ToArray()),
        _ => throw new NotSupportedException($"Options of the type {value.GetType().Name} cannot be written. Use a number, text, bool, enum, array of numbers or Schedule."),
    };
}
