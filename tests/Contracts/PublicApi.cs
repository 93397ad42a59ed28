using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Text;

namespace Pipeline.Tests.Contracts;

/// <summary>An assembly's public API as stable text, a line a member.</summary>
internal static class PublicApi
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
    private static readonly NullabilityInfoContext Nullability = new();

    internal static string Write(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (Type type in assembly.GetExportedTypes().OrderBy(t => t.FullName, StringComparer.Ordinal))
        {
            text.Append(Header(type)).Append('\n');
            foreach (string member in Members(type).Order(StringComparer.Ordinal)) text.Append("  ").Append(member).Append('\n');
            text.Append('\n');
        }

        return text.ToString();
    }

    private static string Header(Type type)
    {
        string kind = type.IsEnum ? "enum" : type.IsByRefLike ? "ref struct" : type.IsValueType ? "struct" : type.IsInterface ? "interface"
            : type.IsAbstract && type.IsSealed ? "static class" : type.IsAbstract ? "abstract class" : type.IsSealed ? "sealed class" : "class";
        string parent = type.BaseType is null || type.BaseType == typeof(object) || type.IsValueType ? "" : " : " + Name(type.BaseType);
        return $"{kind} {type.FullName}{parent}";
    }

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum) return Enum.GetNames(type).Select((name, i) => $"{name} = {Convert.ToInt64(Enum.GetValues(type).GetValue(i), null)}");
        return Fields(type).Concat(Constructors(type)).Concat(Properties(type)).Concat(Methods(type));
    }

    private static IEnumerable<string> Fields(Type type) => type.GetFields(Declared).Where(f => f.IsPublic)
        .Select(f => f.IsLiteral ? $"const {Name(f.FieldType)} {f.Name} = {f.GetRawConstantValue()}" : $"{Static(f.IsStatic)}field {Name(f.FieldType)} {f.Name}");

    private static IEnumerable<string> Constructors(Type type) => type.GetConstructors(Declared).Where(IsVisible).Select(c => $"new({Parameters(c)})");

    private static IEnumerable<string> Properties(Type type) => type.GetProperties(Declared).Where(p => p.GetMethod is MethodInfo get && IsVisible(get)).Select(p =>
    {
        string nullable = Nullability.Create(p).ReadState == NullabilityState.Nullable && !p.PropertyType.IsValueType ? "?" : "";
        string set = p.SetMethod is not MethodInfo setter || !IsVisible(setter) ? ""
            : setter.ReturnParameter.GetRequiredCustomModifiers().Any(m => m.Name == "IsExternalInit") ? " init;" : " set;";
        return $"{Static(p.GetMethod!.IsStatic)}property {Name(p.PropertyType)}{nullable} {p.Name} {{ get;{set} }}";
    });

    private static IEnumerable<string> Methods(Type type) => type.GetMethods(Declared)
        .Where(m => IsVisible(m) && !m.Name.Contains('<') && (!m.IsSpecialName || m.Name.StartsWith("op_", StringComparison.Ordinal)))
        .Select(m => $"{Static(m.IsStatic)}{Name(m.ReturnType)} {m.Name}({Parameters(m)})");

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(p =>
        $"{(p.IsOut ? "out " : p.IsIn ? "in " : p.ParameterType.IsByRef ? "ref " : "")}{Name(p.ParameterType)}"
        + $"{(Nullability.Create(p).WriteState == NullabilityState.Nullable && !p.ParameterType.IsValueType ? "?" : "")} {p.Name}{(p.HasDefaultValue ? " = " + (p.DefaultValue ?? "default") : "")}"));

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Static(bool isStatic) => isStatic ? "static " : "";

    private static string Name(Type type)
    {
        if (type.IsByRef) return Name(type.GetElementType()!);
        if (type.IsArray) return Name(type.GetElementType()!) + "[]";
        if (Nullable.GetUnderlyingType(type) is Type inner) return Name(inner) + "?";
        if (!type.IsGenericType) return type.Name;
        return type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)] + "<" + string.Join(", ", type.GetGenericArguments().Select(Name)) + ">";
    }
}
