using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using Pipeline.Training.Files;

namespace Pipeline.Training.Loop.Checkpoints;

/// <summary>
/// Reads what a checkpoint holds. The whole file is checked when it is opened, so that nothing is loaded from a damaged one.
/// Every Read method throws <see cref="CheckpointException"/> where a name is missing, or a type or length differs.
/// </summary>
public sealed class CheckpointReader : IDisposable
{
    private readonly string _path;
    private readonly FileStream _stream;
    private readonly SafetensorsHeader _header;

    private CheckpointReader(string path, FileStream stream, SafetensorsHeader header)
    {
        _path = path;
        _stream = stream;
        _header = header;
    }

    /// <summary>The names of the entries, in the order in which their values stand in the file.</summary>
    public IReadOnlyList<string> Names => _header.Tensors.OrderBy(t => t.Value.Begin).Select(t => t.Key).ToArray();

    /// <summary>Opens a checkpoint and checks it: header, types, shapes, offsets (no gap, no overlap, none outside the file) and checksum.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointException">The file is missing, unreadable or damaged; the message says what is wrong and what to do.</exception>
    public static CheckpointReader Open(string path)
    {
        FileStream stream;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"The checkpoint {path} cannot be opened: {e.Message}", e);
        }

        try
        {
            SafetensorsHeader header = SafetensorsHeader.Read(path, stream);
            CheckSum(path, stream, header);
            return new CheckpointReader(path, stream, header);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Whether there is an entry of this name.</summary>
    /// <param name="name">The name.</param>
    public bool Contains(string name) => _header.Tensors.ContainsKey(name);

    /// <summary>The lengths of an entry's axes.</summary>
    /// <param name="name">Its name.</param>
    public IReadOnlyList<int> Shape(string name) => Find(name).Shape;

    /// <summary>Reads a tensor of 32-bit floats.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="destination">Receives the values; exactly as many as were written.</param>
    public void Read(string name, Span<float> destination) => Read(name, TensorType.F32, destination.Length, MemoryMarshal.AsBytes(destination));

    /// <summary>Reads 64-bit words.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="destination">Receives the words; exactly as many as were written.</param>
    public void Read(string name, Span<ulong> destination) => Read(name, TensorType.U64, destination.Length, MemoryMarshal.AsBytes(destination));

    /// <summary>Reads 64-bit numbers.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="destination">Receives the numbers; exactly as many as were written.</param>
    public void Read(string name, Span<double> destination) => Read(name, TensorType.F64, destination.Length, MemoryMarshal.AsBytes(destination));

    /// <summary>Whether there is an entry of a name.</summary>
    /// <param name="name">Its name.</param>
    public bool Has(string name) => _header.Tensors.ContainsKey(name);

    /// <summary>Reads raw bytes.</summary>
    /// <param name="name">Its name.</param>
    public byte[] ReadBytes(string name)
    {
        TensorEntry entry = Find(name);
        byte[] bytes = new byte[entry.Type == TensorType.U8 ? entry.End - entry.Begin : 0];
        Read(name, TensorType.U8, bytes.Length, bytes);
        return bytes;
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _stream.Dispose();

    private static void CheckSum(string path, FileStream stream, SafetensorsHeader header)
    {
        if (!header.Metadata.TryGetValue(CheckpointWriter.FormatKey, out string? format) || format != CheckpointWriter.FormatValue)
            throw new CheckpointException($"{path} is not a checkpoint of this program: its metadata has format '{format}', expected '{CheckpointWriter.FormatValue}'.");
        uint crc = ~0u;
        byte[] block = new byte[1 << 16];
        stream.Position = header.DataStart;
        int count;
        while ((count = stream.Read(block)) > 0)
            crc = Crc32C.Append(crc, block.AsSpan(0, count));
        string found = (~crc).ToString("x8", CultureInfo.InvariantCulture);
        if (!header.Metadata.TryGetValue(CheckpointWriter.ChecksumKey, out string? expected) || expected != found)
            throw new CheckpointException($"The checkpoint {path} is damaged: its values have the checksum {found}, but {expected ?? "none"} was written. Use an older checkpoint.");
    }

    private void Read(string name, string type, int count, Span<byte> destination)
    {
        TensorEntry entry = Find(name);
        if (entry.Type != type)
            throw new CheckpointException($"The checkpoint {_path} holds '{name}' as {entry.Type}; this run reads {type}. Resume with the options and the version that wrote it.");
        if (entry.End - entry.Begin != destination.Length)
        {
            long found = (entry.End - entry.Begin) / TensorType.ByteCount(type);
            throw new CheckpointException($"The checkpoint {_path} holds {found} values of '{name}'; this run needs {count}. Resume with the options that the run was started with.");
        }

        _stream.Position = _header.DataStart + entry.Begin;
        _stream.ReadExactly(destination);
    }

    private TensorEntry Find(string name) =>
        _header.Tensors.TryGetValue(name, out TensorEntry? entry)
            ? entry
            : throw new CheckpointException($"The checkpoint {_path} has no entry '{name}'. Resume with the options and the version that wrote it.");
}
