using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;

namespace Pipeline.Tests.Contracts;

internal sealed class SpaceTests
{
    private const float Infinity = float.PositiveInfinity;

    private static IEnumerable<TestCaseData> Spaces()
    {
        yield return new TestCaseData(new Box(-1, 1, 2, 3), 6, 0, "Box([2, 3], -1 to 1)");
        yield return new TestCaseData(new Box([-1, -Infinity], [0.5f, Infinity]), 2, 0, "Box([2], [-1, -Infinity] to [0.5, Infinity])");
        yield return new TestCaseData(new Discrete(4), 1, 4, "Discrete(4)");
        yield return new TestCaseData(new MultiDiscrete(3, 2), 2, 5, "MultiDiscrete([3, 2])");
        yield return new TestCaseData(new MultiBinary(3), 3, 0, "MultiBinary(3)");
        yield return new TestCaseData(new Dict(("a", new Discrete(2)), ("b", new Box(0, 1, 2))), 3, 2, "Dict(a: Discrete(2), b: Box([2], 0 to 1))");
    }

    [TestCaseSource(nameof(Spaces))]
    public void A_space_knows_its_sizes_and_contains_what_it_draws(Space space, int size, int maskSize, string text)
    {
        Assert.That(space.Size, Is.EqualTo(size));
        Assert.That(space.MaskSize, Is.EqualTo(maskSize));
        Assert.That(space.ToString(), Is.EqualTo(text));
        var random = new RandomGenerator(6);
        float[] value = new float[size];
        for (int i = 0; i < 200; i++)
        {
            space.Sample(random, value);
            Assert.That(space.Contains(value), $"{space} and [{string.Join(", ", value)}]");
        }

        value[0] = float.NaN;
        Assert.That(space.Contains(value), Is.False, "NaN");
        Assert.That(space.Contains(new float[size + 1]), Is.False, "a row too long");
        Assert.That(space.Contains([]), Is.False, "an empty row");
    }

    [TestCaseSource(nameof(Spaces))]
    public void A_space_equals_itself_alone(Space space, int size, int maskSize, string text)
    {
        foreach (TestCaseData other in Spaces())
        {
            var otherSpace = (Space)other.Arguments[0]!;
            bool same = (string)other.Arguments[3]! == text;
            Assert.That(space.Equals(otherSpace), Is.EqualTo(same), $"{space} and {otherSpace}");
            if (same) Assert.That(space.GetHashCode(), Is.EqualTo(otherSpace.GetHashCode()));
        }

        Assert.That(space.Equals((Space?)null), Is.False);
        Assert.That(size + maskSize, Is.Positive);
    }

    [Test]
    public void Every_choice_of_a_discrete_space_is_drawn_and_no_fraction_is_in_it()
    {
        var space = new Discrete(3);
        var random = new RandomGenerator(2);
        var drawn = new HashSet<float>();
        float[] value = new float[1];
        for (int i = 0; i < 100; i++)
        {
            space.Sample(random, value);
            drawn.Add(value[0]);
        }

        Assert.That(drawn, Is.EquivalentTo(new[] { 0f, 1f, 2f }));
        Assert.That(space.Contains([1.5f]), Is.False);
        Assert.That(space.Contains([3]), Is.False);
        Assert.That(space.Contains([-1]), Is.False);
    }

    [Test]
    public void A_box_contains_its_bounds_and_nothing_past_them()
    {
        var box = new Box([-1, -Infinity], [2, 5]);
        Assert.That(box.Contains([-1, 5]));
        Assert.That(box.Contains([2, -1e30f]));
        Assert.That(box.Contains([2.0001f, 0]), Is.False);
        Assert.That(box.Contains([0, 5.0001f]), Is.False);
        Assert.That(box.IsBounded, Is.False);
        Assert.That(new Box(-1, 1, 3).IsBounded);
        Assert.That(box, Is.Not.EqualTo(new Box([-1, -Infinity], [2, 6])));
        Assert.That(new Box(0, 1, 2, 2), Is.Not.EqualTo(new Box(0, 1, 4)), "the shape counts");
    }

    [Test]
    public void A_dictionary_is_its_entries_in_their_order()
    {
        var dict = new Dict(("a", new Discrete(2)), ("b", new MultiBinary(2)));
        Assert.That(dict.Contains([1, 0, 1]));
        Assert.That(dict.Contains([2, 0, 1]), Is.False);
        Assert.That(dict.Contains([1, 0, 2]), Is.False);
        Assert.That(dict, Is.Not.EqualTo(new Dict(("b", new MultiBinary(2)), ("a", new Discrete(2)))), "the order counts");
        Assert.That(dict, Is.Not.EqualTo(new Dict(("x", new Discrete(2)), ("b", new MultiBinary(2)))), "the names count");
    }

    [Test]
    public void A_dictionary_says_where_its_entries_and_their_masks_begin()
    {
        var dict = new Dict(("aim", new Box(-1, 1, 2)), ("tool", new Discrete(3)), ("flags", new MultiBinary(4)), ("where", new MultiDiscrete(2, 5)));
        Assert.That(new[] { "aim", "tool", "flags", "where" }.Select(dict.OffsetOf), Is.EqualTo(new[] { 0, 2, 3, 7 }));
        Assert.That(new[] { "aim", "tool", "flags", "where" }.Select(dict.MaskOffsetOf), Is.EqualTo(new[] { 0, 0, 3, 3 }));
        Assert.That((dict.Size, dict.MaskSize), Is.EqualTo((9, 10)));
        Assert.That(() => dict.OffsetOf("jump"), Throws.ArgumentException.With.Message.Contains("no entry 'jump'; it has aim, tool, flags, where"));
        Assert.That(new Dict(("a", new MultiDiscrete(1 << 24)), ("b", new MultiDiscrete([.. Enumerable.Repeat(1 << 24, 128)]))).MaskSize, Is.EqualTo(int.MaxValue), "as much as is counted");
    }

    [Test]
    public void Spaces_that_make_no_sense_are_refused()
    {
        Assert.That(() => new Discrete(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new MultiBinary(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new MultiDiscrete(), Throws.ArgumentException);
        Assert.That(() => new MultiDiscrete(2, 0), Throws.ArgumentException.With.Message.Contains("[2, 0]"));
        Assert.That(() => new Box(1, -1, 2), Throws.ArgumentException.With.Message.Contains("lower bound 1"));
        Assert.That(() => new Box(float.NaN, 1, 2), Throws.ArgumentException);
        Assert.That(() => new Box(0, 1, 0), Throws.ArgumentException.With.Message.Contains("length 0"));
        Assert.That(() => new Box([0], [1], [2]), Throws.ArgumentException.With.Message.Contains("2 entries"));
        Assert.That(() => new Dict(), Throws.ArgumentException);
        Assert.That(() => new Dict(("a", new Discrete(2)), ("a", new Discrete(2))), Throws.ArgumentException.With.Message.Contains("two entries named 'a'"));
        Assert.That(() => new Dict(("a", new Dict(("b", new Discrete(2))))), Throws.ArgumentException.With.Message.Contains("itself a Dict"));
    }
}
