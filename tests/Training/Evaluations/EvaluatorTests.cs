using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Runtime;
using Pipeline.Tests.Runtime;
using Pipeline.Training.Environments;
using Pipeline.Training.Evaluation;

namespace Pipeline.Tests.Training.Evaluations;

public sealed class EvaluatorTests
{
    private static readonly Action<VectorStep, float[]> Zeros = (_, actions) => Array.Clear(actions);

    [TestCase(1)]
    [TestCase(3)]
    [TestCase(64)]
    public void An_episode_is_the_same_however_many_are_played_together(int count)
    {
        // Each episode drawn by hand from the stream of its number.
        Episode[] expected = [.. Enumerable.Range(0, 40).Select(episode => ByHand(seed: 9, episode))];
        using IVectorEnvironment environments = CountedSteps.Vector("", count);
        Assert.That(Evaluator.Evaluate(environments, Zeros, 40, seed: 9).All, Is.EqualTo(expected));
    }

    [Test]
    public void Short_episodes_are_counted_no_more_often_than_long_ones()
    {
        // Lengths are uniform on 1 to 10: mean 5.5, where the first of many to end would be short.
        using IVectorEnvironment environments = CountedSteps.Vector("", 50);
        EvaluationResult result = Evaluator.Evaluate(environments, Zeros, 2000, seed: 1);
        Assert.Multiple(() =>
        {
            Assert.That(result.MeanLength, Is.EqualTo(5.5).Within(5 * 2.87 / Math.Sqrt(2000)));
            Assert.That(result.Lengths.Distinct().Order(), Is.EqualTo(Enumerable.Range(1, 10)));
            Assert.That(result.All.Select(e => (e.Terminated, e.Truncated)), Is.EqualTo(result.Lengths.Select(l => (l % 2 == 0, l % 2 == 1))));
            Assert.That(result.Steps, Is.GreaterThanOrEqualTo(result.Lengths.Sum()).And.EqualTo(result.Steps / 50 * 50));
        });
    }

    [Test]
    public void Afterwards_the_environments_draw_as_before()
    {
        using IVectorEnvironment used = CountedSteps.Vector("", 4), fresh = CountedSteps.Vector("", 4);
        Evaluator.Evaluate(used, Zeros, 9, seed: 2);
        Assert.That(Rewards(used), Is.EqualTo(Rewards(fresh)));
    }

    [Test]
    public void Memory_and_the_reward_before_start_anew_with_each_episode()
    {
        // The sketch does 1 where its last choice plus the last reward is below 1: in the first step of an episode always.
        var firsts = new List<float>();
        using Policy policy = Policy.Load(SketchedPolicies.File(SketchedPolicies.Reminded()), "sketch");
        using IVectorEnvironment inner = CountedSteps.Vector("", 5);
        using var watched = new Watched(inner, (step, actions) => firsts.AddRange(Enumerable.Range(0, 5).Where(i => step.Observations[i] == 0).Select(i => actions[i])));
        EvaluationResult result = Evaluator.Evaluate(watched, policy, 60, seed: 3, stochastic: false);
        Assert.Multiple(() =>
        {
            Assert.That(firsts, Has.Count.GreaterThanOrEqualTo(60).And.All.EqualTo(1));
            Assert.That(result.Returns, Is.EqualTo(Enumerable.Range(0, 60).Select(Remembered)));
        });
    }

    [Test]
    public void Playing_allocates_nothing()
    {
        using Policy policy = Policy.Load(SketchedPolicies.File(SketchedPolicies.Reminded()), "sketch");
        using IVectorEnvironment environments = CountedSteps.Vector("", 8);
        var player = new EpisodePlayer(environments);
        var acting = new PolicyActing(environments, policy, stochastic: true);
        var episodes = new Episode[40];
        player.Play(acting, 1, 0, episodes, default);
        Assert.That(AllocatedBytes.Of(() => player.Play(acting, 1, 0, episodes, default)), Is.Zero);
    }

    [Test]
    public void The_spread_is_that_of_a_sample()
    {
        // Mean 3, squared deviations 4 + 1 + 0 + 1 + 4 = 10, over n − 1 = 4: 2.5. t(0.975, 4) = 2.776: 2.776 · √2.5 / √5 = 1.963.
        var result = new EvaluationResult([.. new double[] { 1, 2, 3, 4, 5 }.Select(r => new Episode(r, 1, true, false))], 2, 10);
        Assert.Multiple(() =>
        {
            Assert.That(result.StandardDeviation, Is.EqualTo(Math.Sqrt(2.5)));
            Assert.That(result.ConfidenceHalfWidth, Is.EqualTo(1.963).Within(0.001));
            Assert.That((result.MinReturn, result.MaxReturn, result.StepsPerSecond), Is.EqualTo((1.0, 5.0, 5.0)));
        });
    }

    [Test]
    public void One_episode_has_no_spread()
    {
        var result = new EvaluationResult([new Episode(7, 3, true, false)], 1, 3);
        Assert.That((result.StandardDeviation, result.ConfidenceHalfWidth), Is.EqualTo((0.0, 0.0)));
    }

    private static Episode ByHand(ulong seed, int episode)
    {
        var environment = new CountedSteps();
        float[] observation = new float[1];
        environment.Reset(new RandomGenerator(seed, (ulong)episode), observation);
        double sum = 0;
        for (int length = 1; ; length++)
        {
            StepResult step = environment.Step([0], observation);
            sum += step.Reward;
            if (step.Terminated || step.Truncated) return new Episode(sum, length, step.Terminated, step.Truncated);
        }
    }

    private static double Remembered(int episode)
    {
        var environment = new CountedSteps();
        float[] observation = new float[1];
        environment.Reset(new RandomGenerator(3, (ulong)episode), observation);
        double sum = 0;
        float choice = 0, reward = 0;
        while (true)
        {
            choice = choice + reward < 1 ? 1 : 0;
            StepResult step = environment.Step([choice], observation);
            sum += reward = step.Reward;
            if (step.Terminated || step.Truncated) return sum;
        }
    }

    private static float[] Rewards(IVectorEnvironment environments)
    {
        var step = new VectorStep(environments);
        environments.Reset(7, step);
        return [.. Enumerable.Range(0, 30).SelectMany(_ =>
        {
            environments.Step(new float[environments.Count], step);
            return (float[])step.Rewards.Clone();
        })];
    }

    /// <summary>Shows what was observed with what was then done.</summary>
    private sealed class Watched(IVectorEnvironment inner, Action<VectorStep, float[]> watch) : Pipeline.Training.Environments.Wrappers.VectorWrapper(inner)
    {
        public override void Step(ReadOnlySpan<float> actions, VectorStep step)
        {
            watch(step, actions.ToArray());
            base.Step(actions, step);
        }
    }
}
