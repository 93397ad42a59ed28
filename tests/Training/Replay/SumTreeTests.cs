using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Training.Replay;

namespace Pipeline.Tests.Training.Replay;

public sealed class SumTreeTests
{
    [TestCase(1)]
    [TestCase(16)]
    [TestCase(17)]
    [TestCase(300)]
    [TestCase(5000)]
    public void It_agrees_with_a_plain_array_over_a_million_operations(int count)
    {
        var random = new RandomGenerator(3, (ulong)count);
        using var tree = new SumTree(count);
        float[] plain = new float[count];
        double total = 0;
        double[] mass = new double[1];
        int[] found = new int[1];
        int searches = Math.Max(1, 200_000_000 / count / 1000);
        for (int i = 1; i <= 1_000_000; i++)
        {
            // Quarters, of which sums are exact: the plain sum is then the true one whatever the order.
            int index = random.NextInt32(count);
            float value = random.NextInt32(3) == 0 ? 0 : random.NextInt32(64) / 4f;
            total += value - plain[index];
            plain[index] = value;
            tree.Set(index, value);
            if (tree.Total != total) Assert.That(tree.Total, Is.EqualTo(total), $"operation {i}");
            if (i % (1_000_000 / searches) != 0 || total == 0) continue;
            double wanted = mass[0] = random.NextDouble() * total;
            tree.Find(mass, found);
            Assert.That(found[0], Is.EqualTo(Passed(plain, wanted, out double left)), $"mass {wanted} after {i} operations");
            Assert.That(mass[0], Is.EqualTo(left).Within(1e-6 * total));
        }

        Assert.That(Enumerable.Range(0, count).Select(i => tree[i]), Is.EqualTo(plain));
    }

    [Test]
    public void Many_changes_at_once_are_the_same_as_one_after_the_other()
    {
        var random = new RandomGenerator(8);
        using SumTree one = new(70_000), other = new(70_000);
        for (int round = 0; round < 100; round++)
        {
            int[] indices = [.. Enumerable.Range(0, 256).Select(_ => random.NextInt32(70_000))];
            indices[17] = indices[5];
            float[] values = [.. indices.Select(_ => random.NextSingle())];
            one.Set(indices, values);
            for (int i = 0; i < indices.Length; i++) other.Set(indices[i], values[i]);
            Assert.That(one.Total, Is.EqualTo(other.Total));
            Assert.That(one[indices[5]], Is.EqualTo(values[17]));
        }
    }

    [Test]
    public void Nothing_drifts()
    {
        var random = new RandomGenerator(9);
        using SumTree worked = new(3000), fresh = new(3000);
        for (int i = 0; i < 200_000; i++) worked.Set(random.NextInt32(3000), MathF.Exp((float)random.NextGaussian() * 8));
        for (int i = 0; i < 3000; i++) worked.Set(i, i % 7);
        for (int i = 2999; i >= 0; i--) fresh.Set(i, i % 7);
        Assert.That(worked.Total, Is.EqualTo(fresh.Total));
    }

    [Test]
    public void A_number_of_zero_is_never_found()
    {
        var random = new RandomGenerator(10);
        using var tree = new SumTree(1000);
        for (int i = 0; i < 1000; i += 3) tree.Set(i, random.NextSingle() + 1e-3f);
        double[] masses = [.. Enumerable.Range(0, 500_000).Select(_ => random.NextDouble() * tree.Total), 0, tree.Total, tree.Total * 1.001];
        int[] found = new int[masses.Length];
        tree.Find(masses, found);
        Assert.That(found.Where(i => tree[i] == 0), Is.Empty);
        Assert.That(found[^3..], Is.EqualTo(new[] { 0, 999, 999 }));
        Assert.That(found.Distinct().Count(), Is.EqualTo(334));
    }

    [Test]
    public void Out_of_range_is_refused()
    {
        using var tree = new SumTree(10);
        Assert.Multiple(() =>
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => tree.Set(10, 1));
            Assert.Throws<ArgumentOutOfRangeException>(() => tree.Set([-1], [1f]));
            Assert.That(() => tree[10], Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.Throws<ArgumentOutOfRangeException>(() => new SumTree(0).Dispose());
        });
    }

    private static int Passed(float[] numbers, double mass, out double left)
    {
        int index = 0;
        for (left = mass; left >= numbers[index]; index++) left -= numbers[index];
        return index;
    }
}
