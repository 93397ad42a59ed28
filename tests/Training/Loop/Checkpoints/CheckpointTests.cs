using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Pipeline.Training.Loop.Checkpoints;

namespace Pipeline.Tests.Training.Loop.Checkpoints;

public sealed class CheckpointTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void What_was_written_is_read_back_bit_for_bit()
    {
        string path = _folder["c.safetensors"];
        float[] floats = [1.5f, float.NaN, float.NegativeInfinity, -0f, float.Epsilon, 3];
        ulong[] words = [0, ulong.MaxValue, 42];
        double[] numbers = [Math.PI, double.MinValue];
        byte[] bytes = [1, 2, 3];
        var writer = new CheckpointWriter();
        writer.Add("bytes", bytes);
        writer.Add("floats", floats, 2, 3);
        writer.Add("words", words);
        writer.Add("numbers", numbers);
        writer.Add("nothing", ReadOnlySpan<float>.Empty);
        writer.WriteTo(path);

        using CheckpointReader reader = CheckpointReader.Open(path);
        float[] floatsRead = new float[6];
        ulong[] wordsRead = new ulong[3];
        double[] numbersRead = new double[2];
        reader.Read("floats", floatsRead);
        reader.Read("words", wordsRead);
        reader.Read("numbers", numbersRead);
        reader.Read("nothing", Span<float>.Empty);
        Assert.Multiple(() =>
        {
            Assert.That(floatsRead.Select(BitConverter.SingleToInt32Bits), Is.EqualTo(floats.Select(BitConverter.SingleToInt32Bits)));
            Assert.That(wordsRead, Is.EqualTo(words));
            Assert.That(numbersRead, Is.EqualTo(numbers));
            Assert.That(reader.ReadBytes("bytes"), Is.EqualTo(bytes));
            Assert.That(reader.Shape("floats"), Is.EqualTo(new[] { 2, 3 }));
            Assert.That(reader.Names, Is.EquivalentTo(new[] { "bytes", "floats", "words", "numbers", "nothing" }));
        });
    }

    [Test]
    public void The_file_is_laid_out_as_the_safetensors_format_says()
    {
        string path = _folder["c.safetensors"];
        var writer = new CheckpointWriter();
        writer.Add("b", new byte[] { 7, 8 });
        writer.Add("w", new float[] { 1, 2, 3, 4 }, 2, 2);
        writer.WriteTo(path);

        byte[] file = File.ReadAllBytes(path);
        int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
        using JsonDocument header = JsonDocument.Parse(file.AsMemory(8, length));
        JsonElement w = header.RootElement.GetProperty("w");
        int begin = w.GetProperty("data_offsets")[0].GetInt32();
        Assert.Multiple(() =>
        {
            Assert.That(length % 8, Is.Zero, "values are aligned");
            Assert.That(w.GetProperty("dtype").GetString(), Is.EqualTo("F32"));
            Assert.That(w.GetProperty("shape").EnumerateArray().Select(e => e.GetInt32()), Is.EqualTo(new[] { 2, 2 }));
            Assert.That(BinaryPrimitives.ReadSingleLittleEndian(file.AsSpan(8 + length + begin + 8)), Is.EqualTo(3f));
            Assert.That(header.RootElement.GetProperty("__metadata__").EnumerateObject().All(p => p.Value.ValueKind == JsonValueKind.String));
            Assert.That(file, Has.Length.EqualTo(8 + length + 18));
        });
    }

    [Test]
    public void The_same_entries_give_the_same_bytes()
    {
        Write(_folder["a"], 3);
        Write(_folder["b"], 3);
        Assert.That(File.ReadAllBytes(_folder["a"]), Is.EqualTo(File.ReadAllBytes(_folder["b"])));
    }

    [Test]
    public void Every_truncation_and_every_flipped_byte_is_found()
    {
        string path = _folder["c.safetensors"];
        Write(path, 3);
        byte[] whole = File.ReadAllBytes(path);
        for (int i = 0; i < whole.Length; i++)
        {
            File.WriteAllBytes(path, whole[..i]);
            Assert.That(() => CheckpointReader.Open(path), Throws.TypeOf<CheckpointException>(), $"cut to {i} bytes");
        }

        int headerLength = (int)BinaryPrimitives.ReadUInt64LittleEndian(whole);
        for (int i = 8 + headerLength; i < whole.Length; i++)
        {
            byte[] broken = (byte[])whole.Clone();
            broken[i] ^= 0x10;
            File.WriteAllBytes(path, broken);
            Assert.That(() => CheckpointReader.Open(path), Throws.TypeOf<CheckpointException>().With.Message.Contains("checksum"), $"byte {i} flipped");
        }

        File.WriteAllBytes(path, [.. whole, 0]);
        Assert.That(() => CheckpointReader.Open(path), Throws.TypeOf<CheckpointException>().With.Message.Contains("cover"));
    }

    [TestCase("[1, 2]", "not a JSON object")]
    [TestCase("{\"a\": 3}", "not an object")]
    [TestCase("{\"a\": {\"dtype\": \"F16\", \"shape\": [2], \"data_offsets\": [0, 8]}}", "type 'F16'")]
    [TestCase("{\"a\": {\"dtype\": \"F32\", \"shape\": [3], \"data_offsets\": [0, 8]}}", "more than the file holds")]
    [TestCase("{\"a\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0, 8]}}", "offsets span 8")]
    [TestCase("{\"a\": {\"dtype\": \"F32\", \"shape\": [2], \"data_offsets\": [8, 0]}}", "two rising")]
    [TestCase("{\"a\": {\"dtype\": \"F32\", \"shape\": [2], \"data_offsets\": [0, 800]}}", "two rising")]
    [TestCase("{\"a\": {\"dtype\": \"F32\", \"shape\": [-2], \"data_offsets\": [0, 8]}}", "whole numbers")]
    [TestCase("{\"a\": {\"dtype\": \"F32\", \"shape\": [4000000000, 4000000000, 4000000000], \"data_offsets\": [0, 8]}}", "more than the file holds")]
    [TestCase("{\"a\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [4, 8]}}", "gap")]
    [TestCase("{\"a\": {\"dtype\": \"F32\", \"shape\": [2], \"data_offsets\": [0, 8]}, \"b\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [4, 8]}}", "overlap")]
    [TestCase("{\"a\": {\"dtype\": \"F32\", \"shape\": [2], \"data_offsets\": [0, 8]}, \"a\": {\"dtype\": \"F32\", \"shape\": [2], \"data_offsets\": [0, 8]}}", "twice")]
    [TestCase("{\"a\": {\"dtype\": \"F32\", \"shape\": [2]}}", "no list 'data_offsets'")]
    [TestCase("{\"a\": {\"dtype\": \"F32\", \"shape\": [2], \"data_offsets\": [0, 8]}}", "not a checkpoint of this program")]
    [TestCase("{\"a\": ", "not JSON")]
    public void A_header_that_lies_is_refused_with_a_reason(string header, string reason)
    {
        string path = _folder["c.safetensors"];
        byte[] text = Encoding.UTF8.GetBytes(header);
        byte[] file = new byte[8 + text.Length + 8];
        BinaryPrimitives.WriteUInt64LittleEndian(file, (ulong)text.Length);
        text.CopyTo(file, 8);
        File.WriteAllBytes(path, file);
        Assert.That(() => CheckpointReader.Open(path), Throws.TypeOf<CheckpointException>().With.Message.Contains(reason).And.Message.Contains(path));
    }

    [Test]
    public void A_header_longer_than_the_format_allows_is_not_read()
    {
        string path = _folder["c.safetensors"];
        byte[] file = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(file, ulong.MaxValue);
        File.WriteAllBytes(path, file);
        Assert.That(() => CheckpointReader.Open(path), Throws.TypeOf<CheckpointException>().With.Message.Contains("at most 100000000"));
    }

    [Test]
    public void Reading_what_is_not_there_names_the_entry_and_both_lengths()
    {
        string path = _folder["c.safetensors"];
        Write(path, 3);
        using CheckpointReader reader = CheckpointReader.Open(path);
        Assert.Multiple(() =>
        {
            Assert.That(() => reader.Read("velocity", new float[1]), Throws.TypeOf<CheckpointException>().With.Message.Contains("'velocity'"));
            Assert.That(() => reader.Read("parameters", new float[5]), Throws.TypeOf<CheckpointException>().With.Message.Contains("4 values").And.Message.Contains("needs 5"));
            Assert.That(() => reader.Read("parameters", new double[2]), Throws.TypeOf<CheckpointException>().With.Message.Contains("F32").And.Message.Contains("F64"));
            Assert.That(() => reader.ReadBytes("parameters"), Throws.TypeOf<CheckpointException>().With.Message.Contains("U8"));
        });
    }

    [Test]
    public void A_name_taken_twice_or_a_wrong_shape_is_refused()
    {
        var writer = new CheckpointWriter();
        writer.Add("a", new float[4]);
        Assert.Multiple(() =>
        {
            Assert.That(() => writer.Add("a", new ulong[1]), Throws.ArgumentException.With.Message.Contains("'a'"));
            Assert.That(() => writer.Add("b", new float[4], 3), Throws.ArgumentException.With.Message.Contains("[3]"));
            Assert.That(() => writer.Add("__metadata__", new float[4]), Throws.ArgumentException);
        });
    }

    [Test]
    public void The_folder_keeps_the_latest_and_removes_older_ones_only_after_the_new_one_is_written()
    {
        var folder = new CheckpointFolder(_folder.Root, keep: 2);
        foreach (int steps in (int[])[900, 1000, 1100])
            folder.Save(Checkpoint(steps), steps);
        Assert.That(folder.List().Select(c => c.Steps), Is.EqualTo(new[] { 1100, 1000 }));

        var broken = new CheckpointWriter();
        Directory.CreateDirectory(_folder["checkpoint-1200.safetensors.tmp"]);
        Assert.That(() => folder.Save(broken, 1200), Throws.InstanceOf<Exception>());
        Assert.That(folder.List().Select(c => c.Steps), Is.EqualTo(new[] { 1100, 1000 }), "a failed save removes nothing");
    }

    [Test]
    public void A_damaged_latest_checkpoint_is_passed_over_with_a_message()
    {
        var folder = new CheckpointFolder(_folder.Root, keep: 2);
        folder.Save(Checkpoint(100), 100);
        string latest = folder.Save(Checkpoint(200), 200);
        File.WriteAllBytes(latest, File.ReadAllBytes(latest)[..^1]);
        var messages = new List<string>();
        (CheckpointReader Reader, SavedCheckpoint Checkpoint)? opened = folder.OpenLatest(messages.Add);
        using CheckpointReader reader = opened!.Value.Reader;
        Assert.Multiple(() =>
        {
            Assert.That(opened.Value.Checkpoint.Steps, Is.EqualTo(100));
            Assert.That(messages, Has.Count.EqualTo(1));
            Assert.That(messages[0], Does.Contain(latest).And.Contain("damaged"));
        });

        folder.Save(Checkpoint(150), 150);
        Assert.That(folder.List().Select(c => c.Steps), Is.EqualTo(new[] { 150, 100 }), "what a run that went back had left ahead is removed");
    }

    [Test]
    public void A_folder_without_checkpoints_opens_none()
    {
        Assert.That(new CheckpointFolder(_folder["none"]).OpenLatest(_ => { }), Is.Null);
    }

    private static CheckpointWriter Checkpoint(int value)
    {
        var writer = new CheckpointWriter();
        writer.Add("parameters", new float[] { value, 2, 3, 4 });
        writer.Add("bytes", new byte[] { 1, 2, 3 });
        return writer;
    }

    private static void Write(string path, int value) => Checkpoint(value).WriteTo(path);
}
