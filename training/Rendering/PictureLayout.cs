using System;

namespace Pipeline.Training.Rendering;

/// <summary>Where scene and words are in a picture, in pixels from its upper left corner. The scene's shape says how high the picture is.</summary>
internal sealed class PictureLayout
{
    private const double Padding = 0.025, LineHeight = 0.042, TallestScene = 0.8;
    private readonly double _padding;
    private readonly double _sceneHeight;

    public PictureLayout(int width, Scene scene, int statusLines)
    {
        Width = width;
        _padding = Padding * width;
        LineStep = LineHeight * width;
        double across = width - (2 * _padding);
        _sceneHeight = Math.Min(across * scene.Height / scene.Width, TallestScene * width);
        StatusTop = _sceneHeight + (2 * _padding);
        Height = (int)Math.Ceiling(StatusTop + (statusLines * LineStep) + (statusLines > 0 ? _padding / 2 : 0));
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Where lines of words begin.</summary>
    public double StatusLeft => _padding;

    /// <summary>The upper edge of the first line of words.</summary>
    public double StatusTop { get; }

    /// <summary>From one line of words to the next.</summary>
    public double LineStep { get; }

    /// <summary>The way from a scene's coordinates to the picture's.</summary>
    public SceneFit Fit(Scene scene) => new(scene, _padding, _padding, Width - (2 * _padding), _sceneHeight);
}

/// <summary>The way from a scene's coordinates to those of a rectangle whose y goes down: the largest in which all of it is seen, in the middle.</summary>
internal readonly struct SceneFit
{
    private readonly double _left;
    private readonly double _top;

    public SceneFit(Scene scene, double left, double top, double width, double height)
    {
        Scale = Math.Min(width / scene.Width, height / scene.Height);
        _left = left + ((width - (scene.Width * Scale)) / 2) - (scene.Left * Scale);
        _top = top + ((height - (scene.Height * Scale)) / 2) + ((scene.Bottom + scene.Height) * Scale);
    }

    /// <summary>A fit made finer: each pixel is <paramref name="grain"/> samples wide and high.</summary>
    public SceneFit(SceneFit fit, int grain)
    {
        Scale = fit.Scale * grain;
        (_left, _top) = (fit._left * grain, fit._top * grain);
    }

    /// <summary>Pixels a unit of the scene.</summary>
    public double Scale { get; }

    public Point Place(Point point) => (_left + (point.X * Scale), _top - (point.Y * Scale));
}
