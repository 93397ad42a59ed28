using System;
using System.Buffers.Binary;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;

namespace Pipeline.Training.Rendering.Gif;

/// <summary>
/// An animation as a GIF (GIF89a), repeated for ever. Of each frame only the rectangle that changed is written. The format counts time in hundredths of a second;
/// frames are rounded to it so that the whole keeps its length, and equal ones become one.
/// </summary>
public static class GifAnimation
{
    /// <summary>The most frames a second that programs show: they take a shorter delay than two hundredths for a long one.</summary>
    public const double MostFramesPerSecond = 50;

    /// <summary>Writes the file.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="animation">The animation, of at most <see cref="MostFramesPerSecond"/> ticks a second.</param>
    /// <param name="width">Width of the picture in pixels.</param>
    /// <param name="stop">Asks to stop; what was written so far is no whole file then.</param>
    /// <exception cref="OperationCanceledException">A stop was asked for.</exception>
    public static void Write(Stream stream, Animation animation, int width, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(animation);
        var painter = new FramePainter(animation.Layout(width), Theme.Light);
        var palette = new Palette(painter.Count(animation.Frames));
        Header(stream, painter, palette, animation.Title);

        var pixels = new Rgb[painter.Width * painter.Height];
        byte[] shown = new byte[pixels.Length], next = new byte[pixels.Length];
        Patch waiting = default;
        int ticks = 0, begun = 0;
        for (int i = 0; i < animation.Frames.Count; i++)
        {
            stop.ThrowIfCancellationRequested();
            painter.Paint(animation.Frames[i], pixels);
            palette.IndicesOf(pixels, next);
            Patch patch = i == 0 ? Patch.Whole(next, painter.Width) : Patch.Between(shown, next, painter.Width);
            if (patch.Indices is not null)
            {
                int now = Hundredths(ticks, animation);
                if (waiting.Indices is not null) Image(stream, waiting, now - begun);
                (waiting, begun) = (patch, now);
                (shown, next) = (next, shown);
            }

            ticks += animation.Frames[i].Ticks;
        }

        Image(stream, waiting, Hundredths(ticks, animation) - begun);
        stream.WriteByte(0x3b);
    }

    private static int Hundredths(int ticks, Animation animation) => (int)Math.Round(100 * ticks / animation.TicksPerSecond);

    private static void Header(Stream stream, FramePainter painter, Palette palette, string title)
    {
        stream.Write("GIF89a"u8);
        Word(stream, painter.Width);
        Word(stream, painter.Height);

        // A table of 256 colours for all frames, 8 bits each; the background is colour 0; pixels are square.
        stream.Write([0xf7, 0, 0]);
        for (int i = 0; i < 256; i++)
        {
            Rgb colour = i < palette.Colours.Count ? palette.Colours[i] : default;
            stream.Write([colour.Red, colour.Green, colour.Blue]);
        }

        // Repeated for ever, in the way that Netscape 2.0 began; then what it is, as a comment.
        stream.Write([0x21, 0xff, 11, .. "NETSCAPE2.0"u8, 3, 1, 0, 0, 0]);
        byte[] comment = [.. Encoding.ASCII.GetBytes(title).Take(255)];
        if (comment.Length > 0) stream.Write([0x21, 0xfe, (byte)comment.Length, .. comment, 0]);
    }

    private static void Image(Stream stream, Patch patch, int hundredths)
    {
        // The next frame lies over this one, and one number leaves pixels as they are.
        stream.Write([0x21, 0xf9, 4, 0x05]);
        Word(stream, Math.Clamp(hundredths, 2, ushort.MaxValue));
        stream.Write([Palette.Unchanged, 0, 0x2c]);
        Word(stream, patch.Left);
        Word(stream, patch.Top);
        Word(stream, patch.Width);
        Word(stream, patch.Indices!.Length / patch.Width);
        stream.WriteByte(0);
        LzwWriter.Write(stream, patch.Indices);
    }

    private static void Word(Stream stream, int value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)value);
        stream.Write(bytes);
    }

    /// <summary>A rectangle of a frame.</summary>
    private readonly record struct Patch(int Left, int Top, int Width, byte[]? Indices)
    {
        public static Patch Whole(byte[] frame, int width) => new(0, 0, width, [.. frame]);

        /// <summary>What changed; no indices where nothing did.</summary>
        public static Patch Between(byte[] before, byte[] after, int width)
        {
            int top = int.MaxValue, bottom = -1, left = width, right = -1;
            for (int i = 0; i < after.Length; i++)
            {
                if (before[i] == after[i]) continue;
                (int row, int column) = Math.DivRem(i, width);
                (top, bottom) = (Math.Min(top, row), row);
                (left, right) = (Math.Min(left, column), Math.Max(right, column));
            }

            if (bottom < 0) return default;
            int across = right - left + 1;
            byte[] indices = new byte[across * (bottom - top + 1)];
            for (int i = 0; i < indices.Length; i++)
            {
                int at = ((top + (i / across)) * width) + left + (i % across);
                indices[i] = before[at] == after[at] ? Palette.Unchanged : after[at];
            }

            return new Patch(left, top, across, indices);
        }
    }
}
