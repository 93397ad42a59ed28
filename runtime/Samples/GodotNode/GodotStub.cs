// Stands for the engine, so that the node can be compiled and tested without it: the few names that it uses, as Godot 4 has them.
// Godot's own SDK defines GODOT, and all of this is gone; the file may as well be deleted there.
#if !GODOT
using System;
using System.Collections.Generic;
using System.IO;

#pragma warning disable CA1707 // The engine's names.
#pragma warning disable IDE0130 // And its namespace.
namespace Godot;

/// <summary>A node of the scene. The engine calls its methods.</summary>
public class Node : IDisposable
{
    /// <summary>Whether the engine is to call <see cref="_Ready"/> when the node enters the tree.</summary>
    public bool WantsReady { get; set; } = true;

    public virtual void _Ready()
    {
    }

    public virtual void _PhysicsProcess(double delta)
    {
    }

    public virtual void _ExitTree()
    {
    }

    public void RequestReady() => WantsReady = true;

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}

/// <summary>How the inspector edits a property.</summary>
public enum PropertyHint
{
    None,
    Range,
    File,
}

/// <summary>Shows a property in the inspector.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class ExportAttribute(PropertyHint hint = PropertyHint.None, string hintString = "") : Attribute
{
    public PropertyHint Hint { get; } = hint;

    public string HintString { get; } = hintString;
}

/// <summary>The project's files.</summary>
public static class FileAccess
{
    /// <summary>What <c>res://</c> stands for.</summary>
    public static string ProjectFolder { get; set; } = AppContext.BaseDirectory;

    /// <summary>A file's bytes; none where it cannot be read, as in the engine.</summary>
    public static byte[] GetFileAsBytes(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string file = Path.Combine(ProjectFolder, path.Replace("res://", "", StringComparison.Ordinal));
        return File.Exists(file) ? File.ReadAllBytes(file) : [];
    }
}

/// <summary>The engine's messages.</summary>
public static class GD
{
    /// <summary>What the editor's debugger would list.</summary>
    public static IList<string> Errors { get; } = [];

    public static void PushError(string message) => Errors.Add(message);
}
#endif
