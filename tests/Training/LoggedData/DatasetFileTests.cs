using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts.Spaces;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Evaluation.Logged;

namespace Pipeline.Tests.Training.LoggedData;

public sealed class DatasetFileTests
{
    private const string Good = """{"observation": [1, 2], "action": 1, "reward": 0.5, "terminated": false, "truncated": false, "behaviour_probability": 0.25}""";
    private const string Header = "episode,observation_0,observation_1,action,reward,terminated,truncated,behaviour_probability";
    private static readonly Space _observations = new Box(-10, 10, 2);
    private static readonly Space _actions = new Discrete(3);
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void What_is_written_is_read_again_bit_for_bit([Values("a.jsonl", "a.csv", "a.jsonl.gz", "a.csv.gz")] string name)
    {
        LoggedStep[] steps =
        [
            new([0.1f, -1e-7f], [2], 1 / 3f, false, false, 1.0 / 3) { Episode = "first, \"quoted\"", ActionMask = [1, 0, 1] },
            new([float.MaxValue, 3], [0], -2, false, true, 1e-300) { Episode = "first, \"quoted\"", ActionMask = [1, 1, 1], FinalObservation = [5, 1e-30f] },
            new([0, 0], [1], 0, true, false, 1) { Episode = "2", ActionMask = [0, 1, 0] },
        ];
        DatasetFile.Write(_folder[name], steps, _observations, _actions);
        LoggedStep[] read = [.. DatasetFile.Read(_folder[name], _observations, _actions)];
        Assert.That(read.Select(StepText.Of), Is.EqualTo(steps.Select(StepText.Of)));
        Assert.That(Directory.GetFiles(Path.GetDirectoryName(_folder[name])!), Has.Length.EqualTo(1), "nothing is left beside it");
    }

    [Test]
    public void A_file_that_could_not_be_written_whole_leaves_what_was_there()
    {
        File.WriteAllText(_folder["a.jsonl"], Good);
        static IEnumerable<LoggedStep> Breaking()
        {
            yield return new([1, 2], [1], 0, false, false, 1);
            throw new IOException("no space");
        }

        Assert.That(() => DatasetFile.Write(_folder["a.jsonl"], Breaking(), _observations, _actions), Throws.TypeOf<IOException>());
        Assert.That(File.ReadAllText(_folder["a.jsonl"]), Is.EqualTo(Good));
    }

    [Test]
    public void Steps_are_read_as_they_are_asked_for()
    {
        File.WriteAllText(_folder["a.jsonl"], Good + "\n\nnonsense\n");
        using IEnumerator<LoggedStep> steps = DatasetFile.Read(_folder["a.jsonl"], _observations, _actions).GetEnumerator();
        Assert.That(steps.MoveNext());
        Assert.That(() => steps.MoveNext(), Throws.TypeOf<DatasetException>().With.Message.Contains("line 3"));
    }

    [TestCase("[1, 2]", "[1, 2, 3]", "observation", "3 numbers")]
    [TestCase("[1, 2]", "[1, \"x\"]", "observation", "\"x\"")]
    [TestCase("[1, 2]", "[1, 1e99]", "observation[1]", "finite")]
    [TestCase("\"action\": 1", "\"action\": 3", "action", "Discrete(3)")]
    [TestCase("\"action\": 1", "\"act\": 1", "action", "nothing")]
    [TestCase("0.5", "\"much\"", "reward", "a number")]
    [TestCase("\"terminated\": false", "\"terminated\": 0", "terminated", "true or false")]
    [TestCase("0.25", "0", "behaviour_probability", "above 0")]
    [TestCase("0.25", "1.5", "behaviour_probability", "at most 1")]
    [TestCase("}", "", "the line", "no JSON")]
    public void A_wrong_field_is_told_with_its_line_and_what_is_allowed(string right, string wrong, string field, string part)
    {
        File.WriteAllText(_folder["a.jsonl"], $"{Good}\n{Good.Replace(right, wrong, StringComparison.Ordinal)}\n");
        Assert.That(
            () => DatasetFile.Read(_folder["a.jsonl"], _observations, _actions).ToArray(),
            Throws.TypeOf<DatasetException>().With.Message.Contains($"line 2, {field}: found").And.Message.Contains("allowed is").And.Message.Contains(part));
    }

    [TestCase("1,2,x,1,0,false,false,0.5", "observation_1", "'x'")]
    [TestCase("1,2,,1,0,false,false,0.5", "observation_1", "an empty cell")]
    [TestCase("1,2,2,1,0,no,false,0.5", "terminated", "'no'")]
    [TestCase("1,2,2,1,0,false,false", "the line", "8")]
    public void A_wrong_cell_is_told_with_its_line_and_column(string line, string field, string part)
    {
        File.WriteAllText(_folder["a.csv"], $"{Header}\n1,2,2,1,0,false,true,0.5\n{line}\n");
        Assert.That(
            () => DatasetFile.Read(_folder["a.csv"], _observations, _actions).ToArray(),
            Throws.TypeOf<DatasetException>().With.Message.Contains($"line 3, {field}: found").And.Message.Contains(part));
    }

    [Test]
    public void A_header_without_a_column_is_told()
    {
        File.WriteAllText(_folder["a.csv"], "observation_0,action,reward,terminated,truncated,behaviour_probability\n1,1,0,0,0,1\n");
        Assert.That(
            () => DatasetFile.Read(_folder["a.csv"], _observations, _actions).ToArray(),
            Throws.TypeOf<DatasetException>().With.Message.Contains("observation_1").And.Message.Contains("observation_0 to observation_1"));
    }

    [Test]
    public void A_name_that_does_not_say_the_format_and_a_file_that_is_not_compressed_are_told()
    {
        File.WriteAllText(_folder["a.jsonl.gz"], Good);
        Assert.That(() => DatasetFile.Read("data.json", _observations, _actions).ToArray(), Throws.TypeOf<DatasetException>().With.Message.Contains(".jsonl"));
        Assert.That(() => DatasetFile.Read(_folder["a.jsonl.gz"], _observations, _actions).ToArray(), Throws.TypeOf<DatasetException>().With.Message.Contains("gzip"));
    }

    [Test]
    public void Compressed_data_that_is_cut_short_is_not_taken_for_the_whole()
    {
        DatasetFile.Write(_folder["a.jsonl.gz"], Enumerable.Range(0, 5000).Select(i => new LoggedStep([i % 7, i % 5], [i % 3], i, false, false, 0.5)), _observations, _actions);
        byte[] whole = File.ReadAllBytes(_folder["a.jsonl.gz"]);
        File.WriteAllBytes(_folder["b.jsonl.gz"], whole[..(whole.Length / 2)]);
        Assert.That(() => DatasetFile.Read(_folder["b.jsonl.gz"], _observations, _actions).ToArray(), Throws.TypeOf<DatasetException>());
    }

    [Test]
    public void Episodes_end_by_their_flags_or_by_their_names_and_the_ends_are_kept_apart()
    {
        static LoggedStep Step(string? episode, bool terminated = false, bool truncated = false) =>
            new([1, 2], [1], 1, terminated, truncated, 0.5) { Episode = episode, FinalObservation = truncated ? [3, 4] : null };
        var flags = LoggedDataset.From([Step(null), Step(null, terminated: true), Step(null, truncated: true), Step(null)], "flags", _observations, _actions);
        var names = LoggedDataset.From([Step("a"), Step("a"), Step("b", terminated: true)], "names", _observations, _actions);
        Assert.Multiple(() =>
        {
            Assert.That(flags.Lengths(), Is.EqualTo(new[] { 2, 1, 1 }));
            Assert.That(Enumerable.Range(0, 3).Select(flags.IsTerminated), Is.EqualTo(new[] { true, false, false }));
            Assert.That(Enumerable.Range(0, 3).Select(flags.IsTruncated), Is.EqualTo(new[] { false, true, false }));
            Assert.That(flags.FinalObservation(1), Is.EqualTo(new[] { 3f, 4 }));
            Assert.That(names.Lengths(), Is.EqualTo(new[] { 2, 1 }));
            Assert.That(flags.Returns(0.5), Is.EqualTo(new[] { 1.5, 1, 1 }));
            Assert.That(() => LoggedDataset.From([Step("a"), Step("b"), Step("a")], "mixed", _observations, _actions), Throws.TypeOf<DatasetException>().With.Message.Contains("'a'"));
            Assert.That(() => LoggedDataset.From([], "nothing", _observations, _actions), Throws.TypeOf<DatasetException>().With.Message.Contains("no step"));
        });
    }
}
