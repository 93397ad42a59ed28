using System;
using System.Runtime.InteropServices;

namespace Pipeline.Runtime.Execution;

/// <summary>A 64-bit number that tells whether a file's content has changed. It guards against nobody who means harm.</summary>
internal static class FileDigest
{
    private const ulong Factor = 0x9E3779B97F4A7C15UL;

    internal static ulong Of(ReadOnlySpan<byte> bytes)
    {
        ulong digest = (ulong)bytes.Length;
        foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(bytes)) digest = Mix(digest, word);
        foreach (byte rest in bytes.Slice(bytes.Length & ~7)) digest = Mix(digest, rest);
        return digest;
    }

    private static ulong Mix(ulong digest, ulong word)
    {
        ulong mixed = (digest ^ word) * Factor;
        return mixed ^ (mixed >> 29);
    }
}
