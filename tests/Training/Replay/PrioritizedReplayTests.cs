using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Training.Replay;

namespace Pipeline.Tests.Training.Replay;

public sealed class PrioritizedReplayTests
{
    private static readonly ReplaySettings Settings = new()
    {
        Capacity = 8, BatchSize = 6, Priority = new PrioritySettings(Alpha: 0.5, BetaStart: 0.25, BetaEnd: 1, Epsilon: 1e-12),
    };

    [Test]
    public void New_transitions_get_the_largest_priority_so_far()
    {
        using Script script = Four();
        Give(script, [4, 0.25f, 1, 1]);
        script.Goes(0, 0, 14);
        float[] priorities = [.. Enumerable.Range(0, 6).Select(i => script.Buffer.Priorities!.Tree[i])];
        Assert.That(priorities, Is.EqualTo(new[] { 2, 0.5f, 1, 1, 2, 0 }));

        // The largest so far stays the largest when its transition's own priority falls.
        Give(script, [1, 1, 1, 1, 1]);
        script.Goes(0, 0, 15);
        Assert.That(script.Buffer.Priorities!.Tree[5], Is.EqualTo(2));
    }

    [Test]
    public void A_transition_is_drawn_in_proportion_to_its_error_to_the_power_of_alpha()
    {
        using Script script = Four();
        Give(script, [16, 0.25f, 1, 4]);
        int[] times = new int[4];
        for (int i = 0; i < 10_000; i++)
        {
            foreach (int index in script.Sample().Indices) times[index]++;
        }

        // 4, 0.5, 1 and 2 of 7.5; stratified, so the spread is below that of independent draws, 112 for the first.
        Assert.That(times, Is.EqualTo(new[] { 32_000, 4_000, 8_000, 16_000 }).Within(300));
    }

    [Test]
    public void Every_share_of_the_sum_gives_one_row()
    {
        using Script script = Four();
        Give(script, [0.25f, 0.25f, 0.25f, 0.25f]);
        for (int i = 0; i < 100; i++)
        {
            // Six shares of four equal transitions: each is in at least one of them, whatever is drawn.
            Assert.That(script.Sample().Indices.Distinct().Order(), Is.EqualTo(new[] { 0, 1, 2, 3 }).Or.Property("Length").LessThan(4));
            Assert.That(script.Batch.Indices, Is.Ordered);
            Assert.That((script.Batch.Indices[0], script.Batch.Indices[3], script.Batch.Indices[5]), Is.EqualTo((0, 2, 3)));
        }
    }

    [TestCase(0, 0.25)]
    [TestCase(0.5, 0.625)]
    [TestCase(1, 1)]
    [TestCase(7, 1)]
    public void Weights_are_the_inverse_probabilities_to_the_power_of_beta_over_the_largest_of_the_batch(double progress, double beta)
    {
        using Script script = Four();
        Give(script, [16, 0.25f, 1, 4]);
        ReplayBatch batch = script.Sample(progress);
        double[] p = [.. batch.Indices.Select(i => new[] { 4, 0.5, 1, 2 }[i] / 7.5)];
        double largest = p.Max(x => Math.Pow(4 * x, -beta));
        Assert.That(batch.Weights.Floats.ToArray(), Is.EqualTo(p.Select(x => (float)(Math.Pow(4 * x, -beta) / largest))).Within(1e-5));
    }

    [Test]
    public void Uniform_weights_are_one()
    {
        using Script script = new Script(Settings with { Priority = null }).Begin(10).Goes(0, 0, 11);
        Assert.That(script.Sample().Weights.Floats.ToArray(), Is.All.EqualTo(1f));
        Assert.That(Assert.Throws<InvalidOperationException>(() => script.Buffer.UpdatePriorities(script.Batch, new float[6]))!.Message, Does.Contain("Priority"));
    }

    [Test]
    public void A_priority_does_not_go_to_a_transition_that_came_in_the_place_of_the_sampled_one()
    {
        using Script script = Four();
        script.Sample();
        for (int i = 14; i < 22; i++) script.Goes(0, 0, i);
        float[] before = [.. Enumerable.Range(0, 9).Select(i => script.Buffer.Priorities!.Tree[i])];
        script.Buffer.UpdatePriorities(script.Batch, [9, 9, 9, 9, 9, 9]);
        float[] after = [.. Enumerable.Range(0, 9).Select(i => script.Buffer.Priorities!.Tree[i])];

        // Twelve steps and nine places: the frames of the first four steps are gone but for the last of them.
        Assert.That(before, Is.EqualTo(new[] { 1, 1, 1, 0, 1, 1, 1, 1, 1 }));
        Assert.That(after, Is.EqualTo(before));
        Assert.That(script.Buffer.Priorities!.Maximum, Is.EqualTo(1));
    }

    [Test]
    public void A_frame_without_a_step_gets_no_priority()
    {
        using Script script = new Script(Settings).Begin(10);
        script.Buffer.UpdatePriorities(script.Batch, [9, 9, 9, 9, 9, 9]);
        Assert.That(script.Buffer.Priorities!.Tree.Total, Is.EqualTo(0));
    }

    [TestCase(float.NaN)]
    [TestCase(float.NegativeInfinity)]
    public void An_error_that_is_no_number_is_refused_before_anything_changes(float wrong)
    {
        using Script script = Four();
        script.Sample();
        ReplayException error = Assert.Throws<ReplayException>(() => script.Buffer.UpdatePriorities(script.Batch, [7, 7, 7, wrong, 7, 7]))!;
        Assert.That(error.Message, Does.Contain("row 3").And.Contain(FormattableString.Invariant($"{wrong}")));
        Assert.That(Enumerable.Range(0, 4).Select(i => script.Buffer.Priorities!.Tree[i]), Is.All.EqualTo(1f));
        Assert.That(Assert.Throws<ArgumentException>(() => script.Buffer.UpdatePriorities(script.Batch, [1]))!.Message, Does.Contain("1 errors").And.Contain("6"));
    }

    [Test]
    public void The_sign_of_an_error_is_of_no_account_and_none_is_too_large_or_too_small()
    {
        using Script script = Four();
        Give(script, [-4, 0, float.MaxValue, float.MinValue]);
        SumTree tree = script.Buffer.Priorities!.Tree;
        Assert.That(tree[0], Is.EqualTo(2));
        Assert.That(tree[1], Is.EqualTo(1e-6f).Within(1e-8f));
        Assert.That(float.IsFinite(tree.Total));
        Assert.That(script.Sample().Weights.Floats.ToArray(), Is.All.InRange(0f, 1f));
    }

    /// <summary>Four transitions, from the frames 0 to 3.</summary>
    private static Script Four() => new Script(Settings).Begin(10).Goes(0, 0, 11).Goes(0, 0, 12).Goes(0, 0, 13).Goes(0, 0, 14);

    /// <summary>Samples until every transition has been given its error.</summary>
    private static void Give(Script script, float[] errors)
    {
        bool[] given = new bool[errors.Length];
        for (int i = 0; i < 1000 && given.Contains(false); i++)
        {
            ReplayBatch batch = script.Sample();
            script.Buffer.UpdatePriorities(batch, [.. batch.Indices.Select(index => errors[index])]);
            foreach (int index in batch.Indices) given[index] = true;
        }

        Assert.That(given, Is.All.True);
    }
}
