using System;
using System.IO;
using System.Linq;
using Pipeline.Training.Loop.Checkpoints;

namespace Pipeline.Training.Loop;

/// <summary>
/// The folder of one run. While it is open no other process can train in it; a killed process lets go of it by itself.
/// </summary>
public sealed class RunFolder : IDisposable
{
    private readonly FileStream _lock;

    private RunFolder(string path)
    {
        Path = path;
        try
        {
            _lock = new FileStream(At(".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"The run folder {path} cannot be used: {e.Message} Is another process training there? Wait for it, or give another folder.");
        }
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>What the run is: everything resolved, enough to repeat it.</summary>
    public string ConfigPath => ConfigIn(Path);

    /// <summary>The table of metrics.</summary>
    public string MetricsPath => At("metrics.csv");

    /// <summary>The folder with the checkpoints.</summary>
    public string CheckpointsPath => At("checkpoints");

    /// <summary>The exported policy.</summary>
    public string PolicyPath => At("policy.onnx");

    /// <summary>The best policy that was scored while training.</summary>
    public string BestPath => At("best.onnx");

    /// <summary>The picture of the learning curve.</summary>
    public string CurvePath => At("learning-curve.svg");

    /// <summary>Where a run folder keeps what the run is.</summary>
    /// <param name="folder">The run folder.</param>
    public static string ConfigIn(string folder) => System.IO.Path.Combine(folder, "config.json");

    /// <summary>The checkpoints of a run folder, which need not be open.</summary>
    /// <param name="folder">The run folder.</param>
    /// <param name="keep">How many of the latest stay.</param>
    public static CheckpointFolder CheckpointsIn(string folder, int keep = 2) => new(System.IO.Path.Combine(folder, "checkpoints"), keep);

    /// <summary>Makes the folder for a new run. It may exist, but holds no run.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="UserErrorException">It holds another run, is in use, or cannot be made.</exception>
    public static RunFolder Create(string path)
    {
        CheckFree(path);
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"The run folder {path} cannot be made: {e.Message} Give another one with --out.");
        }

        return new RunFolder(path);
    }

    /// <summary>Makes sure that a folder holds no run.</summary>
    /// <param name="path">The folder, whether it exists or not.</param>
    /// <exception cref="UserErrorException">It holds a run.</exception>
    public static void CheckFree(string path)
    {
        string[] traces = ["config.json", "metrics.csv", "checkpoints"];
        string? found = traces.FirstOrDefault(t => System.IO.Path.Exists(System.IO.Path.Combine(path, t)));
        if (found is not null)
            throw new UserErrorException($"The folder {path} already holds a run ({found}). Go on with it by --resume {path}, give another folder with --out, or remove it.");
    }

    /// <summary>Opens the folder of an earlier run to go on with it.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="UserErrorException">It holds no run or is in use.</exception>
    public static RunFolder Open(string path)
    {
        CheckRun(path);
        return new RunFolder(path);
    }

    /// <summary>Makes sure that a folder holds a run.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="UserErrorException">It does not exist or holds no run.</exception>
    public static void CheckRun(string path)
    {
        if (!Directory.Exists(path)) throw new UserErrorException($"There is no folder {path}.{NearestFile.Hint(path)}");
        if (!File.Exists(ConfigIn(path)))
            throw new UserErrorException($"The folder {path} holds no run: it has no config.json. Give the folder that was named by --out when the run was started.");
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    private string At(string name) => System.IO.Path.Combine(Path, name);
}
