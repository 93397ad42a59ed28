using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Text;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Files;

namespace Pipeline.Training.Evaluation.Logged;

/// <summary>
/// Logged steps as a file: JSON lines (.jsonl, .ndjson) or comma-separated values (.csv), either of them compressed where .gz follows. The fields are those of
/// <see cref="LoggedStep"/> in snake_case; steps of an episode follow each other.
/// </summary>
public static class DatasetFile
{
    private static readonly string[] _json = [".jsonl", ".ndjson"];

    /// <summary>What is wrong with a dataset's name; null where nothing is.</summary>
    /// <param name="path">The file.</param>
    public static string? NameProblem(string path) => Format(path) is null
        ? $"The name of the dataset '{path}' does not say what it holds. Let it end in .jsonl (JSON lines) or .csv, and .gz after that where it is compressed." : null;

    /// <summary>Reads steps one after another, as they are asked for: a file of any length takes no more memory than a line.</summary>
    /// <param name="path">The file.</param>
    /// <param name="observationSpace">What observations look like.</param>
    /// <param name="actionSpace">What actions look like.</param>
    /// <exception cref="DatasetException">A line is wrong, the compression is damaged, or the name does not say the format; while steps are asked for.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IEnumerable<LoggedStep> Read(string path, Space observationSpace, Space actionSpace)
    {
        ArgumentNullException.ThrowIfNull(observationSpace);
        ArgumentNullException.ThrowIfNull(actionSpace);
        bool json = Format(path) ?? throw new DatasetException(path, NameProblem(path)!);
        var fields = new DatasetFields(path, observationSpace, actionSpace);
        using Stream stream = Open(path);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        using IEnumerator<LoggedStep> steps = (json ? JsonSteps.Read(reader, fields) : CsvSteps.Read(reader, fields)).GetEnumerator();
        while (Next(steps, path)) yield return steps.Current;
    }

    /// <summary>Writes steps, whole or not at all: a reader never meets a part of them.</summary>
    /// <param name="path">The file; its folder exists. What it held before is replaced.</param>
    /// <param name="steps">The steps, which may be made while they are written.</param>
    /// <param name="observationSpace">What observations look like.</param>
    /// <param name="actionSpace">What actions look like.</param>
    /// <exception cref="DatasetException">The name does not say the format.</exception>
    /// <exception cref="IOException">The disk is full or the folder is gone; what was there before is then still whole.</exception>
    public static void Write(string path, IEnumerable<LoggedStep> steps, Space observationSpace, Space actionSpace)
    {
        ArgumentNullException.ThrowIfNull(steps);
        ArgumentNullException.ThrowIfNull(observationSpace);
        ArgumentNullException.ThrowIfNull(actionSpace);
        bool json = Format(path) ?? throw new DatasetException(path, NameProblem(path)!);
        var fields = new DatasetFields(path, observationSpace, actionSpace);
        void WriteSteps(Stream stream)
        {
            if (json) JsonSteps.Write(stream, steps, fields);
            else CsvSteps.Write(stream, steps, fields);
        }

        AtomicFile.Write(path, stream =>
        {
            if (!IsCompressed(path))
            {
                WriteSteps(stream);
                return;
            }

            using var compressed = new GZipStream(stream, CompressionLevel.Optimal, leaveOpen: true);
            using var buffered = new BufferedStream(compressed, 1 << 16);
            WriteSteps(buffered);
        });
    }

    private static Stream Open(string path)
    {
        Stream file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        return IsCompressed(path) ? new GZipStream(file, CompressionMode.Decompress) : file;
    }

    private static bool Next(IEnumerator<LoggedStep> steps, string path)
    {
        try
        {
            return steps.MoveNext();
        }
        catch (InvalidDataException e)
        {
            throw new DatasetException(path, $"it is not whole or not compressed by gzip ({e.Message}). Copy it again, or take .gz off its name where it is plain text.", e);
        }
    }

    private static bool IsCompressed(string path) => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

    /// <summary>True for JSON lines, false for comma-separated values.</summary>
    private static bool? Format(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string ending = Path.GetExtension(IsCompressed(path) ? path[..^3] : path);
        if (Array.Exists(_json, name => name.Equals(ending, StringComparison.OrdinalIgnoreCase))) return true;
        return ending.Equals(".csv", StringComparison.OrdinalIgnoreCase) ? false : null;
    }
}
