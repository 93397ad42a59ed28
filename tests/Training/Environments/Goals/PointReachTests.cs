using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Training.Environments;
using Pipeline.Training.Environments.Goals;

namespace Pipeline.Tests.Training.Environments.Goals;

[TestFixture]
public sealed class PointReachTests
{
    [Test]
    public void An_action_moves_the_point_by_a_twentieth_and_the_walls_stop_it()
    {
        var environment = new PointReach();
        float[] row = new float[6];
        environment.Reset(new RandomGenerator(1), row);
        (float x, float y) = (row[0], row[1]);
        environment.Step([0.5f, -0.2f], row);
        Assert.That(row[..4], Is.EqualTo(new[] { x + 0.025f, y - 0.01f, x + 0.025f, y - 0.01f }).Within(1e-6f));
        for (int t = 0; t < 41; t++) environment.Step([9, -9], row);
        Assert.That(row[..2], Is.EqualTo(new float[] { 1, -1 }), "clipped to 0.05 a step, 41 steps cross the square");
        Assert.That(() => environment.Step([0, float.NaN], row), Throws.ArgumentException.With.Message.Contains("NaN"));
    }

    [Test]
    public void Places_and_goals_are_drawn_from_the_whole_square_and_apart()
    {
        var environment = new PointReach();
        var random = new RandomGenerator(3);
        float[] row = new float[6];
        float[][] rows = [.. Enumerable.Range(0, 4000).Select(_ =>
        {
            environment.Reset(random, row);
            return row.ToArray();
        })];
        Assert.That(rows.Select(r => MathF.Sqrt(MathF.Pow(r[0] - r[4], 2) + MathF.Pow(r[1] - r[5], 2))), Is.All.GreaterThanOrEqualTo(0.5f));
        foreach (int entry in new[] { 0, 1, 4, 5 })
        {
            Assert.That(rows.Average(r => r[entry]), Is.EqualTo(0).Within(0.05));
            Assert.That((rows.Min(r => r[entry]), rows.Max(r => r[entry])), Is.EqualTo((-1f, 1f)).Using<(float, float)>((a, b) => Math.Abs(a.Item1 - b.Item1) + Math.Abs(a.Item2 - b.Item2) < 0.01f));
        }
    }

    [Test]
    public void Going_straight_to_the_goal_gets_there_in_every_episode_and_stays()
    {
        var environment = new PointReach();
        var random = new RandomGenerator(2);
        float[] row = new float[6];
        for (int episode = 0; episode < 200; episode++)
        {
            environment.Reset(random, row);
            StepResult result = default;
            for (int t = 0; t < 50; t++)
            {
                result = environment.Step([(row[4] - row[0]) / 0.05f, (row[5] - row[1]) / 0.05f], row);
                if (t > 40) Assert.That(result, Is.EqualTo(new StepResult(0)));
            }
        }
    }

    [TestCase(false, 0.049f, 0f)]
    [TestCase(false, 0.051f, -1f)]
    [TestCase(true, 0.049f, -0.049f)]
    [TestCase(true, 0.5f, -0.5f)]
    public void The_reward_is_that_of_the_distance(bool dense, float distance, float reward)
    {
        float[] rewards = new float[1];
        new PointReach(dense).ComputeRewards([0.1f, 0.2f], [0.1f + (0.6f * distance), 0.2f - (0.8f * distance)], rewards);
        Assert.That(rewards[0], Is.EqualTo(reward).Within(1e-6f));
    }
}
