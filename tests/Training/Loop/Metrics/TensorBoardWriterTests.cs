using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NUnit.Framework;
using Pipeline.Training.Files;
using Pipeline.Training.Loop.Metrics;
using Pipeline.Training.Loop.Metrics.TensorBoard;

namespace Pipeline.Tests.Training.Loop.Metrics;

public sealed class TensorBoardWriterTests
{
    [Test]
    public void The_checksum_is_the_one_of_the_standards_example()
    {
        // RFC 3720, appendix B.4: 32 bytes of zeros, of ones, and 0 to 31; and the customary check of nine digits.
        Assert.Multiple(() =>
        {
            Assert.That(Crc32C.Of(new byte[32]), Is.EqualTo(0x8A9136AAu));
            Assert.That(Crc32C.Of(Enumerable.Repeat((byte)0xFF, 32).ToArray()), Is.EqualTo(0x62A8AB43u));
            Assert.That(Crc32C.Of(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray()), Is.EqualTo(0x46DD794Eu));
            Assert.That(Crc32C.Of("123456789"u8), Is.EqualTo(0xE3069283u));
        });
    }

    [Test]
    public void Events_read_back_with_right_checksums_steps_and_figures()
    {
        using var folder = new TemporaryFolder();
        var metrics = new MetricSet();
        metrics.Set("episode_return", 21.5);
        metrics.Set("policy_loss", -0.125);
        using (var writer = new TensorBoardWriter(folder.Root, 0, TimeProvider.System))
        {
            writer.Write(128, metrics);
            metrics.Set("episode_return", 30);
            writer.Write(256, metrics);
        }

        EventMessage[] events = Records(Directory.GetFiles(folder.Root).Single()).Select(EventMessage.Parser.ParseFrom).ToArray();
        Assert.Multiple(() =>
        {
            Assert.That(events, Has.Length.EqualTo(4));
            Assert.That(events[0].FileVersion, Is.EqualTo("brain.Event:2"));
            Assert.That(events[2].Step, Is.EqualTo(128));
            Assert.That(events[2].Summary.Value.Select(v => (v.Tag, v.SimpleValue)), Is.EqualTo(new[] { ("episode_return", 21.5f), ("policy_loss", -0.125f) }));
            Assert.That(events[3].Summary.Value[0].SimpleValue, Is.EqualTo(30f));
            Assert.That(events.Select(e => e.WallTime), Is.Ordered.And.All.GreaterThan(1e9));
        });
    }

    [Test]
    public void The_bytes_of_an_event_are_those_of_the_published_format()
    {
        using var folder = new TemporaryFolder();
        var metrics = new MetricSet();
        metrics.Set("a", 1);
        using (var writer = new TensorBoardWriter(folder.Root, 0, TimeProvider.System))
            writer.Write(5, metrics);
        byte[] record = Records(Directory.GetFiles(folder.Root).Single()).Last();
        // Field 1 (wall_time) as a double, field 2 (step) as a varint 5, field 5 (summary) of 10 bytes: its field 1 (value) of 8 bytes: tag "a" in
        // field 1, simple_value 1.0f in field 2.
        byte[] expected = [0x10, 5, 0x2A, 10, 0x0A, 8, 0x0A, 1, (byte)'a', 0x15, 0, 0, 0x80, 0x3F];
        Assert.Multiple(() =>
        {
            Assert.That(record[0], Is.EqualTo(0x09));
            Assert.That(record[9..], Is.EqualTo(expected));
        });
    }

    [Test]
    public void A_resumed_run_writes_a_later_file_that_starts_with_a_session_mark()
    {
        using var folder = new TemporaryFolder();
        new TensorBoardWriter(folder.Root, 0, TimeProvider.System).Dispose();
        new TensorBoardWriter(folder.Root, 512, TimeProvider.System).Dispose();
        string[] files = Directory.GetFiles(folder.Root).Order(StringComparer.Ordinal).ToArray();
        Assert.That(files, Has.Length.EqualTo(2));
        EventMessage mark = EventMessage.Parser.ParseFrom(Records(files[1]).Last());
        Assert.Multiple(() =>
        {
            Assert.That(Path.GetFileName(files[1]), Does.StartWith("events.out.tfevents."));
            Assert.That(mark.Step, Is.EqualTo(513));
            Assert.That(mark.SessionLog.Status, Is.EqualTo(SessionLogMessage.Types.SessionStatus.Start));
        });
    }

    /// <summary>Takes the file apart with a checksum of its own, one bit at a time.</summary>
    private static List<byte[]> Records(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        var records = new List<byte[]>();
        for (int at = 0; at < file.Length;)
        {
            int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at));
            Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 8)), Is.EqualTo(SlowMasked(file.AsSpan(at, 8))));
            byte[] record = file[(at + 12)..(at + 12 + length)];
            Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 12 + length)), Is.EqualTo(SlowMasked(record)));
            records.Add(record);
            at += 16 + length;
        }

        return records;
    }

    private static uint SlowMasked(ReadOnlySpan<byte> bytes)
    {
        uint crc = ~0u;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78u : crc >> 1;
        }

        crc = ~crc;
        return ((crc >> 15) | (crc << 17)) + 0xA282EAD8u;
    }
}
