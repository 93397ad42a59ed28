using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Optimizers;

namespace Pipeline.Tests.Training.Optimizers;

[TestFixture]
public sealed class PolyakTests
{
    // 1 + 0.25 · (5 − 1) = 2 and −2 + 0.25 · (2 + 2) = −1.
    [Test]
    public void The_target_moves_by_the_share_tau()
    {
        float[] target = [1, -2];
        Polyak.Average(target, [5, 2], 0.25);
        Assert.That(target, Is.EqualTo(new[] { 2f, -1 }));
    }

    [Test]
    public void Every_length_agrees_with_the_formula([Range(0, 40)] int length)
    {
        var random = new RandomGenerator(3);
        float[] target = new float[length], parameters = new float[length];
        random.FillGaussian(target);
        random.FillGaussian(parameters);
        float[] expected = [.. target.Zip(parameters, (t, p) => t + ((p - t) * 0.005f))];
        Polyak.Average(target, parameters, 0.005);
        Assert.That(target, Is.EqualTo(expected));
    }

    // 0.1 + (1e-9 − 0.1) is not 1e-9 in single precision.
    [Test]
    public void With_tau_one_the_target_is_a_copy()
    {
        float[] target = [.. Enumerable.Repeat(0.1f, 19)], parameters = [.. Enumerable.Range(0, 19).Select(i => i * 1e-9f)];
        Polyak.Average(target, parameters, 1);
        Assert.That(target, Is.EqualTo(parameters));
    }

    [Test]
    public void Other_lengths_and_weights_are_refused()
    {
        Assert.That(() => Polyak.Average(new float[3], new float[2], 0.5), Throws.ArgumentException.With.Message.Contains("3").And.Message.Contains("2"));
        Assert.That(() => Polyak.Average(new float[1], new float[1], 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => Polyak.Average(new float[1], new float[1], 1.1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => Polyak.Average(new float[1], new float[1], double.NaN), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void A_target_follows_in_pieces_with_the_same_bits_on_any_number_of_threads([Values(1, 2)] int threads)
    {
        var random = new RandomGenerator(4);
        using StateVector target = new("target", [("a", [40_001])], doubleBuffered: false), parameters = new("parameters", [("a", [40_001]), ("b", [3])]);
        random.FillGaussian(target.Values);
        random.FillGaussian(parameters.Values);
        float[] expected = target.Values.ToArray();
        var average = new TargetAverage(ExecutionDevice.Choose("cpu", _ => { }, threads), target, parameters, 0.01);
        for (int step = 0; step < 3; step++)
        {
            Polyak.Average(expected, parameters.Values[..expected.Length], 0.01);
            average.Step();
        }

        Assert.That(target.Values.ToArray(), Is.EqualTo(expected));
    }
}
