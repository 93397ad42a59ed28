using System;
using System.IO;
using System.IO.MemoryMappedFiles;

namespace Pipeline.Tests.Fuzz;

/// <summary>What can become of a case.</summary>
internal enum Outcome
{
    /// <summary>Loaded, and acted for one row and three.</summary>
    Acted,

    /// <summary>Refused: the bytes are no model.</summary>
    RefusedBytes,

    /// <summary>Refused: the manifest is wrong, or missing.</summary>
    RefusedManifest,

    /// <summary>Refused: the graph is wrong by itself, or not what the manifest says.</summary>
    RefusedGraph,

    /// <summary>Refused: types or shapes do not work out.</summary>
    RefusedShapes,

    /// <summary>Refused: a limit is passed.</summary>
    RefusedLimits,

    /// <summary>Refused by ONNX Runtime itself.</summary>
    RefusedByOnnxRuntime,

    /// <summary>Anything else: a fault of ours.</summary>
    Fault,
}

/// <summary>
/// Numbers that a worker writes and its supervisor reads, in a mapped file: what a worker had written is there even when the process has been
/// taken down by native code.
/// </summary>
internal sealed class Board : IDisposable
{
    private const int Fields = 16;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    internal Board(string path)
    {
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.OpenOrCreate, null, Fields * sizeof(long));
        _view = _file.CreateViewAccessor();
    }

    /// <summary>The case that is being tried, counted from 0.</summary>
    internal long Current
    {
        get => _view.ReadInt64(0);
        set => _view.Write(0, value);
    }

    internal long this[Outcome outcome]
    {
        get => _view.ReadInt64((1 + (int)outcome) * sizeof(long));
        set => _view.Write((1 + (int)outcome) * sizeof(long), value);
    }

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}
