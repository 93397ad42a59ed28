using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using CsvHelper;

namespace Pipeline.Training.Evaluation.Logged;

/// <summary>
/// Steps as comma-separated values (RFC 4180) under a header. A field of one number is a column of its name; one of several is the columns name_0, name_1, …
/// A field of named parts is the columns name.part, or name.part_0, name.part_1, … for a part of several; it is read without their names, too.
/// An empty cell is a value that is not known.
/// </summary>
internal static class CsvSteps
{
    private static readonly CsvReaderOptions _reading = new() { TrackLineNumbers = true, TrimWhitespace = true };
    private static readonly CsvWriterOptions _writing = new() { NewLine = "\n" };

    public static IEnumerable<LoggedStep> Read(TextReader text, DatasetFields fields)
    {
        using CsvReader reader = CsvReader.Create(text, _reading, leaveOpen: true);
        Columns? columns = null;
        while (Next(reader, fields))
        {
            columns ??= new Columns([.. reader.Headers], fields);
            string[] cells = [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)];
            yield return fields.Checked(reader.LineNumber, columns.Step(cells, reader.LineNumber));
        }
    }

    public static void Write(Stream stream, IEnumerable<LoggedStep> steps, DatasetFields fields)
    {
        using CsvWriter writer = CsvWriter.Create(stream, _writing, leaveOpen: true);
        string[]? header = null;
        foreach (LoggedStep step in steps)
        {
            if (header is null)
            {
                header = [.. DatasetFields.All.Where(f => (f != DatasetFields.Episode || step.Episode is not null) && (f != DatasetFields.ActionMask || step.ActionMask is not null))];
                writer.WriteRecord([.. header.SelectMany(f => Names(f, fields))]);
            }

            writer.WriteRecord([.. header.SelectMany(f => Cells(step, f, fields.SizeOf(f)))]);
        }
    }

    private static bool Next(CsvReader reader, DatasetFields fields)
    {
        try
        {
            return reader.Read();
        }
        catch (CsvFormatException e)
        {
            throw fields.Wrong(reader.LineNumber, "the line", $"what is no comma-separated line ({e.Message})", "as many cells as the header has, by the rules of RFC 4180.");
        }
    }

    private static IEnumerable<string> Cells(LoggedStep step, string field, int size)
    {
        IReadOnlyList<float>? values = field switch
        {
            DatasetFields.Episode => null,
            DatasetFields.Observation => step.Observation,
            DatasetFields.Action => step.Action,
            DatasetFields.Reward => [step.Reward],
            DatasetFields.FinalObservation => step.FinalObservation,
            _ => step.ActionMask,
        };
        return field switch
        {
            DatasetFields.Episode => [step.Episode ?? ""],
            DatasetFields.Terminated => [step.Terminated ? "true" : "false"],
            DatasetFields.Truncated => [step.Truncated ? "true" : "false"],
            DatasetFields.BehaviourProbability => [step.BehaviourProbability.ToString(CultureInfo.InvariantCulture)],
            _ => values is null ? Enumerable.Repeat("", size) : values.Select(v => v.ToString(CultureInfo.InvariantCulture)),
        };
    }

    private static string[] Names(string field, DatasetFields fields)
    {
        string[] named = [.. fields.PartsOf(field).SelectMany(part => Names($"{field}.{part.Name}", part.Size))];
        // Parts such as x of two numbers and x_0 of one would share a column.
        return named.Length > 0 && named.Distinct().Count() == named.Length ? named : Names(field, fields.SizeOf(field));
    }

    private static string[] Names(string field, int size) => size == 1 ? [field] : [.. Enumerable.Range(0, size).Select(i => $"{field}_{i}")];

    /// <summary>Where each field stands in a line.</summary>
    private sealed class Columns
    {
        private readonly DatasetFields _fields;
        private readonly string[] _header;
        private readonly Dictionary<string, int[]> _places = [];

        public Columns(string[] header, DatasetFields fields)
        {
            (_header, _fields) = (header, fields);
            if (header.GroupBy(name => name).FirstOrDefault(g => g.Count() > 1) is { Key: string twice }) throw fields.Wrong(1, twice, "two columns of this name", "one.");
            foreach (string field in DatasetFields.All)
            {
                string[] names = NamesHere(field);
                int[] places = [.. names.Select(name => Array.IndexOf(header, name))];
                if (Array.TrueForAll(places, place => place >= 0)) _places[field] = places;
                else if (DatasetFields.Required.Contains(field) || Array.Exists(places, place => place >= 0)) throw Missing(field, names[Array.FindIndex(places, place => place < 0)], names);
            }
        }

        public LoggedStep Step(string[] cells, long line)
        {
            if (cells.Length != _header.Length)
                throw _fields.Wrong(line, "the line", $"{cells.Length} cells", $"{_header.Length}, as the header has.");
            return new LoggedStep(
                Numbers(DatasetFields.Observation, cells, line)!,
                Numbers(DatasetFields.Action, cells, line)!,
                (float)Number(DatasetFields.Reward, cells, line),
                Flag(DatasetFields.Terminated, cells, line),
                Flag(DatasetFields.Truncated, cells, line),
                Number(DatasetFields.BehaviourProbability, cells, line))
            {
                Episode = _places.TryGetValue(DatasetFields.Episode, out int[]? place) && cells[place[0]].Length > 0 ? cells[place[0]] : null,
                FinalObservation = Numbers(DatasetFields.FinalObservation, cells, line),
                ActionMask = Numbers(DatasetFields.ActionMask, cells, line),
            };
        }

        // As they are written, unless the header has the numbers of all parts in one.
        private string[] NamesHere(string field)
        {
            string[] written = Names(field, _fields), plain = Names(field, _fields.SizeOf(field));
            if (_fields.PartsOf(field).Count == 0 || Array.Exists(_header, plain.Contains)) return plain;
            string start = field + ".";
            if (Array.Find(_header, name => name.StartsWith(start, StringComparison.Ordinal) && !written.Contains(name)) is string unknown)
                throw _fields.Wrong(1, unknown, "a column of no part", $"the columns {string.Join(", ", written)}. Take it off, or give it another name.");
            return written;
        }

        private DatasetException Missing(string field, string first, string[] names)
        {
            string allowed = names.Length == 1 ? $"the column {first}" : names[0] == field + "_0" ? $"the columns {names[0]} to {names[^1]}" : $"the columns {string.Join(", ", names)}";
            return _fields.Wrong(1, field, $"a header without {first} ({string.Join(", ", _header.Take(12))})", $"{allowed}. Add the columns.");
        }

        // Null where all cells of a field that may be left out are empty.
        private float[]? Numbers(string field, string[] cells, long line)
        {
            if (!_places.TryGetValue(field, out int[]? places) || places.Length == 0) return null;
            if (!DatasetFields.Required.Contains(field) && Array.TrueForAll(places, place => cells[place].Length == 0)) return null;
            return [.. places.Select(place => (float)Number(cells[place], _header[place], line))];
        }

        private double Number(string field, string[] cells, long line) => Number(cells[_places[field][0]], field, line);

        private double Number(string cell, string column, long line) => double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            ? number : throw _fields.Wrong(line, column, cell.Length == 0 ? "an empty cell" : $"'{cell}'", "a number, with a point before its fraction.");

        private bool Flag(string field, string[] cells, long line)
        {
            string cell = cells[_places[field][0]];
            return cell.ToUpperInvariant() switch
            {
                "TRUE" or "1" => true,
                "FALSE" or "0" => false,
                _ => throw _fields.Wrong(line, field, cell.Length == 0 ? "an empty cell" : $"'{cell}'", "true or false."),
            };
        }
    }
}
