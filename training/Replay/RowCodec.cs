using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using System.Runtime.Intrinsics;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Training.Replay;

/// <summary>Observations as they are kept: each part of a row as floats or as bytes.</summary>
internal sealed unsafe class RowCodec
{
    private readonly Part[] _parts;

    public RowCodec(Space space, ObservationStorage storage)
    {
        Size = space.Size;
        _parts = [.. Merged(space, storage)];
        Bytes = _parts[^1].Offset + _parts[^1].Bytes;
    }

    /// <summary>Floats of a row.</summary>
    public int Size { get; }

    /// <summary>Bytes of a row as it is kept.</summary>
    public int Bytes { get; }

    /// <summary>How the row is kept: <c>float[4]</c>, <c>byte[784] float[2]</c>.</summary>
    public override string ToString() => string.Join(' ', _parts.Select(p => $"{(p.IsBytes ? "byte" : "float")}[{p.Count}]"));

    /// <summary>Why not all of a space fits in bytes.</summary>
    public static IEnumerable<string> ByteProblems(Space space) =>
        from part in Entries(space)
        where part is Discrete { N: > 256 } || (part is MultiDiscrete multi && multi.Branches.Max() > 256)
        select $"observation_storage is byte, which holds whole numbers from 0 to 255; observations have {part}. Use observation_storage=auto or float.";

    /// <summary>Refuses a row that cannot be kept.</summary>
    public void Check(ReadOnlySpan<float> row, int environment)
    {
        foreach (Part part in _parts)
        {
            if (!part.IsBytes) continue;
            int wrong = part.Start + ByteRows.FirstWrong(row.Slice(part.Start, part.Count));
            if (wrong < part.Start + part.Count)
                throw new ReplayException($"Entry {wrong} of the observation of environment {environment} is {row[wrong]}; it is kept as a byte, a whole number from 0 to 255. Use observation_storage=float.");
        }
    }

    public void Write(ReadOnlySpan<float> row, byte* destination)
    {
        foreach (Part part in _parts)
        {
            ReadOnlySpan<float> source = row.Slice(part.Start, part.Count);
            if (part.IsBytes) ByteRows.Narrow(source, new Span<byte>(destination + part.Offset, part.Count));
            else source.CopyTo(new Span<float>(destination + part.Offset, part.Count));
        }
    }

    public void Read(byte* source, Span<float> row)
    {
        foreach (Part part in _parts)
        {
            Span<float> destination = row.Slice(part.Start, part.Count);
            if (part.IsBytes) ByteRows.Widen(new ReadOnlySpan<byte>(source + part.Offset, part.Count), destination);
            else new ReadOnlySpan<float>(source + part.Offset, part.Count).CopyTo(destination);
        }
    }

    /// <summary>Some neighbouring floats of a row.</summary>
    public void Read(byte* source, int start, Span<float> destination)
    {
        foreach (Part part in _parts)
        {
            int first = Math.Max(part.Start, start), end = Math.Min(part.Start + part.Count, start + destination.Length);
            for (int i = first; i < end; i++)
            {
                byte* at = source + part.Offset;
                destination[i - start] = part.IsBytes ? at[i - part.Start] : ((float*)at)[i - part.Start];
            }
        }
    }

    private static Space[] Entries(Space space) => space is Dict dict ? [.. dict.Entries.Select(e => e.Value)] : [space];

    private static bool InBytes(Space space, ObservationStorage storage) => storage switch
    {
        ObservationStorage.Float => false,
        ObservationStorage.Byte => true,
        _ => space switch
        {
            Box { Shape.Count: 3 } box => box.Low.All(b => b == 0) && (box.High.All(b => b == 1) || box.High.All(b => b == 255)),
            Discrete discrete => discrete.N <= 256,
            MultiDiscrete multi => multi.Branches.Max() <= 256,
            MultiBinary => true,
            _ => false,
        },
    };

    private static List<Part> Merged(Space space, ObservationStorage storage)
    {
        var parts = new List<Part>();
        foreach (Space entry in Entries(space))
        {
            bool bytes = InBytes(entry, storage);
            if (parts.Count > 0 && parts[^1].IsBytes == bytes) parts[^1] = parts[^1] with { Count = parts[^1].Count + entry.Size };
            else if (parts.Count > 0) parts.Add(new Part(parts[^1].Start + parts[^1].Count, entry.Size, bytes, parts[^1].Offset + parts[^1].Bytes));
            else parts.Add(new Part(0, entry.Size, bytes, 0));
        }

        return parts;
    }

    /// <summary>Neighbouring floats of a row that are kept alike.</summary>
    private sealed record Part(int Start, int Count, bool IsBytes, int Offset)
    {
        public int Bytes => IsBytes ? Count : Count * sizeof(float);
    }
}

/// <summary>Floats to bytes and back, sixteen at a time.</summary>
internal static class ByteRows
{
    private const int Width = 16;

    /// <summary>The first that is no whole number from 0 to 255; as many as there are where all are.</summary>
    public static int FirstWrong(ReadOnlySpan<float> row)
    {
        int i = 0;
        for (; i + Vector<float>.Count <= row.Length; i += Vector<float>.Count)
        {
            var value = new Vector<float>(row[i..]);
            Vector<int> whole = Vector.ConvertToInt32(value);
            Vector<int> right = Vector.Equals(Vector.ConvertToSingle(whole), value) & Vector.Equals(whole & new Vector<int>(255), whole);
            if (!Vector.EqualsAll(right, Vector<int>.AllBitsSet)) break;
        }

        for (; i < row.Length; i++)
        {
            if (!(row[i] >= 0 && row[i] <= 255 && row[i] == MathF.Floor(row[i]))) return i;
        }

        return i;
    }

    public static void Narrow(ReadOnlySpan<float> row, Span<byte> bytes)
    {
        int i = 0;
        for (; i + Width <= row.Length; i += Width)
        {
            Vector128<ushort> low = Vector128.Narrow(Whole(row, i), Whole(row, i + 4)), high = Vector128.Narrow(Whole(row, i + 8), Whole(row, i + 12));
            Vector128.Narrow(low, high).CopyTo(bytes[i..]);
        }

        for (; i < row.Length; i++) bytes[i] = (byte)row[i];
    }

    public static void Widen(ReadOnlySpan<byte> bytes, Span<float> row)
    {
        int i = 0;
        for (; i + Width <= bytes.Length; i += Width)
        {
            (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(Vector128.Create(bytes.Slice(i, Width)));
            Put(low, row[i..]);
            Put(high, row[(i + 8)..]);
        }

        for (; i < bytes.Length; i++) row[i] = bytes[i];
    }

    private static Vector128<uint> Whole(ReadOnlySpan<float> row, int start) => Vector128.ConvertToInt32(Vector128.Create(row.Slice(start, 4))).AsUInt32();

    private static void Put(Vector128<ushort> whole, Span<float> row)
    {
        (Vector128<uint> low, Vector128<uint> high) = Vector128.Widen(whole);
        Vector128.ConvertToSingle(low.AsInt32()).CopyTo(row);
        Vector128.ConvertToSingle(high.AsInt32()).CopyTo(row[4..]);
    }
}
