using System;
using System.Runtime.Intrinsics;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Training.Environments.ClassicControl;

namespace Pipeline.Tests.Training.Environments;

[TestFixture]
public sealed class NumpyMathTests
{
    // The bits of numpy.sin and numpy.cos (NumPy 1.24 with AVX-512).
    [TestCase(0.0, 0x0000000000000000UL, 0x3FF0000000000000UL)]
    [TestCase(1e-09, 0x3E112E0BE826D695UL, 0x3FF0000000000000UL)]
    [TestCase(-1e-09, 0xBE112E0BE826D695UL, 0x3FF0000000000000UL)]
    [TestCase(0.05, 0x3FA996DEA2FF643CUL, 0x3FEFF5C31B289258UL)]
    [TestCase(-0.2, 0xBFC96DFF233DD2BDUL, 0x3FEF5CB49577627BUL)]
    [TestCase(0.2094395, 0x3FCA9CD996C03B61UL, 0x3FEF4CFC339E979AUL)]
    [TestCase(1.0, 0x3FEAED548F090CEEUL, 0x3FE14A280FB5068BUL)]
    [TestCase(-1.5707963267948966, 0xBFF0000000000000UL, 0x3C91A62633145C07UL)]
    [TestCase(1.5707963267948966, 0x3FF0000000000000UL, 0x3C91A62633145C07UL)]
    [TestCase(3.141592653589793, 0x3CA1A62633145C07UL, 0xBFF0000000000000UL)]
    [TestCase(-3.2, 0x3FADE33739E82D32UL, 0xBFEFF207E2B9CBB6UL)]
    [TestCase(4.7, 0xBFEFFF5F0F37EC53UL, 0xBF895F3A43506A34UL)]
    [TestCase(12.5, 0xBFB0FA78CC21CFBBUL, 0x3FEFEDF6A8227774UL)]
    [TestCase(-37.699, 0x3F1D51A96FDB2060UL, 0x3FEFFFFFFCA4658FUL)]
    [TestCase(81.3, 0xBFD7D297D5BC420CUL, 0x3FEDB354F1299EEAUL)]
    [TestCase(1000.25, 0x3FEE1702343C0532UL, 0x3FD5C7D948A31CF3UL)]
    [TestCase(-500000.0, 0xBFC6C32C3D5D59F3UL, 0xBFEF7D6D81D1C85DUL)]
    public void Sine_and_cosine_have_the_bits_of_NumPy(double x, ulong sine, ulong cosine)
    {
        Assert.That(BitConverter.DoubleToUInt64Bits(NumpyMath.Sin(x)), Is.EqualTo(sine));
        Assert.That(BitConverter.DoubleToUInt64Bits(NumpyMath.Cos(x)), Is.EqualTo(cosine));
    }

    [Test]
    public void Sine_and_cosine_are_right_to_a_few_units_in_the_last_place()
    {
        var random = new RandomGenerator(5);
        for (int i = 0; i < 100_000; i++)
        {
            double x = random.NextDouble(-100, 100);
            Assert.That(NumpyMath.Sin(x), Is.EqualTo(Math.Sin(x)).Within(4.5e-16));
            Assert.That(NumpyMath.Cos(x), Is.EqualTo(Math.Cos(x)).Within(4.5e-16));
        }
    }

    [Test]
    public void Arguments_out_of_range_are_left_to_the_standard_functions()
    {
        Assert.That(NumpyMath.Sin(1e9), Is.EqualTo(Math.Sin(1e9)));
        Assert.That(NumpyMath.Cos(-1e9), Is.EqualTo(Math.Cos(-1e9)));
        Assert.That(NumpyMath.Sin(double.NaN), Is.NaN);
        Assert.That(NumpyMath.Cos(double.PositiveInfinity), Is.NaN);
    }

    [Test]
    public void Eight_lanes_have_the_bits_of_one()
    {
        var random = new RandomGenerator(7);
        Span<double> x = stackalloc double[EightLanes.Count], sines = stackalloc double[EightLanes.Count], cosines = stackalloc double[EightLanes.Count];
        for (int round = 0; round < 2000; round++)
        {
            for (int i = 0; i < x.Length; i++) x[i] = random.NextDouble(-1, 1) * Math.Pow(10, random.NextInt32(9) - 4);
            if (round % 10 == 0) x[random.NextInt32(8)] = 1e12;
            var lanes = new EightLanes(Vector512.Create<double>(x));
            NumpyMath.Sin(lanes).Value.CopyTo(sines);
            NumpyMath.Cos(lanes).Value.CopyTo(cosines);
            for (int i = 0; i < x.Length; i++)
                Assert.That((sines[i], cosines[i]), Is.EqualTo((NumpyMath.Sin(x[i]), NumpyMath.Cos(x[i]))), $"{x[i]:R}");
        }
    }
}
