using System;
using System.IO;
using System.Linq;

namespace Pipeline.Training.Loop;

/// <summary>Finds the file or folder that a mistyped path may have meant.</summary>
public static class NearestFile
{
    /// <summary>A sentence, with a space before it, that names the nearest file or folder beside a missing one; empty where none is near.</summary>
    /// <param name="path">The missing file or folder.</param>
    public static string Hint(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string full = Path.GetFullPath(Path.TrimEndingDirectorySeparator(path));
        string? folder = Path.GetDirectoryName(full);
        if (folder is null) return "";
        if (!Directory.Exists(folder)) return $" The folder {folder} does not exist either.";
        return NearestChoice.Hint(Path.GetFileName(full), Directory.EnumerateFileSystemEntries(folder).Select(e => Path.GetFileName(e)));
    }
}
