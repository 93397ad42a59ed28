using System;
using System.Buffers.Binary;
using System.Text;

namespace Pipeline.Runtime.Onnx;

/// <summary>Writes the fields of a protobuf message.</summary>
internal sealed class WireWriter
{
    private byte[] _bytes;
    private int _length;

    internal WireWriter(int capacity = 64) => _bytes = new byte[capacity];

    internal void Integer(int field, long value)
    {
        Varint(((ulong)field << 3) | WireReader.Varint);
        Varint((ulong)value);
    }

    internal void RealBits(int field, uint bits)
    {
        Varint(((ulong)field << 3) | WireReader.Fixed32);
        BinaryPrimitives.WriteUInt32LittleEndian(Next(sizeof(uint)), bits);
    }

    internal void Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

    internal void Bytes(int field, ReadOnlySpan<byte> bytes)
    {
        Varint(((ulong)field << 3) | WireReader.Bytes);
        Varint((ulong)bytes.Length);
        bytes.CopyTo(Next(bytes.Length));
    }

    internal void Message(int field, WireWriter message) => Bytes(field, message._bytes.AsSpan(0, message._length));

    internal byte[] ToArray() => _bytes.AsSpan(0, _length).ToArray();

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7) Next(1)[0] = (byte)((value & 0x7F) | 0x80);
        Next(1)[0] = (byte)value;
    }

    private Span<byte> Next(int count)
    {
        if (count > _bytes.Length - _length) Array.Resize(ref _bytes, checked((int)Math.Max(_length + (long)count, Math.Min(2L * _bytes.Length, int.MaxValue / 2))));
        _length += count;
        return _bytes.AsSpan(_length - count, count);
    }
}
