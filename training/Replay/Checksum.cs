using System;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Pipeline.Training.Replay;

/// <summary>The Castagnoli checksum (CRC-32C, RFC 3720) of native memory of any length.</summary>
internal static unsafe class Checksum
{
    /// <summary>The checksum of so many bytes.</summary>
    public static uint Of(byte* bytes, long length)
    {
        uint crc = ~0u;
        for (long done = 0; done < length; done += 1 << 30)
            crc = Append(crc, new ReadOnlySpan<byte>(bytes + done, (int)Math.Min(1 << 30, length - done)));
        return ~crc;
    }

    /// <summary>Carries a running checksum on; start with all bits set and complement the result.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (ulong word in words) crc = BitOperations.Crc32C(crc, word);
        foreach (byte b in bytes[(words.Length * sizeof(ulong))..]) crc = BitOperations.Crc32C(crc, b);
        return crc;
    }
}
