using System;
using System.Buffers.Binary;
using System.Globalization;
using System.IO;
using Google.Protobuf;
using Pipeline.Training.Files;
using Pipeline.Training.Loop.Metrics.TensorBoard;

namespace Pipeline.Training.Loop.Metrics;

/// <summary>
/// Writes metrics as TensorBoard event files: records of TFRecord framing (length, masked CRC-32C of the length, message, masked CRC-32C of
/// the message), each message an Event. A resumed run writes a further file that starts with a session mark, at which TensorBoard
/// forgets what an interrupted run had written beyond that step.
/// </summary>
public sealed class TensorBoardWriter : IDisposable
{
    private readonly FileStream _stream;
    private readonly TimeProvider _time;
    private byte[] _record = new byte[1024];

    /// <summary>Starts a new event file in a folder.</summary>
    /// <param name="folder">The folder; it exists.</param>
    /// <param name="firstStep">The step from which the run goes on; 0 for a new run.</param>
    /// <param name="time">What time it is.</param>
    public TensorBoardWriter(string folder, long firstStep, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(time);
        _time = time;
        _stream = OpenNew(folder, time.GetUtcNow().ToUnixTimeSeconds());
        Write(new EventMessage { FileVersion = "brain.Event:2" }, 0);
        Write(new EventMessage { SessionLog = new SessionLogMessage { Status = SessionLogMessage.Types.SessionStatus.Start } }, firstStep == 0 ? 0 : firstStep + 1);
        _stream.Flush();
    }

    /// <summary>Writes one event with all figures.</summary>
    /// <param name="step">Environment steps so far.</param>
    /// <param name="metrics">The figures.</param>
    public void Write(long step, MetricSet metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        var summary = new SummaryMessage();
        foreach (string key in metrics.Keys)
            summary.Value.Add(new SummaryMessage.Types.Value { Tag = key, SimpleValue = (float)metrics.Get(key)!.Value });
        Write(new EventMessage { Summary = summary }, step);
        _stream.Flush();
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _stream.Dispose();

    private static FileStream OpenNew(string folder, long seconds)
    {
        // TensorBoard reads the files of a folder in the order of their names, so a later one needs a later name.
        for (int i = 0; ; i++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"events.out.tfevents.{seconds:D10}.{i:D3}.pipeline");
            string path = Path.Combine(folder, name);
            if (!File.Exists(path)) return new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite, 1 << 14);
        }
    }

    private void Write(EventMessage message, long step)
    {
        message.Step = step;
        message.WallTime = _time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;
        int size = message.CalculateSize();
        int total = sizeof(ulong) + sizeof(uint) + size + sizeof(uint);
        if (_record.Length < total) Array.Resize(ref _record, total);
        Span<byte> record = _record.AsSpan(0, total);
        BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)size);
        BinaryPrimitives.WriteUInt32LittleEndian(record[8..], Crc32C.Masked(record[..8]));
        message.WriteTo(record.Slice(12, size));
        BinaryPrimitives.WriteUInt32LittleEndian(record[(12 + size)..], Crc32C.Masked(record.Slice(12, size)));
        _stream.Write(record);
    }
}
