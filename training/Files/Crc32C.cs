using System;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Pipeline.Training.Files;

/// <summary>The Castagnoli checksum (CRC-32C, RFC 3720), as TensorBoard's files, our checkpoints and saved replay buffers use it.</summary>
internal static class Crc32C
{
    /// <summary>The checksum of a sequence of bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes) => ~Append(~0u, bytes);

    /// <summary>The checksum of native memory of any length.</summary>
    public static unsafe uint Of(byte* bytes, long length)
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
        foreach (ulong word in words)
            crc = BitOperations.Crc32C(crc, BitConverter.IsLittleEndian ? word : System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(word));
        foreach (byte b in bytes[(words.Length * sizeof(ulong))..])
            crc = BitOperations.Crc32C(crc, b);
        return crc;
    }

    /// <summary>TensorFlow's masked form: the checksum rotated right by 15 bits plus 0xA282EAD8.</summary>
    public static uint Masked(ReadOnlySpan<byte> bytes) => BitOperations.RotateRight(Of(bytes), 15) + 0xA282EAD8u;
}
