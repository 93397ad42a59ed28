using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Training.Environments;
using Pipeline.Training.Environments.ToyText;

namespace Pipeline.Tests.Training.Environments;

[TestFixture]
public sealed class ChainTests
{
    [Test]
    public void The_right_actions_lead_to_the_reward_and_a_wrong_one_ends_the_episode_without()
    {
        var chain = new Chain(5);
        int[] right = [0, 1, 1, 0, 1];
        float[] observation = new float[5];
        for (int wrongAt = 0; wrongAt <= 5; wrongAt++)
        {
            chain.Reset(new RandomGenerator(0), observation);
            for (int state = 0; state < 5; state++)
            {
                Assert.That(observation, Is.EqualTo(Enumerable.Range(0, 5).Select(i => i == state ? 1f : 0f)));
                bool wrong = state == wrongAt;
                StepResult result = chain.Step([wrong ? 1 - right[state] : right[state]], observation);
                Assert.That(result, Is.EqualTo(new StepResult(!wrong && state == 4 ? 1 : 0, wrong || state == 4)));
                if (wrong) break;
            }

            Assert.That(observation, Is.All.Zero);
        }
    }

    [Test]
    public void Its_length_is_a_setting()
    {
        var registry = new EnvironmentRegistry();
        Assert.That(registry.Make("Chain-v0").ObservationSpace.Size, Is.EqualTo(10));
        Assert.That(registry.Make("Chain-v0?length=3").ObservationSpace.Size, Is.EqualTo(3));
        Assert.That(() => registry.Make("Chain-v0?length=0"), Throws.TypeOf<EnvironmentException>().With.Message.Contains("1 to 1024"));
        Assert.That(() => new Chain(0), Throws.TypeOf<ArgumentOutOfRangeException>());
    }
}
