using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Pipeline.Runtime;
using Pipeline.Tests.Repository;
using Pipeline.Tests.Training.Loop;

namespace Pipeline.Tests.Runtime.Samples;

/// <summary>The samples do what they show. How fast they are is printed by them, and is no matter of a test.</summary>
internal sealed class SampleTests
{
    [TestCase("1")]
    [TestCase("2")]
    public void Thousands_of_agents_come_and_go_and_are_kept_up_without_allocating(string threads)
    {
        (int code, string output, string error) = SamplePrograms.Run("GameLoop", "--frames", "90", "--changes", "40", "--threads", threads);
        Assert.That(code, Is.Zero, output + error);
        Assert.That(output, Does.StartWith("10,000 agents, 90 frames").And.Contain("allocated: 0.0 bytes a frame"));
        // 120 frames before those that count.
        Assert.That(Number(output, @"([\d,]+) joins and leaves"), Is.EqualTo(40 * (90 + 120)));
        Assert.That(Number(output, @"stood their 500 frames: ([\d,]+)"), Is.InRange(3000, 5400), "210 of 500 frames");
        AssertTimes(output, "frame", "policy");
        Assert.That(Counts(output, "frame"), Is.EqualTo(90), "every frame is in the histogram");
    }

    [Test]
    public void The_controller_swings_the_pendulum_up_and_holds_it()
    {
        (int code, string output, string error) = SamplePrograms.Run("Controller", "--dry-run", "--seconds", "10");
        Assert.That(code, Is.Zero, output + error);
        Assert.That(output, Does.Contain("fallbacks: 0").And.Contain("allocated in the loop: 0 bytes"));
        Assert.That(Math.Abs(Number(output, @"upright: angle (-?[\d.]+)")), Is.LessThan(0.05));
        Assert.That(Counts(output, "act"), Is.EqualTo(10_000));
    }

    [Test]
    public void The_controller_bridges_a_sensor_that_fails()
    {
        (int code, string output, string error) = SamplePrograms.Run("Controller", "--dry-run", "--seconds", "10", "--fault-every", "20");
        Assert.That(code, Is.Zero, output + error);
        Assert.That(output, Does.Contain("fallbacks: 500").And.Contain("upright"));
    }

    [Test]
    public void A_controller_that_sees_nothing_lets_the_motor_go()
    {
        (int code, string output, string error) = SamplePrograms.Run("Controller", "--dry-run", "--seconds", "3", "--angle", "0.5", "--fault-every", "1");
        Assert.That(code, Is.EqualTo(1), error);
        Assert.That(output, Does.Contain("fallbacks: 3,000").And.Contain("FAILED: not upright"));
    }

    [Test]
    public void The_controller_in_real_time_tells_its_latencies_and_how_it_ended()
    {
        (int code, string output, string error) = SamplePrograms.Run("Controller", "--seconds", "1.5", "--angle", "0.1", "--busy");
        // A machine that stands still for a second drops the pendulum; what is told must agree either way.
        Assert.That(code, Is.EqualTo(output.Contains("FAILED", StringComparison.Ordinal) ? 1 : 0), output + error);
        Assert.That(output, Does.StartWith("1,000 Hz for 1.5 s, beside a busy thread").And.Contain("allocated in the loop: 0 bytes"));
        AssertTimes(output, "act", "jitter", "answer");
        Assert.That(Counts(output, "act"), Is.EqualTo(1500));
        Assert.That(Number(output, @"missed deadlines: ([\d,]+) of 1,500"), Is.Not.Negative);
    }

    [Test]
    public void A_game_trains_its_own_policy_and_takes_each_one_while_it_runs()
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Root, "drone.onnx");
        (int code, string output, string error) = SamplePrograms.Run("TrainAndSwap", "--out", file);
        Assert.That(code, Is.Zero, output + error);
        double before = Number(output, @"score before ([\d.]+)"), after = Number(output, @"after ([\d.]+);");
        Assert.That(after, Is.GreaterThan(before + 0.3));
        Assert.That(Number(output, @"(\d+) policies exchanged"), Is.EqualTo(6), "one for every 10,000 of 60,000 steps");
        Assert.That(Regex.Count(output, @"(?m)^policy \d+: [\d,]+ frames"), Is.InRange(2, 7));
        using Policy policy = Policy.Load(file);
        Assert.That((policy.Manifest.Environment, policy.Manifest.Algorithm), Is.EqualTo(("Drone", "ppo")));
    }

    [TestCase("GameLoop", "--frames many", "Give a whole number from 1 to 1000000")]
    [TestCase("GameLoop", "--speed 3", "--speed is no argument. There are --frames")]
    [TestCase("Controller", "--busy 2", "--busy takes no value, but 2 was given")]
    [TestCase("Controller", "--seconds 0", "--seconds is '0'. Give a number from 0.1 to 3600")]
    [TestCase("TrainAndSwap", "--steps 1.5", "Give a whole number from 2048")]
    public void A_wrong_argument_is_told_with_what_is_allowed(string sample, string arguments, string told)
    {
        (int code, string output, string error) = SamplePrograms.Run(sample, arguments.Split(' '));
        Assert.That((code, output), Is.EqualTo((2, "")));
        Assert.That(error, Does.Contain(told));
    }

    [TestCase("GameLoop", "Pendulum-v1-ppo")]
    [TestCase("Controller", "CartPole-v1-ppo")]
    public void A_policy_of_another_task_is_refused(string sample, string model)
    {
        string file = RepositoryFiles.At("models", model, "policy.onnx");
        (int code, string output, string error) = SamplePrograms.Run(sample, "--model", file);
        Assert.That((code, output), Is.EqualTo((2, "")));
        Assert.That(error, Does.Contain(file).And.Contain("Discrete(2)"));
    }

    [Test]
    public void A_file_that_is_no_policy_is_refused_by_name()
    {
        string file = RepositoryFiles.At("README.md");
        (int code, _, string error) = SamplePrograms.Run("Controller", "--model", file);
        Assert.That(code, Is.EqualTo(2));
        Assert.That(error, Does.Contain(file));
    }

    /// <summary>Four times a line, each no smaller than the one before.</summary>
    private static void AssertTimes(string output, params string[] names)
    {
        foreach (string name in names)
        {
            Match line = Regex.Match(output, $@"(?m)^{name} +([\d.]+) +([\d.]+) +([\d.]+) +([\d.]+)\r?$");
            Assert.That(line.Success, $"{name} in\n{output}");
            double[] times = [.. line.Groups.Values.Skip(1).Select(group => double.Parse(group.Value, CultureInfo.InvariantCulture))];
            Assert.That(times, Is.Ordered.And.All.Not.Negative, name);
        }
    }

    /// <summary>How many times are in a histogram.</summary>
    private static long Counts(string output, string name) =>
        output.ReplaceLineEndings("\n").Split('\n').SkipWhile(line => line != $"{name}, µs").Skip(1).Select(line => Regex.Match(line, @"^ *[\d,]+ to +[\d,]+ +([\d,]+) #*$")).TakeWhile(match => match.Success).Sum(match => Whole(match.Groups[1].Value));

    private static double Number(string output, string pattern)
    {
        Match match = Regex.Match(output, pattern);
        Assert.That(match.Success, $"{pattern} in\n{output}");
        return double.Parse(match.Groups[1].Value, NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
    }

    private static long Whole(string text) => long.Parse(text, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
}
