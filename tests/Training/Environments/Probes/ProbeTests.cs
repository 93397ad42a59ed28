using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Training.Environments;

namespace Pipeline.Tests.Training.Environments.Probes;

[TestFixture]
public sealed class ProbeTests
{
    private const double Gamma = 0.9;

    [Test]
    public void The_returns_of_the_one_step_probes_are_the_known_ones()
    {
        Assert.That(MeanReturn(() => new ConstantReward(), _ => 0), Is.EqualTo(1));
        Assert.That(MeanReturn(() => new ActionReward(), _ => 1), Is.EqualTo(1));
        Assert.That(MeanReturn(() => new ActionReward(), _ => 0), Is.EqualTo(-1));
        Assert.That(MeanReturn(() => new ObservationActionReward(), o => o > 0 ? 1 : 0), Is.EqualTo(1));
        Assert.That(MeanReturn(() => new ObservationActionReward(), _ => 1), Is.EqualTo(0).Within(0.1));
        Assert.That(MeanReturn(() => new ContinuousTarget(), o => o / 2), Is.EqualTo(0));
        Assert.That(MeanReturn(() => new ContinuousTarget(), _ => 0), Is.EqualTo(-1.0 / 12).Within(0.01));
    }

    [Test]
    public void The_reward_is_the_observation_where_it_should_be()
    {
        using var environment = new VectorEnvironment(() => new ObservationReward(), 16);
        var step = new VectorStep(environment);
        environment.Reset(0, step);
        float[] shown = [.. step.Observations];
        environment.Step(new float[16], step);
        Assert.That(step.Rewards, Is.EqualTo(shown));
        Assert.That(shown.Distinct(), Is.EquivalentTo(new float[] { -1, 1 }));
    }

    [Test]
    public void A_delayed_reward_is_worth_gamma_at_the_start() =>
        Assert.That(MeanReturn(() => new TwoStepDelay(), _ => 0), Is.EqualTo(Gamma).Within(1e-12));

    [Test]
    public void The_cue_is_shown_once_and_decides_at_the_end()
    {
        float cue = 0;
        double Remembering(float observation) => (cue = observation != 0 ? observation : cue) > 0 ? 1 : 0;
        Assert.That(MeanReturn(() => new MemoryCue(3), o => Remembering(o)), Is.EqualTo(Gamma * Gamma * Gamma).Within(1e-12));
        Assert.That(MeanReturn(() => new MemoryCue(3), _ => 1), Is.EqualTo(0).Within(0.1));
    }

    [Test]
    public void An_episode_that_ends_by_itself_is_worth_less_than_one_that_does_not() =>
        Assert.That(MeanReturn(() => new Ending(0.5), _ => 0), Is.EqualTo(1 / (1 - (Gamma * 0.5))).Within(0.05));

    [Test]
    public void What_has_no_end_ends_by_its_limit_alone()
    {
        using var environment = new VectorEnvironment(() => new Endless(), 1, 4);
        var step = new VectorStep(environment);
        environment.Reset(0, step);
        for (int t = 1; t <= 12; t++)
        {
            environment.Step([0], step);
            Assert.That((step.Rewards[0], step.Terminated[0], step.Truncated[0]), Is.EqualTo((1f, false, t % 4 == 0)));
        }
    }

    private static double MeanReturn(Func<IEnvironment> create, Func<float, double> policy)
    {
        IEnvironment environment = create();
        var random = new RandomGenerator(1);
        float[] observation = new float[1];
        double sum = 0;
        const int Episodes = 2000;
        for (int episode = 0; episode < Episodes; episode++)
        {
            environment.Reset(random, observation);
            double discount = 1;
            StepResult result;
            do
            {
                result = environment.Step([(float)policy(observation[0])], observation);
                sum += discount * result.Reward;
                discount *= Gamma;
            }
            while (!result.Terminated);
        }

        return sum / Episodes;
    }
}
