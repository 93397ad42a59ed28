using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.Loader;

namespace Pipeline.Training.Environments;

/// <summary>Finds the environments in a user's assembly.</summary>
internal static class EnvironmentAssembly
{
    public static IReadOnlyList<EnvironmentSpec> Load(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!File.Exists(path))
            throw new EnvironmentException($"There is no file '{path}'. Give the .dll that your project's build writes, such as bin/Release/net10.0/My.dll.");
        Type[] types = PublicTypes(path);
        var found = new List<EnvironmentSpec>();
        foreach (Type type in types)
        {
            if (type.GetCustomAttribute<EnvironmentAttribute>() is { } attribute) found.Add(Spec(type, attribute, path));
        }

        if (found.Count > 0) return found;
        string unmarked = string.Join(", ", types.Where(t => typeof(IEnvironment).IsAssignableFrom(t)).Select(t => t.Name));
        throw new EnvironmentException($"No public class in '{path}' is marked as an environment. Write [Environment(\"my-env\")] above your class that implements {nameof(IEnvironment)}{(unmarked.Length == 0 ? "" : $": {unmarked}")}.");
    }

    private static Type[] PublicTypes(string path)
    {
        try
        {
            return new UserLoadContext(Path.GetFullPath(path)).LoadFromAssemblyPath(Path.GetFullPath(path)).GetExportedTypes();
        }
        catch (BadImageFormatException exception)
        {
            throw new EnvironmentException($"'{path}' is not a .NET assembly. Give the .dll that your project's build writes, not a program or a native library.", exception);
        }
        catch (Exception exception) when (exception is FileNotFoundException or FileLoadException or TypeLoadException)
        {
            throw new EnvironmentException($"'{path}' cannot be loaded: {exception.Message} Put what it needs beside it, and build it against this version of Pipeline.Training.", exception);
        }
    }

    private static EnvironmentSpec Spec(Type type, EnvironmentAttribute attribute, string path)
    {
        if (!typeof(IEnvironment).IsAssignableFrom(type))
            throw new EnvironmentException($"{type.Name} in '{path}' is marked as the environment '{attribute.Name}', but does not implement {nameof(IEnvironment)}.");
        if (type.IsAbstract || type.ContainsGenericParameters || type.GetConstructor(Type.EmptyTypes) is null)
            throw new EnvironmentException($"{type.Name} in '{path}', the environment '{attribute.Name}', cannot be made. Let it be neither abstract nor generic, with a public constructor without parameters.");
        if (attribute.MaxEpisodeSteps < 0)
            throw new EnvironmentException($"{type.Name} in '{path}' has a limit of {attribute.MaxEpisodeSteps} steps an episode. Give at least 1, or nothing for no limit.");
        return new EnvironmentSpec(
            attribute.Name,
            attribute.MaxEpisodeSteps == 0 ? null : attribute.MaxEpisodeSteps,
            double.IsNaN(attribute.RewardThreshold) ? null : attribute.RewardThreshold,
            attribute.Description,
            _ => Make(type));
    }

    private static IEnvironment Make(Type type)
    {
        try
        {
            return (IEnvironment)Activator.CreateInstance(type)!;
        }
        catch (TargetInvocationException exception)
        {
            throw new EnvironmentException($"The constructor of {type.Name} failed: {exception.InnerException?.Message ?? exception.Message}", exception.InnerException ?? exception);
        }
    }

    /// <summary>
    /// Loads what the user's assembly needs from beside it, save what this program has already: the interfaces must be the very same, or no
    /// class would implement them.
    /// </summary>
    private sealed class UserLoadContext(string path) : AssemblyLoadContext(Path.GetFileName(path))
    {
        private readonly AssemblyDependencyResolver _resolver = new(path);

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            if (Default.Assemblies.Any(loaded => loaded.GetName().Name == assemblyName.Name)) return null;
            return _resolver.ResolveAssemblyToPath(assemblyName) is { } found ? LoadFromAssemblyPath(found) : null;
        }

        protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
            _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } found ? LoadUnmanagedDllFromPath(found) : 0;
    }
}
