using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace Pipeline.Training.Loop.Checkpoints;

/// <summary>
/// The folder with a run's checkpoints, <c>checkpoint-STEPS.safetensors</c>. An old one is removed only when a new one is safely on the disk.
/// </summary>
public sealed class CheckpointFolder
{
    private const string Prefix = "checkpoint-";
    private const string Ending = ".safetensors";
    private readonly string _path;
    private readonly int _keep;

    /// <summary>Names the folder; it is made with the first checkpoint.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="keep">How many of the latest checkpoints stay; at least 1. Two survive a damaged newest one.</param>
    public CheckpointFolder(string path, int keep = 2)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfLessThan(keep, 1);
        _path = path;
        _keep = keep;
    }

    /// <summary>The checkpoints there are, latest first, whether they are whole or not.</summary>
    public IReadOnlyList<SavedCheckpoint> List() =>
        !Directory.Exists(_path)
            ? []
            : Directory.EnumerateFiles(_path, Prefix + "*" + Ending)
                .Select(Parse)
                .OfType<SavedCheckpoint>()
                .OrderByDescending(c => c.Steps)
                .ToArray();

    /// <summary>Writes a checkpoint, then removes the ones that are too old. Later ones, left by a run that has gone back, are removed too.</summary>
    /// <param name="checkpoint">What it holds.</param>
    /// <param name="steps">The run's steps at that moment.</param>
    /// <returns>The file.</returns>
    /// <exception cref="IOException">The disk is full or cannot be written; the older checkpoints are still there.</exception>
    public string Save(CheckpointWriter checkpoint, long steps)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        Directory.CreateDirectory(_path);
        string path = FileOf(steps);
        checkpoint.WriteTo(path);
        IReadOnlyList<SavedCheckpoint> all = List();
        SavedCheckpoint[] surplus = [.. all.Where(c => c.Steps > steps), .. all.Where(c => c.Steps <= steps).Skip(_keep)];
        foreach (SavedCheckpoint old in surplus)
        {
            File.Delete(old.Path);
            File.Delete(old.ReplayPath);
        }

        return path;
    }

    /// <summary>Where the replay of a checkpoint is written, before the checkpoint itself.</summary>
    /// <param name="steps">The run's steps at that moment.</param>
    public string NewReplayPath(long steps)
    {
        Directory.CreateDirectory(_path);
        return new SavedCheckpoint(FileOf(steps), steps).ReplayPath;
    }

    /// <summary>Opens the latest whole checkpoint; damaged ones are passed over with a message.</summary>
    /// <param name="log">Receives a message for each damaged file.</param>
    /// <returns>The open checkpoint and its steps; null where there is none.</returns>
    public (CheckpointReader Reader, SavedCheckpoint Checkpoint)? OpenLatest(Action<string> log)
    {
        ArgumentNullException.ThrowIfNull(log);
        foreach (SavedCheckpoint checkpoint in List())
        {
            try
            {
                return (CheckpointReader.Open(checkpoint.Path), checkpoint);
            }
            catch (CheckpointException e)
            {
                log(e.Message);
            }
        }

        return null;
    }

    private string FileOf(long steps) => Path.Combine(_path, $"{Prefix}{steps.ToString(CultureInfo.InvariantCulture)}{Ending}");

    private static SavedCheckpoint? Parse(string path)
    {
        string digits = Path.GetFileName(path)[Prefix.Length..^Ending.Length];
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long steps) ? new SavedCheckpoint(path, steps) : null;
    }
}

/// <summary>A checkpoint on the disk.</summary>
/// <param name="Path">The file.</param>
/// <param name="Steps">The run's environment steps when it was written.</param>
public sealed record SavedCheckpoint(string Path, long Steps)
{
    /// <summary>The file with its replayed experience, where the run saves that.</summary>
    public string ReplayPath => System.IO.Path.ChangeExtension(Path, ".replay");
}
