using System;
using System.Collections.Generic;
using System.IO;

namespace Pipeline.Training.Rendering.Gif;

/// <summary>GIF's variant of Lempel, Ziv and Welch's compression (GIF89a specification, appendix F): codes of growing width, in blocks of at most 255 bytes.</summary>
internal sealed class LzwWriter
{
    private const int BitsOfIndex = 8, MostBits = 12, MostCodes = 1 << MostBits;
    private const int Clear = 1 << BitsOfIndex, End = Clear + 1;
    private readonly Dictionary<int, int> _codes = [];
    private readonly byte[] _block = new byte[255];
    private readonly Stream _stream;
    private int _filled;
    private int _bits;
    private int _bitCount;
    private int _width;

    private LzwWriter(Stream stream) => _stream = stream;

    /// <summary>Writes the image data of a frame: colour numbers, compressed.</summary>
    public static void Write(Stream stream, ReadOnlySpan<byte> indices)
    {
        stream.WriteByte(BitsOfIndex);
        new LzwWriter(stream).Compress(indices);
        stream.WriteByte(0);
    }

    private void Compress(ReadOnlySpan<byte> indices)
    {
        Restart();
        int prefix = indices[0];
        foreach (byte index in indices[1..])
        {
            int pair = (prefix << BitsOfIndex) | index;
            if (_codes.TryGetValue(pair, out int known))
            {
                prefix = known;
                continue;
            }

            Put(prefix);
            int next = End + 1 + _codes.Count;
            if (next < MostCodes)
            {
                _codes.Add(pair, next);

                // The reader learns this code one later, and reads wider ones from then on.
                if (next == 1 << _width) _width++;
            }
            else
            {
                Restart();
            }

            prefix = index;
        }

        Put(prefix);
        Put(End);
        if (_bitCount > 0) Put((byte)_bits);
        Flush();
    }

    private void Restart()
    {
        if (_width == 0) _width = BitsOfIndex + 1;
        Put(Clear);
        _codes.Clear();
        _width = BitsOfIndex + 1;
    }

    private void Put(int code)
    {
        _bits |= code << _bitCount;
        _bitCount += _width;
        while (_bitCount >= 8)
        {
            Put((byte)_bits);
            _bits >>= 8;
            _bitCount -= 8;
        }
    }

    private void Put(byte value)
    {
        _block[_filled++] = value;
        if (_filled == _block.Length) Flush();
    }

    private void Flush()
    {
        if (_filled == 0) return;
        _stream.WriteByte((byte)_filled);
        _stream.Write(_block, 0, _filled);
        _filled = 0;
    }
}
