using System;
using System.IO;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts.Spaces;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Evaluation.Logged;

namespace Pipeline.Tests.Training.LoggedData;

/// <summary>Observations and actions of named parts in dataset files.</summary>
public sealed class HybridFileTests
{
    private const string Good =
        """{"observation": {"place": 2, "seen": [0.5, 1]}, "action": {"tool": 1, "aim": [2, 3.5], "flags": 0}, "reward": 0.5, "terminated": false, "truncated": false, "behaviour_probability": 7.5}""";

    private const string Header = "observation.place,observation.seen_0,observation.seen_1,action.tool,action.aim_0,action.aim_1,action.flags,reward,terminated,truncated,behaviour_probability";
    private const string Line = "2,0.5,1,1,2,3.5,0,0.5,false,false,7.5";
    private static readonly Space _observations = new Dict(("place", new Discrete(4)), ("seen", new Box(-10, 10, 2)));
    private static readonly Space _actions = new Dict(("tool", new Discrete(3)), ("aim", new Box(0, 10, 2)), ("flags", new MultiBinary(1)));
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
            new([3, 0.1f, -1e-7f], [2, 1 / 3f, 10, 1], 1 / 3f, false, false, 12.5) { Episode = "1", ActionMask = [1, 0, 1] },
            new([0, 1, 2], [0, 0, 1e-30f, 0], -2, false, true, 1e-300) { Episode = "1", ActionMask = [1, 1, 1], FinalObservation = [1, 5, 1e-30f] },
        ];
        DatasetFile.Write(_folder[name], steps, _observations, _actions);
        Assert.That(Read(name).Select(StepText.Of), Is.EqualTo(steps.Select(StepText.Of)));
    }

    [Test]
    public void Parts_stand_under_their_names()
    {
        LoggedStep[] steps = [new([2, 0.5f, 1], [1, 2, 3.5f, 0], 0.5f, false, false, 7.5) { ActionMask = [1, 1, 0] }];
        DatasetFile.Write(_folder["a.jsonl"], steps, _observations, _actions);
        DatasetFile.Write(_folder["a.csv"], steps, _observations, _actions);
        string json = File.ReadAllText(_folder["a.jsonl"]);
        Assert.That(json, Does.StartWith("""{"observation":{"place":2,"seen":[0.5,1]},"action":{"tool":1,"aim":[2,3.5],"flags":0},""").And.Contain("\"action_mask\":{\"tool\":[1,1,0]}"));
        Assert.That(File.ReadLines(_folder["a.csv"]).First(), Does.StartWith(Header).And.EndWith("action_mask.tool_0,action_mask.tool_1,action_mask.tool_2"));
    }

    [TestCase("a.jsonl", Good)]
    [TestCase("a.jsonl", """{"action": {"flags": 0, "aim": [2, 3.5], "tool": [1]}, "observation": [2, 0.5, 1], "reward": 0.5, "terminated": false, "truncated": false, "behaviour_probability": 7.5}""")]
    [TestCase("a.jsonl", """{"action": [1, [2, 3.5], 0], "observation": [[2], [0.5, 1]], "reward": 0.5, "terminated": false, "truncated": false, "behaviour_probability": 7.5}""")]
    [TestCase("a.csv", Header + "\n" + Line)]
    [TestCase("a.csv", "action_0,action_1,action_2,action_3,observation_0,observation_1,observation_2,reward,terminated,truncated,behaviour_probability\n1,2,3.5,0,2,0.5,1,0.5,false,false,7.5")]
    public void Parts_are_read_by_name_in_any_order_or_one_after_the_other(string name, string text)
    {
        File.WriteAllText(_folder[name], text);
        LoggedStep step = Read(name).Single();
        Assert.That(step.Observation, Is.EqualTo(new[] { 2f, 0.5f, 1 }));
        Assert.That(step.Action, Is.EqualTo(new[] { 1f, 2, 3.5f, 0 }));
    }

    [TestCase("\"tool\": 1, ", "", "action.tool: found nothing", "tool, aim, flags")]
    [TestCase("\"flags\": 0", "\"flags\": 0, \"more\": 1", "action.more: found a part 'more'", "tool, aim, flags")]
    [TestCase("\"tool\": 1", "\"tool\": 3", "action.tool: found [3]", "Discrete(3)")]
    [TestCase("[2, 3.5]", "[2, 11]", "action.aim: found [2, 11]", "0 to 10")]
    [TestCase("[2, 3.5]", "[2, 3, 4]", "action.aim: found 3 numbers", "2. ")]
    [TestCase("[2, 3.5]", "\"far\"", "action.aim: found \"far\"", "a number")]
    [TestCase("\"flags\": 0", "\"flags\": 0.5", "action.flags: found [0.5]", "MultiBinary(1)")]
    [TestCase("\"place\": 2, ", "", "observation.place: found nothing", "place, seen")]
    [TestCase("7.5", "0", "behaviour_probability: found 0", "a density above 0")]
    public void A_wrong_part_is_told_with_its_line_and_what_is_allowed(string right, string wrong, string told, string allowed)
    {
        File.WriteAllText(_folder["a.jsonl"], $"{Good}\n{Good.Replace(right, wrong, StringComparison.Ordinal)}\n");
        Assert.That(() => Read("a.jsonl"), Throws.TypeOf<DatasetException>().With.Message.Contains($"line 2, {told}").And.Message.Contains(allowed));
    }

    [TestCase("action.tool", "tool", "header without action.tool", "action.aim_0")]
    [TestCase("reward", "action.more,reward", "a column of no part", "action.more")]
    public void A_wrong_header_is_told_with_the_columns_of_the_parts(string right, string wrong, string told, string column)
    {
        string header = Header.Replace(right, wrong, StringComparison.Ordinal);
        File.WriteAllText(_folder["a.csv"], $"{header}\n{Line}{(header.Split(',').Length > 11 ? ",1" : "")}\n");
        Assert.That(() => Read("a.csv"), Throws.TypeOf<DatasetException>().With.Message.Contains("line 1").And.Message.Contains(told).And.Message.Contains(column));
    }

    [Test]
    public void A_cell_out_of_range_is_told_with_its_part()
    {
        File.WriteAllText(_folder["a.csv"], $"{Header}\n{Line.Replace("3.5", "11", StringComparison.Ordinal)}\n");
        Assert.That(() => Read("a.csv"), Throws.TypeOf<DatasetException>().With.Message.Contains("line 2, action.aim: found [2, 11]"));
    }

    [Test]
    public void Of_parts_without_real_numbers_it_is_a_probability_and_at_most_1()
    {
        var choices = new Dict(("tool", new Discrete(3)), ("flags", new MultiBinary(1)));
        File.WriteAllText(_folder["a.jsonl"], """{"observation": 1, "action": {"tool": 1, "flags": 0}, "reward": 0.5, "terminated": false, "truncated": false, "behaviour_probability": 1.5}""");
        Assert.That(() => DatasetFile.Read(_folder["a.jsonl"], new Discrete(2), choices).ToArray(), Throws.TypeOf<DatasetException>().With.Message.Contains("at most 1"));
    }

    [Test]
    public void Parts_whose_columns_would_be_the_same_are_written_one_after_the_other()
    {
        var clash = new Dict(("x", new Box(0, 1, 2)), ("x_0", new Box(0, 1, 1)));
        LoggedStep[] steps = [new([1], [0.1f, 0.2f, 0.3f], 0, true, false, 1)];
        DatasetFile.Write(_folder["a.csv"], steps, new Discrete(2), clash);
        Assert.That(DatasetFile.Read(_folder["a.csv"], new Discrete(2), clash).Single().Action, Is.EqualTo(steps[0].Action));
    }

    private LoggedStep[] Read(string name) => [.. DatasetFile.Read(_folder[name], _observations, _actions)];
}
