using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;

namespace Pipeline.Runtime.Onnx;

/// <summary>One field of a protobuf message: its number, its value, and where in the file it stands.</summary>
internal readonly record struct WireField(int Number, int WireType, ulong Value, int PayloadStart, int PayloadLength, int RawStart, int RawLength);

/// <summary>
/// Walks the fields of a protobuf message in an untrusted file, bounds checked at every step. The runtime reads only the few fields it
/// needs this way, so that it carries no protobuf library into its host.
/// </summary>
internal struct WireReader
{
    internal const int Varint = 0;
    internal const int Fixed64 = 1;
    internal const int Bytes = 2;
    internal const int Fixed32 = 5;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly byte[] _file;
    private readonly int _end;
    private int _position;

    /// <summary>Reads a whole file as one message.</summary>
    internal WireReader(byte[] file)
    {
        _file = file;
        _position = 0;
        _end = file.Length;
    }

    /// <summary>Reads the message inside a field.</summary>
    /// <exception cref="FormatException">The field holds a number, not a message.</exception>
    internal WireReader(byte[] file, WireField message)
    {
        if (message.WireType != Bytes) throw new FormatException($"field {message.Number} at byte {message.RawStart} should hold a message");
        _file = file;
        _position = message.PayloadStart;
        _end = message.PayloadStart + message.PayloadLength;
    }

    /// <summary>Steps to the next field.</summary>
    /// <param name="field">The field.</param>
    /// <returns>False at the end of the message.</returns>
    /// <exception cref="FormatException">The bytes are no protobuf message, or end too early.</exception>
    internal bool Next(out WireField field)
    {
        field = default;
        if (_position >= _end) return false;
        int start = _position;
        ulong tag = ReadVarint();
        int number = (int)Math.Min(tag >> 3, int.MaxValue);
        int wireType = (int)(tag & 7);
        if (number is < 1 or > (1 << 29) - 1) throw new FormatException($"the field number at byte {start} is not one of protobuf's");
        ulong value = 0;
        int payload = _position;
        int length = 0;
        switch (wireType)
        {
            case Varint:
                value = ReadVarint();
                break;
            case Fixed64:
                length = 8;
                break;
            case Fixed32:
                length = 4;
                break;
            case Bytes:
                ulong announced = ReadVarint();
                payload = _position;
                if (announced > (ulong)(_end - _position)) throw new FormatException($"field {number} at byte {start} announces {announced} bytes, but {_end - _position} follow");
                length = (int)announced;
                break;
            default:
                throw new FormatException($"field {number} at byte {start} has the wire type {wireType}");
        }

        if (length > _end - _position) throw new FormatException($"field {number} at byte {start} needs {length} bytes, but {_end - _position} follow");
        _position += length;
        field = new WireField(number, wireType, value, payload, length, start, _position - start);
        return true;
    }

    /// <summary>The text in a field.</summary>
    /// <exception cref="FormatException">The field holds no text, or more than <paramref name="maximum"/> bytes of it.</exception>
    internal static string Text(byte[] file, WireField field, int maximum = 4096)
    {
        if (field.WireType != Bytes) throw new FormatException($"field {field.Number} at byte {field.RawStart} should hold text");
        if (field.PayloadLength > maximum) throw new FormatException($"the text at byte {field.PayloadStart} has {field.PayloadLength} bytes; at most {maximum} are allowed");
        try
        {
            return Utf8.GetString(file, field.PayloadStart, field.PayloadLength);
        }
        catch (ArgumentException)
        {
            throw new FormatException($"the text at byte {field.PayloadStart} is not UTF-8");
        }
    }

    /// <summary>The whole number in a field.</summary>
    /// <exception cref="FormatException">The field holds something else.</exception>
    internal static long Integer(WireField field) =>
        field.WireType == Varint ? (long)field.Value : throw new FormatException($"field {field.Number} at byte {field.RawStart} should hold a whole number");

    /// <summary>The bits of the real number in a field.</summary>
    /// <exception cref="FormatException">The field holds something else.</exception>
    internal static uint Single(byte[] file, WireField field) =>
        field.WireType == Fixed32 ? BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(field.PayloadStart)) : throw new FormatException($"field {field.Number} at byte {field.RawStart} should hold a real number");

    /// <summary>Adds the whole numbers of a repeated field, in either of protobuf's two forms.</summary>
    /// <exception cref="FormatException">The field holds something else, or there are more than <paramref name="maximum"/>.</exception>
    internal static void Integers(byte[] file, WireField field, List<long> numbers, int maximum)
    {
        if (field.WireType == Bytes)
        {
            var packed = new WireReader(file, field);
            while (packed._position < packed._end && numbers.Count <= maximum) numbers.Add((long)packed.ReadVarint());
        }
        else
        {
            numbers.Add(Integer(field));
        }

        if (numbers.Count > maximum) throw new FormatException($"the list at byte {field.RawStart} has more than {maximum} numbers");
    }

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            if (_position >= _end) throw new FormatException($"the file ends inside a number at byte {_position}");
            byte next = _file[_position++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }

        throw new FormatException($"the number that ends at byte {_position} is longer than 64 bits");
    }
}
