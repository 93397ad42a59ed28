using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Training.Engine.Graphs;
using Pipeline.Training.Networks;

namespace Pipeline.Tests.Training.Networks;

[TestFixture]
public sealed class InitializersTests
{
    private static float[] Fill(Initializer initializer, Shape shape, ulong seed = 3)
    {
        float[] values = new float[shape.ElementCount];
        initializer(new RandomGenerator(seed), shape, values);
        return values;
    }

    [TestCase(6, 4, 1.0)]
    [TestCase(4, 6, 1.4142135623730951)]
    [TestCase(5, 5, 0.01)]
    [TestCase(64, 64, 1.0)]
    [TestCase(1, 3, 2.0)]
    [TestCase(3, 1, 2.0)]
    public void The_fewer_of_rows_and_columns_are_orthogonal_and_as_long_as_the_gain(int rows, int columns, double gain)
    {
        float[] w = Fill(Initializers.Orthogonal(gain), [rows, columns]);
        bool tall = rows >= columns;
        int vectors = Math.Min(rows, columns), length = Math.Max(rows, columns);
        double Element(int vector, int i) => tall ? w[(i * columns) + vector] : w[(vector * columns) + i];
        for (int a = 0; a < vectors; a++)
        {
            for (int b = 0; b < vectors; b++)
            {
                double product = Enumerable.Range(0, length).Sum(i => Element(a, i) * Element(b, i));
                Assert.That(product, Is.EqualTo(a == b ? gain * gain : 0).Within(1e-6 * gain * gain));
            }
        }
    }

    [Test]
    public void A_kernel_is_orthogonal_between_its_output_channels()
    {
        float[] w = Fill(Initializers.Orthogonal(1), [4, 2, 3, 3]);
        double Product(int a, int b) => Enumerable.Range(0, 18).Sum(i => (double)w[(a * 18) + i] * w[(b * 18) + i]);
        Assert.That(Product(1, 1), Is.EqualTo(1).Within(1e-6));
        Assert.That(Product(0, 3), Is.Zero.Within(1e-6));
    }

    [Test]
    public void Uniform_numbers_fill_their_range_and_no_more()
    {
        float[] values = Fill(Initializers.FanIn(16), [100, 100]);
        Assert.That(values, Is.All.InRange(-0.25f, 0.25f));
        // The mean of 10,000 has the standard deviation 0.25/√3/100 = 0.0014; five of them.
        Assert.That(values.Average(), Is.Zero.Within(0.0072));
        Assert.That(values.Max(), Is.GreaterThan(0.249f));
        Assert.That(values.Min(), Is.LessThan(-0.249f));
        Assert.That(Fill(Initializers.Constant(-0.5), [3]), Is.All.EqualTo(-0.5f));
    }

    [Test]
    public void The_seed_settles_the_values()
    {
        float[] first = Fill(Initializers.Orthogonal(1), [8, 8], seed: 1), again = Fill(Initializers.Orthogonal(1), [8, 8], seed: 1);
        Assert.That(again, Is.EqualTo(first));
        Assert.That(Fill(Initializers.Orthogonal(1), [8, 8], seed: 2), Is.Not.EqualTo(first));
    }
}
