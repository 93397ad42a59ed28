using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Evaluation.Logged;

namespace Pipeline.Tests.Training.LoggedData;

public sealed class ActingPolicyTests
{
    [Test]
    public void Choices_have_the_probabilities_of_their_logits_temperature_and_epsilon()
    {
        double[] table = [0.8, 0.2, 0.5, 0.5];
        using var folder = new TemporaryFolder();
        string file = TableTask.Write(folder, "a.onnx", table);
        double Probability(ActingRule rule, float state, float action)
        {
            using ActingPolicy policy = ActingPolicy.Load(file, rule);
            return Math.Exp(policy.Rows(2, [1 - state, state], []).LogProbability(1, [action]));
        }

        Assert.Multiple(() =>
        {
            Assert.That(Probability(new ActingRule(1), 0, 0), Is.EqualTo(0.8).Within(1e-6));
            Assert.That(Probability(new ActingRule(0.5), 0, 0), Is.EqualTo(0.64 / 0.68).Within(1e-6), "odds 4 squared");
            Assert.That(Probability(new ActingRule(0), 0, 0), Is.EqualTo(1));
            Assert.That(Probability(new ActingRule(0), 0, 1), Is.EqualTo(0));
            Assert.That(Probability(new ActingRule(0, 0.2), 0, 1), Is.EqualTo(0.1).Within(1e-12));
            Assert.That(Probability(new ActingRule(1, 0.5), 0, 1), Is.EqualTo(0.35).Within(1e-6));
        });
    }

    [Test]
    public void Masked_choices_are_neither_drawn_nor_tried()
    {
        var rows = new ChoiceRows([3], new ActingRule(1, 0.4), [1], [1, 1, 1], [0, 1, 1]);
        Assert.That(new float[] { 0, 1, 2 }.Select(a => rows.Probability(0, [a])), Is.EqualTo(new[] { 0, 0.5, 0.5 }).Within(1e-12));
    }

    [Test]
    public void Branches_are_drawn_as_often_as_their_joint_probability_says()
    {
        var rows = new ChoiceRows([2, 3], new ActingRule(1, 0.3), [0, 0], [0, 1, 0.5f, 0, -1], []);
        var random = new RandomGenerator(5);
        double[] counts = new double[6];
        float[] action = new float[2];
        for (int i = 0; i < 60_000; i++)
        {
            rows.Draw(0, random, action);
            counts[(int)((3 * action[0]) + action[1])] += 1 / 60_000.0;
        }

        // Five deviations of a share are at most 0.0102.
        double[] expected = [.. Enumerable.Range(0, 6).Select(j => rows.Probability(0, [j / 3, j % 3]))];
        Assert.That(expected.Sum(), Is.EqualTo(1).Within(1e-12));
        Assert.That(counts, Is.EqualTo(expected).Within(0.0102));
    }

    [Test]
    public void Cut_normal_numbers_have_a_density_inside_and_a_probability_on_their_bounds()
    {
        // −1 to 1 is −2 to 6: half 4, centre 2. Mean 0.5 and deviation 0.5 are mean 4 and deviation 2 there.
        var rows = new RealRows(new Box(-2, 6, 1), new ActingRule(1), [4], [0.5f], [MathF.Log(0.5f)], squashed: false);
        Assert.Multiple(() =>
        {
            Assert.That(rows.LogProbability(0, [5]), Is.EqualTo(Math.Log(Math.Exp(-0.125) / Math.Sqrt(2 * Math.PI) / 2)).Within(1e-6));
            Assert.That(Math.Exp(rows.LogProbability(0, [6])), Is.EqualTo(0.158655254).Within(1e-6), "1 − Φ(1)");
            Assert.That(Math.Exp(rows.LogProbability(0, [-2])), Is.EqualTo(0.001349898).Within(1e-8), "Φ(−3)");
        });
    }

    [TestCase(false, 0.0)]
    [TestCase(true, 0.0)]
    [TestCase(false, 0.3)]
    public void Densities_and_the_probabilities_of_the_bounds_are_1_in_sum(bool squashed, double epsilon)
    {
        var rows = new RealRows(new Box(-2, 6, 1), new ActingRule(1.5, epsilon), [4], [0.7f], [0.1f], squashed);
        double Density(double a) => Math.Exp(rows.LogProbability(0, [(float)a]));
        const int pieces = 20_000;
        double inside = Enumerable.Range(0, pieces).Sum(i => Density(-2 + (8 * (i + 0.5) / pieces))) * 8 / pieces;
        Assert.That(inside + Density(-2) + Density(6), Is.EqualTo(1).Within(2e-3));
    }

    [Test]
    public void Drawn_numbers_follow_their_density([Values] bool squashed)
    {
        var rows = new RealRows(new Box(-2, 6, 1), new ActingRule(1), [4], [0.4f], [-0.7f], squashed);
        var random = new RandomGenerator(3);
        float[] action = new float[1];
        int below = 0, atTop = 0;
        const int draws = 40_000;
        for (int i = 0; i < draws; i++)
        {
            rows.Draw(0, random, action);
            below += action[0] < 3 ? 1 : 0;
            atTop += action[0] == 6 ? 1 : 0;
        }

        // 3 is a quarter: u below 0.25, or below atanh 0.25; five deviations are 0.0125.
        double deviation = Math.Exp(-0.7f), mean = 0.4f;
        double Phi(double x) => 1 - Math.Exp(RealRows.LogUpperTail(x));
        Assert.That((double)below / draws, Is.EqualTo(Phi(((squashed ? Math.Atanh(0.25) : 0.25) - mean) / deviation)).Within(0.0125));
        Assert.That((double)atTop / draws, Is.EqualTo(squashed ? 0 : 1 - Phi((1 - mean) / deviation)).Within(0.0125));
    }

    [TestCase(1.0, 0.158655253931457)]
    [TestCase(4.9, 4.791832765903e-7)]
    [TestCase(5.1, 1.698267407147e-7)]
    [TestCase(10.0, 7.61985302416e-24)]
    [TestCase(-3.0, 0.998650101968370)]
    public void The_upper_tail_is_exact_near_and_far(double z, double expected) =>
        Assert.That(Math.Exp(RealRows.LogUpperTail(z)), Is.EqualTo(expected).Within(1e-6 * expected));
}
