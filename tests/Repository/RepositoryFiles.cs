using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NUnit.Framework;

namespace Pipeline.Tests.Repository;

/// <summary>Finds files of the repository that the tests were built from.</summary>
internal static class RepositoryFiles
{
    public static string Root { get; } = FindRoot();

    public static string At(params string[] path) => Path.Combine([Root, .. path]);

    public static string Read(params string[] path) => File.ReadAllText(At(path)).ReplaceLineEndings("\n");

    /// <summary>The fenced blocks of a language in a Markdown text, without their fences.</summary>
    public static string[] Blocks(string markdown, string language) =>
        [.. markdown.Split("\n```").Where((part, i) => i % 2 == 1 && part.StartsWith(language + "\n", StringComparison.Ordinal)).Select(part => part[(language.Length + 1)..] + "\n")];

    /// <summary>The commands of a Markdown text's bash blocks, one a line, without comments.</summary>
    public static IEnumerable<string> Commands(string markdown) =>
        Blocks(markdown, "bash").SelectMany(block => block.Split('\n')).Select(line => line.Split(" #")[0].Trim()).Where(line => line.Length > 0 && line[0] != '#');

    private static string FindRoot()
    {
        string folder = TestContext.CurrentContext.TestDirectory;
        while (!File.Exists(Path.Combine(folder, "Pipeline.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new FileNotFoundException("Pipeline.sln is in no folder above the tests.");
        return folder;
    }
}
