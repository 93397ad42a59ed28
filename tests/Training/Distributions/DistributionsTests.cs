using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Tests.Training.Engine;
using Pipeline.Training.Distributions;
using Pipeline.Training.Engine.Autodiff;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Engine.Operators;

namespace Pipeline.Tests.Training.Distributions;

/// <summary>Samples, modes, masks and edges. Densities are compared with PyTorch elsewhere.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class DistributionsTests
{
    private const int Samples = 40_000;
    private static readonly Dict Hybrid = new(("aim", new Box(-9, 9, 1)), ("tool", new Discrete(3)), ("flag", new MultiBinary(1)), ("push", new Box(-9, 9, 1)));
    private readonly Graph _graph = new();

    // One row of parameters for all samples; the noise is what the head asks for.
    private NdArray Sample(IDistribution distribution, ActionHead head, params Feed[] feeds)
    {
        Tensor noise = _graph.Input("noise", [Dimension.Batch, head.NoiseSize]);
        float[] drawn = new float[Samples * head.NoiseSize];
        var random = new RandomGenerator(8);
        for (int i = 0; i < drawn.Length; i += head.NoiseSize)
        {
            random.FillGaussian(drawn.AsSpan(i, head.RealSize));
            random.FillOpenUniform(drawn.AsSpan(i + head.RealSize, head.NoiseSize - head.RealSize));
        }

        return Evaluation.Run(distribution.Sample(noise), [.. feeds, new Feed(noise, new NdArray([Samples, head.NoiseSize], [.. drawn.Select(v => (double)v)]))]);
    }

    // A share p of n draws has the standard deviation √(p(1 − p)/n), at most 0.0025 here: five of them are allowed.
    private static void AssertShare(NdArray samples, int column, double value, double probability)
    {
        double share = Enumerable.Range(0, Samples).Count(i => samples.At(i, column) == value) / (double)Samples;
        Assert.That(share, Is.EqualTo(probability).Within(5 * Math.Sqrt(probability * (1 - probability) / Samples)), $"column {column}, value {value}");
    }

    [Test]
    public void Choices_occur_as_often_as_their_probabilities_say_in_each_branch()
    {
        float[] logits = [0, 1, -1, 2, 0.5f];
        Tensor x = _graph.Input("logits", [1, 5]);
        Tensor stretched = x + _graph.Input("zeros", [Dimension.Batch, 5]);
        var zeros = new Feed(_graph.Input("zeros", [Dimension.Batch, 5]), new NdArray([Samples, 5], new double[5 * Samples]));
        var head = new CategoricalHead([3, 2]);
        NdArray samples = Sample(new Categorical(stretched, [3, 2], null), head, new Feed(x, logits), zeros);
        Assert.That(samples.Shape, Is.EqualTo(new long[] { Samples, 2 }));
        double first = logits[..3].Sum(l => Math.Exp(l)), second = logits[3..].Sum(l => Math.Exp(l));
        for (int i = 0; i < 3; i++) AssertShare(samples, 0, i, Math.Exp(logits[i]) / first);
        for (int i = 0; i < 2; i++) AssertShare(samples, 1, i, Math.Exp(logits[3 + i]) / second);
    }

    [TestCase(0f, 0f)]
    [TestCase(0.3f, -1.2f)]
    [TestCase(-4f, 5f)]
    [TestCase(30f, -20f)]
    public void Two_choices_have_the_probabilities_of_softmax(float first, float second)
    {
        Tensor x = _graph.Input("logits", [1, 2]), old = _graph.Input("old", [1, 2]), chosen = _graph.Input("chosen", [2, 2]);
        Feed[] feeds = [new(x, first, second), new(old, 0.5f, 0.1f), new(chosen, 1, 0, 0, 1)];
        var policy = new Categorical(x, [2], null);
        NdArray[] results = Evaluation.Run([policy.LogProbability(chosen), policy.Entropy, policy.DivergenceFrom(new Categorical(old, [2], null))], feeds);

        double[] Log(double a, double b) => [a - Math.Log(Math.Exp(a) + Math.Exp(b)), b - Math.Log(Math.Exp(a) + Math.Exp(b))];
        double[] q = Log(first, second), p = Log(0.5f, 0.1f);
        double tolerance = 1e-6 * Math.Max(1, Math.Abs(first - second));
        Assert.That(results[0].Values, Is.EqualTo(q).Within(tolerance));
        Assert.That(results[1].Values.Single(), Is.EqualTo(-q.Sum(l => Math.Exp(l) * l)).Within(tolerance));
        Assert.That(results[2].Values.Single(), Is.EqualTo(p.Zip(q, (a, b) => Math.Exp(a) * (a - b)).Sum()).Within(tolerance));
    }

    [Test]
    public void Of_two_choices_one_can_be_forbidden()
    {
        Tensor x = _graph.Input("logits", [2, 2]), mask = _graph.Input("mask", [2, 2]), chosen = _graph.Input("chosen", [2, 2]);
        var policy = new Categorical(x, [2], mask);
        Tensor logProbability = policy.LogProbability(chosen);
        Tensor gradient = Gradients.Of(Op.Sum(logProbability) + Op.Sum(policy.Entropy), [x])[0];
        Feed[] feeds = [new(x, 0.7f, 2, 0.7f, 2), new(mask, 1, 0, 0, 1), new(chosen, 1, 0, 0, 1)];
        NdArray[] results = Evaluation.Run([logProbability, policy.Entropy, policy.Mode, gradient], feeds);
        Assert.That(results[0].Values, Is.All.EqualTo(0.0));
        Assert.That(results[1].Values, Is.All.EqualTo(0.0));
        Assert.That(results[2].Values, Is.EqualTo(new[] { 0.0, 1 }));
        Assert.That(results[3].Values, Is.All.EqualTo(0.0).Within(1e-6));
    }

    [Test]
    public void Bits_are_set_as_often_as_their_probabilities_say()
    {
        Tensor x = _graph.Input("logits", [1, 3]);
        NdArray samples = Sample(new Bernoulli(x), new BernoulliHead(3), new Feed(x, -2, 0, 1.5f));
        foreach ((float logit, int column) in new[] { (-2f, 0), (0, 1), (1.5f, 2) }) AssertShare(samples, column, 1, 1 / (1 + Math.Exp(-logit)));
        Assert.That(samples.Values.Distinct().Order(), Is.EqualTo(new[] { 0.0, 1 }));
    }

    [Test]
    public void Normal_numbers_have_the_mean_and_the_deviation_asked_for()
    {
        Tensor mean = _graph.Input("mean", [1, 2]), deviation = _graph.Input("log_std", [2]);
        NdArray samples = Sample(new DiagonalGaussian(mean, deviation), new GaussianHead(2), new Feed(mean, 3, -1), new Feed(deviation, 0, MathF.Log(0.5f)));
        foreach ((double mu, double sigma, int column) in new[] { (3.0, 1.0, 0), (-1.0, 0.5, 1) })
        {
            double[] values = [.. Enumerable.Range(0, Samples).Select(i => samples.At(i, column))];
            double average = values.Average(), variance = values.Average(v => (v - average) * (v - average));
            // Standard deviations of the two estimates: σ/√n and σ²·√(2/n); five of them are allowed.
            Assert.That(average, Is.EqualTo(mu).Within(5 * sigma / Math.Sqrt(Samples)));
            Assert.That(variance, Is.EqualTo(sigma * sigma).Within(5 * sigma * sigma * Math.Sqrt(2.0 / Samples)));
        }
    }

    [Test]
    public void A_forbidden_choice_is_never_made_has_no_probability_and_no_gradient()
    {
        Tensor logits = _graph.Input("logits", [1, 3]), mask = _graph.Input("mask", [1, 3]), zeros = _graph.Input("zeros", [Dimension.Batch, 3]);
        Feed[] feeds = [new(logits, 5, 1, 2), new(mask, 0, 1, 1), new(zeros, new NdArray([Samples, 3], new double[3 * Samples]))];
        NdArray samples = Sample(new Categorical(logits + zeros, [3], mask), new CategoricalHead([3]), feeds);
        AssertShare(samples, 0, 0, 0);
        AssertShare(samples, 0, 1, 1 / (1 + Math.E));

        var distribution = new Categorical(logits, [3], mask);
        Tensor chosen = _graph.Constant([0f, 1f, 0f], [1, 3]);
        Tensor log = distribution.LogProbability(chosen);
        Tensor[] outputs = [log, distribution.Entropy, distribution.Mode, Gradients.Of(Op.Sum(log + distribution.Entropy), [logits])[0]];
        NdArray[] results = Evaluation.Run(outputs, feeds);
        double p = 1 / (1 + Math.E);
        Assert.That(results[0].Values[0], Is.EqualTo(Math.Log(p)).Within(1e-6));
        Assert.That(results[1].Values[0], Is.EqualTo(-(p * Math.Log(p)) - ((1 - p) * Math.Log(1 - p))).Within(1e-6));
        Assert.That(results[2].Values[0], Is.EqualTo(2));
        Assert.That(results[3].Values[0], Is.Zero);
        Assert.That(results[3].Values, Is.All.Matches<double>(double.IsFinite));
    }

    [Test]
    public void Modes_are_the_most_likely_actions()
    {
        Tensor x = _graph.Input("x", [2, 4]), deviation = _graph.Input("log_std", [4]);
        NdArray[] results = Evaluation.Run(
            [new Categorical(x, [4], null).Mode, new Categorical(x, [2, 2], null).Mode, new Bernoulli(x).Mode, new DiagonalGaussian(x, deviation).Mode],
            new Feed(x, 1, 3, -2, 3, -1, -4, 0.5f, 0));
        Assert.That(results[0].Values, Is.EqualTo(new[] { 1.0, 2 }));
        Assert.That(results[1].Values, Is.EqualTo(new[] { 1.0, 1, 0, 0 }));
        Assert.That(results[2].Values, Is.EqualTo(new[] { 1.0, 1, 0, 1, 0, 0, 1, 0 }));
        Assert.That(results[3].Values, Is.EqualTo(new[] { 1, 3, -2, 3, -1, -4, 0.5, 0 }));
    }

    [Test]
    public void A_distribution_does_not_diverge_from_itself()
    {
        Tensor x = _graph.Input("x", [2, 4]), deviation = _graph.Input("log_std", [4]);
        IDistribution[] kinds = [new Categorical(x, [3, 1], null), new Bernoulli(x), new DiagonalGaussian(x, deviation)];
        NdArray[] results = Evaluation.Run([.. kinds.Select(k => k.DivergenceFrom(k))], new Feed(x, 1, 3, -2, 3, -1, -4, 0.5f, 0), new Feed(deviation, 0, 1, -1, 2));
        foreach (NdArray result in results) Assert.That(result.Values, Is.All.Zero.Within(1e-6));
    }

    [Test]
    public void Every_action_space_has_its_head()
    {
        ActionHead discrete = ActionHead.For(new Discrete(4)), multi = ActionHead.For(new MultiDiscrete(3, 2)), bits = ActionHead.For(new MultiBinary(5)), box = ActionHead.For(new Box(-1, 1, 2));
        Assert.That(new[] { discrete, multi, bits, box }.Select(h => (h.ParameterSize, h.EncodedSize, h.NoiseSize, h.IsDiscrete)), Is.EqualTo(new[] { (4, 4, 4, true), (5, 5, 5, true), (5, 5, 5, true), (2, 2, 2, false) }));
        float[] encoded = [9, 9, 9, 9, 9];
        multi.Encode([2, 0], encoded);
        Assert.That(encoded, Is.EqualTo(new[] { 0f, 0, 1, 1, 0 }));
    }

    [Test]
    public void A_hybrid_head_is_its_entries_heads_side_by_side()
    {
        ActionHead head = ActionHead.For(Hybrid);
        Assert.That((head.ParameterSize, head.EncodedSize, head.NoiseSize, head.RealSize, head.IsDiscrete), Is.EqualTo((6, 6, 6, 2, false)));
        float[] encoded = new float[6], action = new float[4];
        head.Encode([0.5f, 2, 1, -3], encoded);
        Assert.That(encoded, Is.EqualTo(new[] { 0.5f, 0, 0, 1, 1, -3 }));
        head.Decode(encoded, action);
        Assert.That(action, Is.EqualTo(new[] { 0.5f, 2, 1, -3 }));
        Tensor given = _graph.Input("action", [1, 4]);
        Assert.That(Evaluation.Run(head.Encode(given), new Feed(given, 0.5f, 2, 1, -3)).Values, Is.EqualTo(encoded.Select(e => (double)e)));
        Assert.That(ActionHead.For(new Dict(("a", new Discrete(2)), ("b", new MultiBinary(1)))).IsDiscrete);
    }

    // μ = (1, −1), σ = (2, 1/2); tool probabilities (1, 2, 5)/8, of which the mask leaves (1, 5)/6; the bit is 1 with 3/4.
    [Test]
    public void A_hybrid_probability_is_the_product_of_its_entries_worked_by_hand()
    {
        Tensor outputs = _graph.Input("outputs", [1, 6]), deviation = _graph.Input("log_std", [2]), mask = _graph.Input("mask", [1, 3]), action = _graph.Input("action", [1, 6]);
        Tensor others = _graph.Input("others", [1, 6]);
        ActionHead head = ActionHead.For(Hybrid);
        IDistribution policy = head.Distribution(outputs, deviation, null), masked = head.Distribution(outputs, deviation, mask);
        Feed[] feeds =
        [
            new(outputs, 1, 0, MathF.Log(2), MathF.Log(5), MathF.Log(3), -1), new(deviation, MathF.Log(2), MathF.Log(0.5f)), new(mask, 1, 0, 1), new(action, 2, 0, 0, 1, 1, -0.75f),
            new(others, 3, 0, 0, 0, 0, -1),
        ];
        NdArray[] results = Evaluation.Run(
            [policy.LogProbability(action), masked.LogProbability(action), policy.Entropy, policy.Mode, policy.DivergenceFrom(head.Distribution(others, deviation, null)), policy.ModeScores!, masked.Mode],
            feeds);

        // z = 1/2 for both real numbers.
        double normal = (-0.5 * 0.25 * 2) - Math.Log(2 * 0.5) - Math.Log(2 * Math.PI), bit = Math.Log(3.0 / 4);
        Assert.That(results[0].Values.Single(), Is.EqualTo(normal + Math.Log(5.0 / 8) + bit).Within(1e-6));
        Assert.That(results[1].Values.Single(), Is.EqualTo(normal + Math.Log(5.0 / 6) + bit).Within(1e-6));
        double Entropy(params double[] p) => -p.Sum(x => x * Math.Log(x));
        double entropy = 1 + Math.Log(2 * Math.PI) + Entropy(1 / 8.0, 2 / 8.0, 5 / 8.0) + Entropy(0.25, 0.75);
        Assert.That(results[2].Values.Single(), Is.EqualTo(entropy).Within(1e-6));
        Assert.That(results[3].Values, Is.EqualTo(new[] { 1.0, 2, 1, -1 }));

        // KL of a uniform tool, an even bit and a mean 2 = σ further on from these.
        double divergence = 0.5 + (-Math.Log(3) - (new[] { 1, 2, 5 }.Sum(p => Math.Log(p / 8.0)) / 3)) + (-Math.Log(2) - ((Math.Log(0.25) + Math.Log(0.75)) / 2));
        Assert.That(results[4].Values.Single(), Is.EqualTo(divergence).Within(1e-6));
        Assert.That(results[5].Values, Is.EqualTo(new[] { 0, Math.Log(2), Math.Log(5), 0, Math.Log(3) }).Within(1e-6), "of the choices alone");
        Assert.That(results[6].Values, Is.EqualTo(results[3].Values));
    }

    [Test]
    public void Hybrid_samples_take_each_entry_s_noise_and_keep_its_mask()
    {
        Tensor outputs = _graph.Input("outputs", [1, 6]), deviation = _graph.Input("log_std", [2]), mask = _graph.Input("mask", [1, 3]), zeros = _graph.Input("zeros", [Dimension.Batch, 6]);
        ActionHead head = ActionHead.For(Hybrid);
        NdArray samples = Sample(
            head.Distribution(outputs + zeros, deviation, mask), head, new Feed(outputs, 1, 0, MathF.Log(2), MathF.Log(5), MathF.Log(3), -1), new Feed(deviation, MathF.Log(2), MathF.Log(0.5f)),
            new Feed(mask, 1, 0, 1), new Feed(zeros, new NdArray([Samples, 6], new double[6 * Samples])));
        AssertShare(samples, 1, 1, 0);
        AssertShare(samples, 1, 2, 5 / 6.0);
        AssertShare(samples, 2, 1, 0.75);
        foreach ((double mean, double sigma, int column) in new[] { (1.0, 2.0, 0), (-1.0, 0.5, 3) })
        {
            double[] values = [.. Enumerable.Range(0, Samples).Select(i => samples.At(i, column))];
            Assert.That(values.Average(), Is.EqualTo(mean).Within(5 * sigma / Math.Sqrt(Samples)));
            Assert.That(values.Average(v => (v - mean) * (v - mean)), Is.EqualTo(sigma * sigma).Within(5 * sigma * sigma * Math.Sqrt(2.0 / Samples)));
        }
    }
}
