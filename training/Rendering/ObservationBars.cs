using System;
using System.Globalization;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Training.Rendering;

/// <summary>
/// The picture of an environment that does not draw itself: its observation. Numbers are bars between their bounds, or from 0, squashed by x / (1 + |x|) where there
/// are none; a choice is a bar as long as its number; a Box of two or three axes is shown as images, one a channel.
/// </summary>
public static class ObservationBars
{
    private const int MostBars = 16, MostPixels = 48;
    private const double Name = 4.3, Bar = 6, Number = 2.2, Row = 0.7;

    /// <summary>Draws an observation.</summary>
    /// <param name="scene">Receives the shapes.</param>
    /// <param name="space">What observations look like.</param>
    /// <param name="observation"><c>space.Size</c> floats.</param>
    /// <exception cref="ArgumentException">The length is another.</exception>
    public static void Draw(Scene scene, Space space, ReadOnlySpan<float> observation)
    {
        ArgumentNullException.ThrowIfNull(scene);
        ArgumentNullException.ThrowIfNull(space);
        if (observation.Length != space.Size)
            throw new ArgumentException($"The observation has {observation.Length} numbers; one of {space} has {space.Size}.", nameof(observation));
        var page = new Page(scene);
        if (space is Dict dict)
        {
            foreach ((string name, Space part) in dict.Entries)
            {
                page.Part(name, part, observation[..part.Size]);
                observation = observation[part.Size..];
            }
        }
        else
        {
            page.Part("", space, observation);
        }

        page.Finish();
    }

    /// <summary>What is drawn from above to below.</summary>
    private sealed class Page(Scene scene)
    {
        private double _y;
        private int _bars;
        private int _left;

        public void Part(string name, Space space, ReadOnlySpan<float> values)
        {
            if (space is Box { Shape.Count: 2 or 3 } image)
            {
                Image(name, image, values);
                return;
            }

            for (int i = 0; i < values.Length; i++)
            {
                string label = values.Length == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}[{i}]");
                (double low, double high) = space switch
                {
                    Box box => (box.Low[i], box.High[i]),
                    Discrete choice => (0, choice.N - 1),
                    MultiDiscrete several => (0, several.Branches[i] - 1),
                    _ => (0, 1),
                };
                if (_bars++ < MostBars) Value(label, values[i], low, Math.Max(high, low + 1e-9));
                else _left++;
            }
        }

        public void Finish()
        {
            if (_left > 0)
            {
                _y -= Row;
                scene.Label(Ink.Muted, (Name, _y + 0.2), string.Create(CultureInfo.InvariantCulture, $"and {_left} more"), 0.28, isCentred: false);
            }

            scene.View(-0.2, Math.Min(_y, -2) - 0.2, Name + Bar + Number, 0.2);
        }

        private void Value(string label, double value, double low, double high)
        {
            _y -= Row;
            double zero = Share(Math.Clamp(0, low, high), low, high), end = Share(value, low, high);
            double from = Math.Min(zero, end);
            scene.Label(Ink.Line, (0, _y + 0.2), label, 0.28, isCentred: false);
            scene.Rectangle(Ink.Surface, Name, _y + 0.1, Bar, Row - 0.2);
            scene.Rectangle(Ink.Agent, Name + (Bar * from), _y + 0.1, Math.Max(Bar * Math.Abs(end - zero), 0.02), Row - 0.2);
            scene.Stroke(Ink.Line, 0.03, (Name + (Bar * zero), _y + 0.05), (Name + (Bar * zero), _y + Row - 0.05));
            scene.Label(Ink.Line, (Name + Bar + 0.15, _y + 0.2), value.ToString("0.###", CultureInfo.InvariantCulture), 0.28, isCentred: false);
        }

        private static double Share(double value, double low, double high)
        {
            if (double.IsNaN(value)) return 0;
            if (double.IsFinite(high - low) && high - low < 1e6) return Math.Clamp((value - low) / (high - low), 0, 1);
            return 0.5 + (0.5 * (double.IsInfinity(value) ? Math.Sign(value) : value / (1 + Math.Abs(value))));
        }

        private void Image(string name, Box box, ReadOnlySpan<float> values)
        {
            int rows = box.Shape[^2], columns = box.Shape[^1], channels = values.Length / (rows * columns);
            int stride = (Math.Max(rows, columns) + MostPixels - 1) / MostPixels;
            int shownRows = (rows + stride - 1) / stride, shownColumns = (columns + stride - 1) / stride;
            int across = (int)Math.Ceiling(Math.Sqrt(channels)), down = (channels + across - 1) / across;
            double side = (Name + Bar) / (across * (shownColumns + 1));
            if (name.Length > 0)
            {
                _y -= Row;
                scene.Label(Ink.Line, (0, _y + 0.2), name, 0.28, isCentred: false);
            }

            for (int channel = 0; channel < channels; channel++)
            {
                var inks = new Ink[shownRows * shownColumns];
                for (int i = 0; i < inks.Length; i++)
                {
                    int at = (channel * rows * columns) + (i / shownColumns * stride * columns) + (i % shownColumns * stride);
                    inks[i] = Share(values[at], box.Low[at], box.High[at]) switch { > 0.66 => Ink.Agent, > 0.33 => Ink.Muted, _ => Ink.Surface };
                }

                scene.Cells((channel % across * (shownColumns + 1) * side, _y - (channel / across * (shownRows + 1) * side)), shownColumns, inks, side);
            }

            _y -= down * (shownRows + 1) * side;
        }
    }
}
