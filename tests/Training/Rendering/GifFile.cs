using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using NUnit.Framework;

namespace Pipeline.Tests.Training.Rendering;

/// <summary>A GIF as another program would read it, written from the GIF89a specification.</summary>
internal sealed class GifFile
{
    private readonly byte[] _bytes;
    private int _at;
    private readonly byte[][] _palette;
    private readonly int[] _screen;

    public GifFile(byte[] bytes)
    {
        _bytes = bytes;
        Assert.That(Encoding.ASCII.GetString(Bytes(6)), Is.EqualTo("GIF89a"));
        (Width, Height) = (Word(), Word());
        Assert.That(Byte(), Is.EqualTo(0xf7), "a table of 256 colours");
        Bytes(2);
        _palette = [.. Enumerable.Range(0, 256).Select(_ => Bytes(3))];
        _screen = new int[Width * Height];
        ReadBlocks();
        Assert.That(_at, Is.EqualTo(bytes.Length), "nothing follows the end");
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>How often it is repeated, 0 for ever; null where it says nothing.</summary>
    public int? Loops { get; private set; }

    public string Comment { get; private set; } = "";

    /// <summary>Hundredths of a second of each frame.</summary>
    public List<int> Delays { get; } = [];

    /// <summary>The whole screen after each frame, as 0xrrggbb.</summary>
    public List<int[]> Frames { get; } = [];

    private byte Byte() => _bytes[_at++];

    private ushort Word() => BitConverter.ToUInt16(Bytes(2));

    private byte[] Bytes(int count)
    {
        _at += count;
        return _bytes[(_at - count).._at];
    }

    private void ReadBlocks()
    {
        int transparent = -1;
        while (true)
        {
            byte kind = Byte();
            if (kind == 0x3b) return;
            if (kind == 0x2c)
            {
                ReadImage(transparent);
                continue;
            }

            Assert.That(kind, Is.EqualTo(0x21), "an extension");
            byte label = Byte();
            byte[] block = Bytes(Byte());
            if (label == 0xf9)
            {
                Delays.Add(BitConverter.ToUInt16(block, 1));
                transparent = (block[0] & 1) == 1 ? block[3] : -1;
            }

            byte[] more = SubBlocks();
            if (label == 0xff) Loops = BitConverter.ToUInt16(more, 1);
            if (label == 0xfe) Comment = Encoding.ASCII.GetString(block);
        }
    }

    private void ReadImage(int transparent)
    {
        int left = Word(), top = Word(), width = Word(), height = Word();
        Assert.That(Byte(), Is.Zero, "no table of its own");
        byte[] indices = Unpack(Byte(), SubBlocks());
        Assert.That(indices, Has.Length.EqualTo(width * height));
        for (int i = 0; i < indices.Length; i++)
        {
            byte[] colour = _palette[indices[i]];
            if (indices[i] != transparent) _screen[((top + (i / width)) * Width) + left + (i % width)] = (colour[0] << 16) | (colour[1] << 8) | colour[2];
        }

        Frames.Add([.. _screen]);
    }

    private byte[] SubBlocks()
    {
        var bytes = new List<byte>();
        for (byte length = Byte(); length > 0; length = Byte()) bytes.AddRange(Bytes(length));
        return [.. bytes];
    }

    private static byte[] Unpack(int bits, byte[] data)
    {
        int clear = 1 << bits, width = bits + 1, position = 0;
        var table = new List<byte[]>();
        var output = new List<byte>();
        byte[]? previous = null;
        while (true)
        {
            int code = 0;
            for (int b = 0; b < width; b++, position++) code |= ((data[position / 8] >> (position % 8)) & 1) << b;
            if (code == clear + 1) return [.. output];
            if (code == clear)
            {
                table = [.. Enumerable.Range(0, clear).Select(i => new[] { (byte)i }), [], []];
                (width, previous) = (bits + 1, null);
                continue;
            }

            byte[] entry = code < table.Count ? table[code] : [.. previous!, previous![0]];
            output.AddRange(entry);
            if (previous is not null && table.Count < 4096) table.Add([.. previous, entry[0]]);
            if (table.Count == 1 << width && width < 12) width++;
            previous = entry;
        }
    }
}
