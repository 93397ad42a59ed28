using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;

namespace Pipeline.Tests.Contracts;

internal sealed class RandomGeneratorTests
{
    [Test]
    public void From_a_known_state_come_the_numbers_of_xoshiro256_star_star()
    {
        // By hand from state (1, 2, 3, 4): rotl(2·5, 7)·9 = 11520, then state (7, 0, 262146, 6·2⁴⁵) gives rotl(0, 7)·9 = 0, and so on;
        // the sequence is the one that the generator's authors' C code prints.
        var random = new RandomGenerator(0);
        random.LoadState([1, 2, 3, 4, 0, 0]);
        ulong[] drawn = Enumerable.Range(0, 10).Select(_ => random.NextUInt64()).ToArray();
        Assert.That(drawn, Is.EqualTo(new ulong[]
        {
            11520, 0, 1509978240, 1215971899390074240, 1216172134540287360, 607988272756665600, 16172922978634559625, 8476171486693032832,
            10595114339597558777, 2904607092377533576,
        }));
    }

    [Test]
    public void The_same_seed_and_stream_repeat_and_others_differ()
    {
        ulong[] Draw(ulong seed, ulong stream)
        {
            var random = new RandomGenerator(seed, stream);
            return Enumerable.Range(0, 100).Select(_ => random.NextUInt64()).ToArray();
        }

        ulong[] first = Draw(5, 0);
        ulong[] repeated = Draw(5, 0);
        Assert.That(repeated, Is.EqualTo(first));
        Assert.That(first.Intersect(Draw(6, 0)), Is.Empty);
        Assert.That(first.Intersect(Draw(5, 1)), Is.Empty);
        var again = new RandomGenerator(9, 3);
        again.NextGaussian();
        again.Seed(5, 1);
        Assert.That(Enumerable.Range(0, 100).Select(_ => again.NextUInt64()), Is.EqualTo(Draw(5, 1)));
    }

    [Test]
    public void A_saved_state_goes_on_where_it_was_saved_between_two_gaussians_too()
    {
        var random = new RandomGenerator(12);
        random.NextGaussian();
        ulong[] state = new ulong[RandomGenerator.StateSize];
        random.SaveState(state);
        double[] expected = Enumerable.Range(0, 9).Select(i => i % 2 == 0 ? random.NextGaussian() : random.NextDouble()).ToArray();
        var other = new RandomGenerator(99);
        other.LoadState(state);
        Assert.That(Enumerable.Range(0, 9).Select(i => i % 2 == 0 ? other.NextGaussian() : other.NextDouble()), Is.EqualTo(expected));
    }

    [Test]
    public void Whole_numbers_are_even_over_their_range()
    {
        const int Draws = 60000;
        var random = new RandomGenerator(1);
        int[] counts = new int[6];
        for (int i = 0; i < Draws; i++) counts[random.NextInt32(6)]++;
        double chiSquared = counts.Sum(n => Math.Pow(n - (Draws / 6.0), 2) / (Draws / 6.0));
        Assert.That(chiSquared, Is.LessThan(20.5), "5 degrees of freedom: above 20.5 with probability 0.001");
        Assert.That(random.NextInt32(1), Is.Zero);
        Assert.That(() => random.NextInt32(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Uniform_numbers_have_their_mean_variance_and_range()
    {
        var random = new RandomGenerator(2);
        double[] doubles = Enumerable.Range(0, 50000).Select(_ => random.NextDouble()).ToArray();
        float[] open = new float[50000];
        random.FillOpenUniform(open);
        Assert.That(doubles.Average(), Is.EqualTo(0.5).Within(0.006));
        Assert.That(doubles.Average(x => (x - 0.5) * (x - 0.5)), Is.EqualTo(1 / 12.0).Within(0.002));
        Assert.That(doubles, Has.All.InRange(0, 1).And.None.EqualTo(1));
        Assert.That(open.Min(), Is.GreaterThan(0));
        Assert.That(open.Max(), Is.LessThan(1));
        Assert.That(open.Average(), Is.EqualTo(0.5).Within(0.006));
        Assert.That(Enumerable.Range(0, 1000).Select(_ => random.NextDouble(-2, 3)), Has.All.InRange(-2, 3));
        Assert.That(Enumerable.Range(0, 1000).Select(_ => random.NextSingle()), Has.All.InRange(0, 1).And.None.EqualTo(1f));
    }

    [Test]
    public void Gaussian_numbers_have_the_moments_of_the_normal_distribution()
    {
        var random = new RandomGenerator(3);
        float[] values = new float[100000];
        random.FillGaussian(values);
        Assert.That(values.Average(x => (double)x), Is.Zero.Within(0.015));
        Assert.That(values.Average(x => (double)x * x), Is.EqualTo(1).Within(0.025));
        Assert.That(values.Average(x => Math.Pow(x, 4)), Is.EqualTo(3).Within(0.2));
        Assert.That(values.Count(x => Math.Abs(x) > 1.96) / 100000.0, Is.EqualTo(0.05).Within(0.004));
    }

    [Test]
    public void A_shuffle_keeps_the_numbers_and_puts_each_anywhere()
    {
        var random = new RandomGenerator(4);
        int[] firstAt = new int[4];
        for (int round = 0; round < 8000; round++)
        {
            int[] numbers = [0, 1, 2, 3];
            random.Shuffle(numbers);
            Assert.That(numbers.Order(), Is.EqualTo(new[] { 0, 1, 2, 3 }));
            firstAt[Array.IndexOf(numbers, 0)]++;
        }

        Assert.That(firstAt, Has.All.InRange(1800, 2200));
    }
}
