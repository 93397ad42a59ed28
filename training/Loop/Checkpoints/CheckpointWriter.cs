using System;
using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.Json;
using Pipeline.Training.Files;

namespace Pipeline.Training.Loop.Checkpoints;

/// <summary>
/// Gathers what a checkpoint holds and writes it as one safetensors file: the header's length (8 bytes, little-endian), a JSON header
/// with type, shape and offsets of each tensor, then the values, little-endian. The entries are copied when they are added.
/// The metadata holds a checksum (CRC-32C) of the values, so that damage is found before anything is loaded.
/// </summary>
public sealed class CheckpointWriter
{
    /// <summary>The metadata entry that names the kind of file.</summary>
    internal const string FormatKey = "format";

    /// <summary>What the metadata entry says.</summary>
    internal const string FormatValue = "pipeline-checkpoint-1";

    /// <summary>The metadata entry with the checksum of the values, in hexadecimal.</summary>
    internal const string ChecksumKey = "crc32c";

    private readonly List<Entry> _entries = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>Adds a tensor of 32-bit floats.</summary>
    /// <param name="name">Its name, unique in the checkpoint.</param>
    /// <param name="values">The values, row-major.</param>
    /// <param name="shape">The lengths of the axes; one axis where none is given.</param>
    /// <exception cref="ArgumentException">The name is taken or empty, or the shape has another number of entries than there are values.</exception>
    public void Add(string name, ReadOnlySpan<float> values, params int[] shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        if (shape.Length == 0) shape = [values.Length];
        Add(name, TensorType.F32, MemoryMarshal.AsBytes(values), shape);
    }

    /// <summary>Adds 64-bit words, such as counters or a generator's state.</summary>
    /// <param name="name">Its name, unique in the checkpoint.</param>
    /// <param name="values">The words.</param>
    /// <exception cref="ArgumentException">The name is taken or empty.</exception>
    public void Add(string name, ReadOnlySpan<ulong> values) => Add(name, TensorType.U64, MemoryMarshal.AsBytes(values), [values.Length]);

    /// <summary>Adds 64-bit numbers, such as running statistics.</summary>
    /// <param name="name">Its name, unique in the checkpoint.</param>
    /// <param name="values">The numbers.</param>
    /// <exception cref="ArgumentException">The name is taken or empty.</exception>
    public void Add(string name, ReadOnlySpan<double> values) => Add(name, TensorType.F64, MemoryMarshal.AsBytes(values), [values.Length]);

    /// <summary>Adds raw bytes, such as the state of environments.</summary>
    /// <param name="name">Its name, unique in the checkpoint.</param>
    /// <param name="values">The bytes.</param>
    /// <exception cref="ArgumentException">The name is taken or empty.</exception>
    public void Add(string name, ReadOnlySpan<byte> values) => Add(name, TensorType.U8, values, [values.Length]);

    /// <summary>Writes the file: to a new one beside it, flushed to the disk, then renamed. The same entries give the same bytes.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <exception cref="IOException">The file cannot be written; an older file of that name is then still whole.</exception>
    public void WriteTo(string path)
    {
        if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("Checkpoints are written on little-endian machines.");
        // Widest type first keeps every tensor aligned; the order among equals is the order of adding.
        Entry[] entries = _entries.OrderByDescending(e => TensorType.ByteCount(e.Type)).ToArray();
        byte[] header = Header(entries);
        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
            stream.Write(length);
            stream.Write(header);
            foreach (Entry entry in entries)
                stream.Write(entry.Bytes);
        });
    }

    /// <summary>Gives the entries' memory to later checkpoints: memory that is new to the process takes longer than the copy. Nothing is left to write then.</summary>
    internal void Release()
    {
        foreach (Entry entry in _entries) ArrayPool<byte>.Shared.Return(entry.Memory);
        _entries.Clear();
    }

    private static byte[] Header(Entry[] entries)
    {
        uint crc = ~0u;
        foreach (Entry entry in entries)
            crc = Crc32C.Append(crc, entry.Bytes);
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            json.WriteString(FormatKey, FormatValue);
            json.WriteString(ChecksumKey, (~crc).ToString("x8", CultureInfo.InvariantCulture));
            json.WriteEndObject();
            long offset = 0;
            foreach (Entry entry in entries)
            {
                json.WriteStartObject(entry.Name);
                json.WriteString("dtype", entry.Type);
                json.WriteStartArray("shape");
                foreach (int axis in entry.Shape)
                    json.WriteNumberValue(axis);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += entry.Bytes.Length);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while (buffer.Length % sizeof(ulong) != 0)
            buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }

    private void Add(string name, string type, ReadOnlySpan<byte> bytes, int[] shape)
    {
        if (string.IsNullOrEmpty(name) || name == "__metadata__")
            throw new ArgumentException($"A checkpoint's entry cannot be named '{name}'. Give it a name of its own.", nameof(name));
        long count = shape.Aggregate(1L, (product, axis) => product * axis);
        if (count * TensorType.ByteCount(type) != bytes.Length)
            throw new ArgumentException($"The entry '{name}' has the shape [{string.Join(", ", shape)}], {count} values, but {bytes.Length / TensorType.ByteCount(type)} values were given.", nameof(shape));
        if (!_names.Add(name))
            throw new ArgumentException($"The checkpoint already has an entry named '{name}'. Names are unique.", nameof(name));
        byte[] memory = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(memory);
        _entries.Add(new Entry(name, type, (int[])shape.Clone(), memory, bytes.Length));
    }

    private sealed record Entry(string Name, string Type, int[] Shape, byte[] Memory, int Length)
    {
        public ReadOnlySpan<byte> Bytes => Memory.AsSpan(0, Length);
    }
}
