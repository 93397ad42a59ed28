using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Enumeration;
using System.Linq;

namespace Pipeline.Training.Loop;

/// <summary>Finds policy files: by name, by pattern, or in folders of runs.</summary>
public static class PolicySearch
{
    private const string InRunFolder = "policy.onnx";
    private static readonly EnumerationOptions Everywhere = new() { RecurseSubdirectories = true, MaxRecursionDepth = 16 };

    /// <summary>
    /// The files that some words mean. A word is a file; a pattern with * and ?, a folder's part being ** for any depth; or a folder: its
    /// policy.onnx where it has one, else every policy.onnx below it, else every .onnx below it. Each file comes once, in the order of the words.
    /// </summary>
    /// <param name="words">Files, patterns and folders.</param>
    /// <param name="problems">Receives what is wrong: a word that nothing answers to.</param>
    public static IReadOnlyList<string> Find(IEnumerable<string> words, ICollection<string> problems)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(problems);
        var files = new List<string>();
        foreach (string word in words)
        {
            if (File.Exists(word))
            {
                files.Add(word);
                continue;
            }

            bool isPattern = word.Contains('*', StringComparison.Ordinal) || word.Contains('?', StringComparison.Ordinal);
            string[] found = [.. (isPattern ? Matching(word) : [word]).SelectMany(path => File.Exists(path) ? [path] : Directory.Exists(path) ? Below(path) : [])];
            if (found.Length > 0) files.AddRange(found);
            else if (isPattern) problems.Add($"No policy file matches '{word}'. Give a pattern such as 'runs/*/policy.onnx', or folders of runs.");
            else if (Directory.Exists(word)) problems.Add($"The folder {word} holds no .onnx file, nor does any folder in it. Give a run folder that has a policy.onnx.");
            else problems.Add($"There is no file {word}.{NearestFile.Hint(word)}");
        }

        return [.. files.DistinctBy(Path.GetFullPath)];
    }

    private static string[] Below(string folder)
    {
        string own = Path.Combine(folder, InRunFolder);
        if (File.Exists(own)) return [own];
        string[] policies = Sorted(Directory.EnumerateFiles(folder, InRunFolder, Everywhere));
        return policies.Length > 0 ? policies : Sorted(Directory.EnumerateFiles(folder, "*.onnx", Everywhere));
    }

    private static string[] Matching(string pattern)
    {
        string[] parts = pattern.Split('/', Path.DirectorySeparatorChar);
        IEnumerable<string> paths = [pattern.StartsWith('/') ? "/" : ""];
        foreach (string part in parts.Where(p => p.Length > 0))
            paths = [.. paths.SelectMany(path => Step(path, part))];
        return Sorted(paths.Distinct());
    }

    private static IEnumerable<string> Step(string folder, string part)
    {
        if (part is "." or ".." || !(part.Contains('*', StringComparison.Ordinal) || part.Contains('?', StringComparison.Ordinal))) return [Path.Combine(folder, part)];
        string start = folder.Length == 0 ? "." : folder;
        if (!Directory.Exists(start)) return [];
        IEnumerable<string> entries = part == "**"
            ? Directory.EnumerateDirectories(start, "*", Everywhere).Prepend(start)
            : Directory.EnumerateFileSystemEntries(start).Where(e => FileSystemName.MatchesSimpleExpression(part, Path.GetFileName(e)));
        return entries.Select(e => folder.Length == 0 && e.StartsWith($".{Path.DirectorySeparatorChar}", StringComparison.Ordinal) ? e[2..] : e);
    }

    private static string[] Sorted(IEnumerable<string> paths) => [.. paths.Order(StringComparer.Ordinal)];
}
