using System;
using System.IO;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Training.Rollout;

namespace Pipeline.Tests.Training.Rollout;

public sealed class ActionNoiseTests
{
    private static readonly NoiseCorrelation Process = new(Theta: 0.5, TimeStep: 0.2);

    [Test]
    public void Each_number_follows_the_process_from_0_on()
    {
        var noise = new ActionNoise(Process, environmentCount: 2, size: 3);
        RandomGenerator random = new(4), again = new(4);
        float[] drawn = new float[6], actual = new float[6];
        double[] x = new double[6];
        for (int step = 0; step < 20; step++)
        {
            noise.Next(random, actual);
            again.FillGaussian(drawn);
            for (int i = 0; i < 6; i++) x[i] += (-0.5 * x[i] * 0.2) + (Math.Sqrt(0.2) * drawn[i]);
            Assert.That(actual, Is.EqualTo(x).Within(1e-5), $"step {step}");
        }
    }

    [Test]
    public void An_episode_that_ended_either_way_begins_at_0_again_and_the_others_go_on()
    {
        var noise = new ActionNoise(Process, environmentCount: 3, size: 1);
        RandomGenerator random = new(4), again = new(4);
        float[] before = new float[3], after = new float[3], drawn = new float[3];
        for (int step = 0; step < 5; step++)
        {
            noise.Next(random, before);
            again.FillGaussian(drawn);
        }

        noise.Restart([true, false, false], [false, true, false]);
        noise.Next(random, after);
        again.FillGaussian(drawn);
        double fresh = Math.Sqrt(0.2);
        Assert.That(after, Is.EqualTo(new[] { fresh * drawn[0], fresh * drawn[1], (0.9 * before[2]) + (fresh * drawn[2]) }).Within(1e-5));
    }

    [Test]
    public void Its_variance_grows_from_dt_to_that_of_the_process_in_rest()
    {
        const int Count = 40_000;
        var noise = new ActionNoise(Process, Count, 1);
        var random = new RandomGenerator(4);
        float[] x = new float[Count];
        for (int step = 1; step <= 40; step++)
        {
            noise.Next(random, x);

            // With x ← k·x + √dt·ξ, k = 1 − θ·dt = 0.9: the sum of dt·k²ⁱ over the steps so far.
            double variance = 0.2 * (1 - Math.Pow(0.81, step)) / (1 - 0.81);
            Assert.That(x.Average(v => (double)v * v), Is.EqualTo(variance).Within(4).Percent, $"step {step}");
        }
    }

    [Test]
    public void Stationary_noise_is_standard_normal_at_every_step_and_hangs_together()
    {
        const int Count = 40_000;
        var noise = new ActionNoise(Process with { Stationary = true }, Count, 1);
        var random = new RandomGenerator(4);
        float[] x = new float[Count], next = new float[Count];
        noise.Next(random, x);
        for (int step = 1; step <= 6; step++)
        {
            bool restarts = step == 3;
            if (restarts) noise.Restart([.. Enumerable.Repeat(true, Count)], new bool[Count]);
            noise.Next(random, next);
            Assert.That(next.Average(v => (double)v * v), Is.EqualTo(1).Within(0.04), $"variance at step {step}");
            Assert.That(x.Zip(next, (a, b) => (double)a * b).Average(), Is.EqualTo(restarts ? 0 : 0.9).Within(0.04), $"covariance at step {step}");
            next.CopyTo(x, 0);
        }
    }

    [TestCase(false)]
    [TestCase(true)]
    public void What_was_saved_goes_on_as_if_it_had_not_been(bool stationary)
    {
        NoiseCorrelation process = Process with { Stationary = stationary };
        ActionNoise noise = new(process, 2, 2), loaded = new(process, 2, 2);
        var random = new RandomGenerator(4);
        float[] expected = new float[4], actual = new float[4];
        for (int step = 0; step < 3; step++) noise.Next(random, expected);
        noise.Restart([true, false], [false, false]);
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true)) noise.SaveState(writer);
        stream.Position = 0;
        using (var reader = new BinaryReader(stream)) loaded.LoadState(reader);
        RandomGenerator one = new(5), other = new(5);
        for (int step = 0; step < 3; step++)
        {
            noise.Next(one, expected);
            loaded.Next(other, actual);
            Assert.That(actual, Is.EqualTo(expected), $"step {step}");
        }
    }
}
