using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Pipeline.Training.Rendering.Raster;

namespace Pipeline.Training.Rendering.Gif;

/// <summary>Paints frames as pixels: each is the mean of samples, so that edges are smooth.</summary>
internal sealed class FramePainter
{
    private const int Grain = 4;
    private readonly PictureLayout _layout;
    private readonly Theme _theme;
    private readonly InkRaster _raster;

    public FramePainter(PictureLayout layout, Theme theme)
    {
        (_layout, _theme) = (layout, theme);
        _raster = new InkRaster(layout.Width * Grain, layout.Height * Grain, thinnest: 2);
    }

    public int Width => _layout.Width;

    public int Height => _layout.Height;

    /// <summary>Paints a frame.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="pixels">[height, width]</param>
    public void Paint(Frame frame, Span<Rgb> pixels)
    {
        _raster.Clear();
        var fine = new SceneFit(_layout.Fit(frame.Scene), Grain);
        _raster.Draw(frame.Scene, fine, withLabels: true);
        double height = _layout.LineStep * 0.5;
        for (int line = 0; line < frame.Status.Count; line++)
        {
            Point corner = (_layout.StatusLeft * Grain, (_layout.StatusTop + (line * _layout.LineStep)) * Grain);
            _raster.Words(Ink.Line, corner, frame.Status[line], height * Grain, Grain / 2);
        }

        for (int i = 0; i < pixels.Length; i++) pixels[i] = Mean(i / Width, i % Width);
    }

    /// <summary>The colours of some frames out of many, and how many pixels have each.</summary>
    public Dictionary<Rgb, int> Count(IReadOnlyList<Frame> frames)
    {
        const int MostFrames = 24;
        var counts = new Dictionary<Rgb, int>();
        var pixels = new Rgb[Width * Height];
        for (int i = 0; i < Math.Min(frames.Count, MostFrames); i++)
        {
            Paint(frames[(int)((long)i * frames.Count / Math.Min(frames.Count, MostFrames))], pixels);
            foreach (Rgb pixel in pixels) CollectionsMarshal.GetValueRefOrAddDefault(counts, pixel, out _)++;
        }

        return counts;
    }

    private Rgb Mean(int row, int column)
    {
        ReadOnlySpan<Ink> samples = _raster.Samples;
        int start = (row * Grain * _raster.Width) + (column * Grain);
        Ink first = samples[start];
        int red = 0, green = 0, blue = 0;
        bool isEven = true;
        for (int y = 0; y < Grain; y++)
        {
            foreach (Ink ink in samples.Slice(start + (y * _raster.Width), Grain))
            {
                isEven &= ink == first;
                Rgb colour = _theme[ink];
                (red, green, blue) = (red + colour.Red, green + colour.Green, blue + colour.Blue);
            }
        }

        const int Samples = Grain * Grain;
        return isEven ? _theme[first] : new Rgb((byte)(red / Samples), (byte)(green / Samples), (byte)(blue / Samples));
    }
}
