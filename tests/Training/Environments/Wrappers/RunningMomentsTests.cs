using System;
using System.IO;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Training.Environments;
using Pipeline.Training.Environments.Wrappers;

namespace Pipeline.Tests.Training.Environments.Wrappers;

[TestFixture]
public sealed class RunningMomentsTests
{
    [Test]
    public void Two_batches_by_hand()
    {
        var moments = new RunningMoments(2, priorCount: 0);
        moments.Update([1, 10, 3, 10]);
        Assert.That(moments.Mean.ToArray(), Is.EqualTo(new double[] { 2, 10 }));
        Assert.That(moments.Variance.ToArray(), Is.EqualTo(new double[] { 1, 0 }));
        moments.Update([8, 40]);

        // 1, 3, 8: mean 4, squares 9 + 1 + 16 = 26. 10, 10, 40: mean 20, squares 100 + 100 + 400 = 600.
        Assert.That(moments.Mean.ToArray(), Is.EqualTo(new double[] { 4, 20 }).Within(1e-12));
        Assert.That(moments.Variance.ToArray(), Is.EqualTo(new[] { 26 / 3.0, 200 }).Within(1e-12));
        Assert.That(moments.Count, Is.EqualTo(3));
    }

    [Test]
    public void Before_any_data_the_mean_is_0_and_the_variance_1()
    {
        var moments = new RunningMoments(1);
        moments.Update([]);
        Assert.That((moments.Mean[0], moments.Variance[0], moments.Count), Is.EqualTo((0.0, 1.0, 1e-4)));
    }

    [TestCase(1)]
    [TestCase(7)]
    [TestCase(1000)]
    public void However_the_rows_are_dealt_out_the_moments_are_those_of_all(int batch)
    {
        var random = new RandomGenerator(2);
        float[] rows = new float[3 * 2000];
        random.FillGaussian(rows);
        for (int i = 0; i < rows.Length; i++) rows[i] = (rows[i] * (1 + (i % 3))) + (100_000 * (i % 3));
        var moments = new RunningMoments(3, priorCount: 0);
        for (int start = 0; start < rows.Length; start += 3 * batch)
            moments.Update(rows.AsSpan(start, Math.Min(3 * batch, rows.Length - start)));
        for (int component = 0; component < 3; component++)
        {
            double[] values = [.. rows.Where((_, i) => i % 3 == component).Select(x => (double)x)];
            double mean = values.Average();
            Assert.That(moments.Mean[component], Is.EqualTo(mean).Within(1e-8));
            Assert.That(moments.Variance[component], Is.EqualTo(values.Average(x => (x - mean) * (x - mean))).Within(1e-6));
        }
    }

    [Test]
    public void Frozen_moments_stay_and_saved_ones_come_back()
    {
        var moments = new RunningMoments(2);
        moments.Update([1, 2, 3, 5]);
        double[] mean = moments.Mean.ToArray(), variance = moments.Variance.ToArray();
        moments.IsFrozen = true;
        moments.Update([9, 9]);
        Assert.That(moments.Mean.ToArray(), Is.EqualTo(mean));
        var stream = new MemoryStream();
        moments.SaveState(new BinaryWriter(stream));
        stream.Position = 0;
        var loaded = new RunningMoments(2);
        loaded.LoadState(new BinaryReader(stream));
        Assert.That(loaded.Mean.ToArray(), Is.EqualTo(mean));
        Assert.That(loaded.Variance.ToArray(), Is.EqualTo(variance));
        Assert.That(loaded.Count, Is.EqualTo(moments.Count));
        stream.Position = 0;
        Assert.That(() => new RunningMoments(3).LoadState(new BinaryReader(stream)), Throws.TypeOf<EnvironmentException>().With.Message.Contains("2").And.Message.Contains("3"));
    }

    [Test]
    public void Rows_that_are_not_whole_are_refused_and_updating_allocates_nothing()
    {
        var moments = new RunningMoments(2);
        float[] rows = [1, 2, 3, 4];
        Assert.That(() => moments.Update([1, 2, 3]), Throws.ArgumentException.With.Message.Contains("rows of 2"));
        Assert.That(VectorEnvironmentTests.AllocatedByCalls(() => moments.Update(rows)), Is.Zero);
        Assert.That(() => new RunningMoments(0), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new RunningMoments(1, double.NaN), Throws.TypeOf<ArgumentOutOfRangeException>());
    }
}
