using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Environments;
using Pipeline.Training.Environments.Goals;

namespace Pipeline.Tests.Training.Environments.Goals;

[TestFixture]
public sealed class BitFlipTests
{
    [Test]
    public void Righting_every_wrong_bit_reaches_the_goal_and_the_step_that_does_is_cut_off_and_not_terminal()
    {
        var environment = new BitFlip(6);
        var random = new RandomGenerator(3);
        float[] row = new float[18];
        for (int episode = 0; episode < 200; episode++)
        {
            environment.Reset(random, row);
            int[] wrong = [.. Enumerable.Range(0, 6).Where(i => row[i] != row[12 + i])];
            Assert.That(wrong, Is.Not.Empty, "the goal is not where the episode begins");
            foreach (int bit in wrong[..^1])
                Assert.That(environment.Step([bit], row), Is.EqualTo(new StepResult(-1)));
            Assert.That(environment.Step([wrong[^1]], row), Is.EqualTo(new StepResult(0, Truncated: true)));
            Assert.That(row.AsSpan(6, 6).SequenceEqual(row.AsSpan(12, 6)), Is.True);
        }
    }

    [Test]
    public void An_action_flips_its_bit_alone_and_leaves_the_goal()
    {
        var environment = new BitFlip(4);
        float[] before = new float[12], after = new float[12];
        environment.Reset(new RandomGenerator(5), before);
        environment.Step([2], after);
        for (int i = 0; i < 12; i++)
            Assert.That(after[i], Is.EqualTo(i is 2 or 6 ? 1 - before[i] : before[i]), $"entry {i}");
    }

    [Test]
    public void Bits_and_goals_are_drawn_evenly()
    {
        var environment = new BitFlip(70);
        var random = new RandomGenerator(4);
        float[] row = new float[210], sums = new float[210];
        for (int episode = 0; episode < 2000; episode++)
        {
            environment.Reset(random, row);
            for (int i = 0; i < 210; i++) sums[i] += row[i];
        }

        // 1,000 expected, with a standard deviation of 22.
        Assert.That(sums, Is.All.InRange(880, 1120));
    }

    [Test]
    public void The_number_of_bits_is_a_setting_that_the_time_limit_follows()
    {
        var registry = new EnvironmentRegistry();
        Assert.That(registry.Find("BitFlip-v0").MaxEpisodeSteps, Is.EqualTo(15));
        Assert.That(registry.Find("BitFlip-v0?n=40").MaxEpisodeSteps, Is.EqualTo(40));
        Assert.That(registry.Find("BitFlip-v0?n=40&max_episode_steps=7").MaxEpisodeSteps, Is.EqualTo(7));
        Assert.That(registry.Make("BitFlip-v0?n=40").ActionSpace, Is.EqualTo(new Discrete(40)));
        foreach (string wrong in new[] { "0", "-1", "1025", "4.5", "many" })
            Assert.That(() => registry.Make($"BitFlip-v0?n={wrong}"), Throws.TypeOf<EnvironmentException>().With.Message.Contains($"'{wrong}'").And.Message.Contains("1 to 1024"));
        Assert.That(() => new BitFlip(0), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void A_single_bit_is_righted_by_the_only_action()
    {
        var environment = new BitFlip(1);
        environment.Reset(new RandomGenerator(0), new float[3]);
        Assert.That(environment.Step([0], new float[3]), Is.EqualTo(new StepResult(0, Truncated: true)));
    }
}
