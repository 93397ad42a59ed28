using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;

namespace Pipeline.Training.Loop.Checkpoints;

/// <summary>Where one tensor stands in the file's values.</summary>
/// <param name="Type">Its type, as the format names it.</param>
/// <param name="Shape">The lengths of its axes.</param>
/// <param name="Begin">Its first byte, counted from the start of the values.</param>
/// <param name="End">The byte after its last.</param>
internal sealed record TensorEntry(string Type, int[] Shape, long Begin, long End);

/// <summary>The header of a safetensors file, read with suspicion: every number in it is checked against the file.</summary>
/// <param name="Tensors">The tensors by name.</param>
/// <param name="Metadata">The free text entries.</param>
/// <param name="DataStart">Where the values start in the file.</param>
internal sealed record SafetensorsHeader(IReadOnlyDictionary<string, TensorEntry> Tensors, IReadOnlyDictionary<string, string> Metadata, long DataStart)
{
    /// <summary>The longest header that is read, in bytes; the format's own limit.</summary>
    public const long MaximumLength = 100_000_000;

    public static SafetensorsHeader Read(string path, FileStream stream)
    {
        Span<byte> lengthBytes = stackalloc byte[sizeof(ulong)];
        if (stream.Length < lengthBytes.Length)
            throw Damaged(path, $"it has {stream.Length} bytes, fewer than the 8 of the header's length");
        stream.ReadExactly(lengthBytes);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(lengthBytes);
        if (length > MaximumLength) throw Damaged(path, $"its header claims {length} bytes; at most {MaximumLength} are read");
        if ((long)length > stream.Length - lengthBytes.Length)
            throw Damaged(path, $"its header claims {length} bytes, but only {stream.Length - lengthBytes.Length} follow");
        byte[] bytes = new byte[length];
        stream.ReadExactly(bytes);
        long dataStart = lengthBytes.Length + (long)length;
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            return Parse(path, document.RootElement, dataStart, stream.Length - dataStart);
        }
        catch (JsonException e)
        {
            throw new CheckpointException($"The checkpoint {path} is damaged: its header is not JSON ({e.Message}). Use an older checkpoint.", e);
        }
    }

    private static SafetensorsHeader Parse(string path, JsonElement root, long dataStart, long dataLength)
    {
        if (root.ValueKind != JsonValueKind.Object) throw Damaged(path, "its header is not a JSON object");
        var tensors = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (JsonProperty property in root.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.Object) throw Damaged(path, $"the header's entry '{property.Name}' is not an object");
            if (property.Name == "__metadata__")
            {
                foreach (JsonProperty text in property.Value.EnumerateObject())
                {
                    if (text.Value.ValueKind != JsonValueKind.String) throw Damaged(path, $"the metadata '{text.Name}' is not text");
                    metadata[text.Name] = text.Value.GetString()!;
                }
            }
            else if (!tensors.TryAdd(property.Name, Entry(path, property, dataLength)))
            {
                throw Damaged(path, $"the entry '{property.Name}' stands twice in the header");
            }
        }

        long expected = 0;
        foreach ((string name, TensorEntry entry) in tensors.OrderBy(t => t.Value.Begin).ThenBy(t => t.Value.End))
        {
            if (entry.Begin != expected)
                throw Damaged(path, $"'{name}' starts at byte {entry.Begin} of the values, expected {expected}: entries overlap or leave a gap");
            expected = entry.End;
        }

        if (expected != dataLength) throw Damaged(path, $"its entries cover {expected} bytes, but {dataLength} follow the header");
        return new SafetensorsHeader(tensors, metadata, dataStart);
    }

    private static TensorEntry Entry(string path, JsonProperty property, long dataLength)
    {
        string name = property.Name;
        string? type = property.Value.TryGetProperty("dtype", out JsonElement dtype) && dtype.ValueKind == JsonValueKind.String ? dtype.GetString() : null;
        int width = TensorType.ByteCount(type);
        if (width == 0) throw Damaged(path, $"'{name}' has the type '{type}'; F32, F64, U64 and U8 are read");
        long[] shape = Numbers(path, property, "shape");
        long[] offsets = Numbers(path, property, "data_offsets");
        if (offsets.Length != 2 || offsets[0] > offsets[1] || offsets[1] > dataLength)
            throw Damaged(path, $"'{name}' has the offsets [{string.Join(", ", offsets)}]; two rising ones within the file's {dataLength} bytes are allowed");
        long bytes = width;
        foreach (long axis in shape)
        {
            if (axis > int.MaxValue || (bytes != 0 && axis > dataLength / bytes)) throw Damaged(path, $"'{name}' has the shape [{string.Join(", ", shape)}], which is more than the file holds");
            bytes *= axis;
        }

        if (bytes != offsets[1] - offsets[0])
            throw Damaged(path, $"'{name}' has the shape [{string.Join(", ", shape)}] of {type}, {bytes} bytes, but its offsets span {offsets[1] - offsets[0]}");
        if (bytes > Array.MaxLength)
            throw Damaged(path, $"'{name}' has {bytes} bytes; at most {Array.MaxLength} are read at once");
        return new TensorEntry(type!, shape.Select(a => (int)a).ToArray(), offsets[0], offsets[1]);
    }

    private static long[] Numbers(string path, JsonProperty property, string field)
    {
        if (!property.Value.TryGetProperty(field, out JsonElement array) || array.ValueKind != JsonValueKind.Array)
            throw Damaged(path, $"'{property.Name}' has no list '{field}'");
        return array.EnumerateArray()
            .Select(e => e.ValueKind == JsonValueKind.Number && e.TryGetInt64(out long number) && number >= 0
                ? number
                : throw Damaged(path, $"'{property.Name}' has {e.GetRawText()} in '{field}'; whole numbers from 0 are allowed"))
            .ToArray();
    }

    private static CheckpointException Damaged(string path, string what) =>
        new($"The checkpoint {path} is damaged: {what}. Use an older checkpoint.");
}
