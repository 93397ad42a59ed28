using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using Pipeline.Training.Files;

namespace Pipeline.Training.Loop.Metrics;

/// <summary>
/// A run's metrics as a table: the columns <c>step</c> (environment steps), <c>seconds</c> (wall time of training) and one a key.
/// A figure that is not there yet is an empty cell. A key first seen later adds a column, and the file is written anew.
/// </summary>
public sealed class CsvMetrics : IDisposable
{
    private const string StepColumn = "step";
    private const string SecondsColumn = "seconds";
    private readonly string _path;
    private readonly List<string> _keys = [];
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly StringBuilder _line = new();
    private FileStream? _stream;

    private CsvMetrics(string path) => _path = path;

    /// <summary>Wall seconds of the last row that was kept; 0 for a new table.</summary>
    public double Seconds { get; private set; }

    /// <summary>Starts a new table; an older file of that name is replaced.</summary>
    /// <param name="path">The file; its folder exists.</param>
    public static CsvMetrics Create(string path)
    {
        var csv = new CsvMetrics(path);
        csv.Rewrite([]);
        return csv;
    }

    /// <summary>
    /// Goes on with a table: rows after a step are dropped, and so is a last row that a killed process left unfinished.
    /// A missing file starts a new table.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="lastStep">The last step that stays.</param>
    /// <exception cref="InvalidDataException">The file is not such a table.</exception>
    public static CsvMetrics Continue(string path, long lastStep)
    {
        if (!File.Exists(path)) return Create(path);
        MetricTable table = MetricTable.Read(path);
        var csv = new CsvMetrics(path);
        foreach (string key in table.Keys)
            csv.AddKey(key);
        MetricRow[] kept = table.Rows.Where(r => r.Step <= lastStep).ToArray();
        csv.Rewrite(kept);
        csv.Seconds = kept.Length == 0 ? 0 : kept[^1].Seconds;
        return csv;
    }

    /// <summary>Adds a row.</summary>
    /// <param name="step">Environment steps so far.</param>
    /// <param name="seconds">Wall seconds of training so far.</param>
    /// <param name="metrics">The figures.</param>
    public void Write(long step, double seconds, MetricSet metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        ObjectDisposedException.ThrowIf(_stream is null, this);
        if (metrics.Keys.Any(k => !_known.Contains(k)))
        {
            _stream.Dispose();
            MetricTable table = MetricTable.Read(_path);
            foreach (string key in metrics.Keys)
                AddKey(key);
            Rewrite(table.Rows);
        }

        var row = new MetricRow(step, seconds, _keys.Select(metrics.Get).ToArray());
        _line.Clear();
        Append(row);
        _stream.Write(Encoding.UTF8.GetBytes(_line.ToString()));
        _stream.Flush();
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _stream?.Dispose();
        _stream = null;
    }

    private void AddKey(string key)
    {
        if (_known.Add(key)) _keys.Add(key);
    }

    private void Rewrite(IReadOnlyList<MetricRow> rows)
    {
        _line.Clear();
        _line.AppendJoin(',', _keys.Prepend(SecondsColumn).Prepend(StepColumn)).Append('\n');
        foreach (MetricRow row in rows)
            Append(row);
        AtomicFile.WriteText(_path, _line.ToString());
        _stream = new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
    }

    private void Append(MetricRow row)
    {
        _line.Append(CultureInfo.InvariantCulture, $"{row.Step},{row.Seconds:0.######}");
        for (int i = 0; i < _keys.Count; i++)
        {
            _line.Append(',');
            if (i < row.Values.Count && row.Values[i] is double value) _line.Append(value.ToString("R", CultureInfo.InvariantCulture));
        }

        _line.Append('\n');
    }
}
