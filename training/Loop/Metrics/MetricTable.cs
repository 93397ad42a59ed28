using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace Pipeline.Training.Loop.Metrics;

/// <summary>One row of a run's metrics.</summary>
/// <param name="Step">Environment steps so far.</param>
/// <param name="Seconds">Wall seconds of training so far.</param>
/// <param name="Values">The figures, in the order of the table's keys; null for an empty cell.</param>
public sealed record MetricRow(long Step, double Seconds, IReadOnlyList<double?> Values);

/// <summary>A run's metrics as read from its <c>metrics.csv</c>.</summary>
/// <param name="Keys">The keys, in the order of their columns.</param>
/// <param name="Rows">The rows, in order.</param>
public sealed record MetricTable(IReadOnlyList<string> Keys, IReadOnlyList<MetricRow> Rows)
{
    /// <summary>Reads a table. A last line without its line break, as a killed process leaves it, is passed over.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">A line is not what it should be; the message names it.</exception>
    public static MetricTable Read(string path)
    {
        string[] lines = ReadShared(path).Split('\n');
        string[] header = lines[0].TrimEnd('\r').Split(',');
        if (header.Length < 2 || header[0] != "step" || header[1] != "seconds")
            throw new InvalidDataException($"{path} starts with '{lines[0]}'; a table of metrics starts with 'step,seconds'. Move the file away to start a new one.");
        var rows = new List<MetricRow>();
        for (int i = 1; i < lines.Length - 1; i++)
            rows.Add(Row(path, i + 1, lines[i].TrimEnd('\r'), header.Length));
        return new MetricTable(header[2..], rows);
    }

    /// <summary>Step and figure of every row that has the figure.</summary>
    /// <param name="key">The figure's key.</param>
    public Curve Curve(string key)
    {
        int column = Keys.ToList().IndexOf(key);
        MetricRow[] rows = column < 0 ? [] : Rows.Where(r => r.Values[column] is double v && double.IsFinite(v)).ToArray();
        return new Curve(rows.Select(r => (double)r.Step).ToArray(), rows.Select(r => r.Values[column]!.Value).ToArray());
    }

    private static string ReadShared(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static MetricRow Row(string path, int number, string line, int columns)
    {
        string[] cells = line.Split(',');
        var values = new double?[columns - 2];
        bool good = cells.Length == columns;
        good &= long.TryParse(cells[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long step);
        double seconds = 0;
        good = good && TryNumber(cells[1], out seconds);
        for (int i = 2; good && i < columns; i++)
        {
            if (cells[i].Length == 0) continue;
            good &= TryNumber(cells[i], out double value);
            values[i - 2] = value;
        }

        return good
            ? new MetricRow(step, seconds, values)
            : throw new InvalidDataException($"Line {number} of {path} is '{line}'; expected {columns} numbers with commas between. Remove the line or move the file away.");
    }

    private static bool TryNumber(string text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
}

/// <summary>A figure against environment steps.</summary>
/// <param name="Steps">Environment steps, rising.</param>
/// <param name="Values">The figure at each.</param>
public sealed record Curve(IReadOnlyList<double> Steps, IReadOnlyList<double> Values);
