using System;
using System.IO;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Training.Environments;
using Pipeline.Training.Environments.ToyText;

namespace Pipeline.Tests.Training.Environments;

[TestFixture]
public sealed class TMazeTests
{
    private const float North = 0, East = 1, South = 2, West = 3;
    private static readonly float[] Corridor = [1, 0, 1], Junction = [0, 1, 0], Over = [0, 0, 0];

    [Test]
    public void The_signal_is_shown_at_the_start_alone_and_says_where_the_goal_is()
    {
        var maze = new TMaze(3);
        var random = new RandomGenerator(0);
        int[] goals = new int[2];
        for (int episode = 0; episode < 200; episode++)
        {
            bool isNorth = Start(maze, random);
            goals[isNorth ? 0 : 1]++;
            Assert.That(Step(maze, East), Is.EqualTo((new StepResult(0), Corridor)));
            Assert.That(Step(maze, East), Is.EqualTo((new StepResult(0), Corridor)));
            Assert.That(Step(maze, East), Is.EqualTo((new StepResult(0), Junction)));
            bool toGoal = episode % 2 == 0;
            Assert.That(Step(maze, toGoal == isNorth ? North : South), Is.EqualTo((new StepResult(toGoal ? 1 : -0.1f, Terminated: true), Over)));
        }

        Assert.That(goals, Is.All.InRange(75, 125));
    }

    [Test]
    public void Walls_stop_and_cost_and_the_way_back_leads_to_the_signal()
    {
        var maze = new TMaze(2);
        bool isNorth = Start(maze, new RandomGenerator(1));
        float[] signal = isNorth ? [0, 1, 1] : [1, 1, 0];
        var bump = new StepResult(-0.1f);
        foreach (float wall in new[] { North, South, West }) Assert.That(Step(maze, wall), Is.EqualTo((bump, signal)));
        Step(maze, East);
        foreach (float wall in new[] { North, South }) Assert.That(Step(maze, wall), Is.EqualTo((bump, Corridor)));
        Assert.That(Step(maze, West), Is.EqualTo((new StepResult(0), signal)));
        Step(maze, East);
        Step(maze, East);
        Assert.That(Step(maze, East), Is.EqualTo((bump, Junction)));
        Assert.That(Step(maze, West), Is.EqualTo((new StepResult(0), Corridor)));
    }

    [Test]
    public void Its_length_is_a_setting_and_so_is_its_time_with_it()
    {
        var registry = new EnvironmentRegistry();
        Assert.That(registry.Find("TMaze-v0").MaxEpisodeSteps, Is.EqualTo(80));
        Assert.That(registry.Find("TMaze-v0?length=5").MaxEpisodeSteps, Is.EqualTo(20));
        Assert.That(() => registry.Make("TMaze-v0?length=0"), Throws.TypeOf<EnvironmentException>().With.Message.Contains("1 to 1000"));
        Assert.That(() => new TMaze(1001), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new TMaze().Step([4], new float[3]), Throws.InstanceOf<ArgumentException>().With.Message.Contains("0 to 3"));
    }

    [Test]
    public void It_goes_on_from_where_it_was_saved()
    {
        TMaze maze = new(4), other = new(4);
        bool isNorth = Start(maze, new RandomGenerator(3));
        Step(maze, East);
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true)) maze.SaveState(writer);
        stream.Position = 0;
        using var reader = new BinaryReader(stream);
        other.LoadState(reader);
        for (int i = 0; i < 3; i++) Step(other, East);
        Assert.That(Step(other, isNorth ? North : South).Result, Is.EqualTo(new StepResult(1, Terminated: true)));
    }

    private static bool Start(TMaze maze, RandomGenerator random)
    {
        float[] observation = new float[3];
        maze.Reset(random, observation);
        bool isNorth = observation[0] == 0;
        Assert.That(observation, Is.EqualTo(isNorth ? new float[] { 0, 1, 1 } : [1, 1, 0]));
        return isNorth;
    }

    private static (StepResult Result, float[] Observation) Step(TMaze maze, float action)
    {
        float[] observation = new float[3];
        return (maze.Step([action], observation), observation);
    }
}
