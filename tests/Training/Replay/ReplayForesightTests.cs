using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Training.Environments;
using Pipeline.Training.Replay;

namespace Pipeline.Tests.Training.Replay;

/// <summary>What can be said of the next draws before the last steps are added.</summary>
public sealed class ReplayForesightTests
{
    private const int Draws = 400;

    private static readonly ReplaySettings Settings = new() { Capacity = 1000, BatchSize = 1, Gamma = 0.5 };

    // In the small ring the oldest frames give way to the new ones.
    [Test]
    public void What_was_foreseen_is_drawn_later_and_reads_the_same([Values(1, 3)] int nStep, [Values(1000, 120)] int capacity)
    {
        using Script script = new Script(Settings with { NStep = nStep, Capacity = capacity }).Begin(0);
        Play(script, from: 0, steps: 290);
        ReplayForesight foresight = script.Buffer.Foresight!;
        foresight.Begin(script.Random, steps: 12);
        int[] foreseen = [.. Enumerable.Range(0, Draws).Select(_ => foresight.Draw()).Where(t => t >= 0)];
        using var read = new ReplayBatch(script.Buffer, Draws);
        foresight.Read(foreseen, read);
        Play(script, from: 290, steps: 12);
        using var drawn = new ReplayBatch(script.Buffer, Draws);
        script.Buffer.Sample(script.Random, progress: 0, drawn);

        Assert.That(foreseen, Has.Length.GreaterThan(Draws * (capacity == 120 ? 0.6 : 0.85)));
        var rows = new Dictionary<int, int>();
        for (int row = 0; row < drawn.Rows; row++) rows.TryAdd(drawn.Indices[row], row);
        int known = 0;
        for (int i = 0; i < foreseen.Length; i++)
        {
            if (!rows.TryGetValue(foreseen[i], out int row)) continue;
            known++;
            Assert.That(Row(read, i), Is.EqualTo(Row(drawn, row)));
        }

        Assert.That(known, Is.GreaterThan(foreseen.Length * 0.95), "what was foreseen is drawn");
    }

    [Test]
    public void What_may_change_or_give_way_is_not_certain()
    {
        using Script script = new Script(Settings with { Capacity = 20, NStep = 2 }).Begin(0);
        Play(script, from: 0, steps: 15, everEnds: false);
        ReplayForesight foresight = script.Buffer.Foresight!;
        foresight.Begin(script.Random, steps: 4);

        // 21 places, 16 of them with a frame. The newest has no step, the one before it only one of two; 4 steps may take 8 places, of which 5 are free.
        Assert.That(Foreseen(foresight), Is.EqualTo(Enumerable.Range(3, 11)));
        foresight.Begin(script.Random, steps: 2);
        Assert.That(Foreseen(foresight), Is.EqualTo(Enumerable.Range(0, 14)));
        foresight.Begin(script.Random, steps: 100);
        Assert.That(Foreseen(foresight), Is.Empty);
    }

    [Test]
    public void The_last_frame_of_an_episode_is_no_transition()
    {
        using Script script = new Script(Settings).Begin(0).Goes(0, 1, 1).Terminates(0, 1, last: 2, first: 10).Goes(0, 1, 11).Goes(0, 1, 12);
        ReplayForesight foresight = script.Buffer.Foresight!;
        foresight.Begin(script.Random, steps: 1);
        Assert.That(Foreseen(foresight), Is.EqualTo(new[] { 0, 1, 3, 4 }));
    }

    [Test]
    public void Every_environment_has_its_own_newest_frames()
    {
        using var script = new Script(Settings with { Capacity = 60 }, environmentCount: 2);
        script.Begin(0, 100);
        for (int i = 1; i <= 6; i++)
        {
            (script.Step.Observations[0], script.Step.Observations[1]) = (i, 100 + i);
            (script.Step.Terminated[1], script.Step.FinalObservations[1]) = (i == 3, 50);
            script.Buffer.Add([0, 1], script.Step);
        }

        ReplayForesight foresight = script.Buffer.Foresight!;
        foresight.Begin(script.Random, steps: 3);
        Assert.That(Foreseen(foresight), Is.EqualTo(new[] { 0, 1, 2, 3, 4, 5, 31, 32, 33, 35, 36, 37 }));
    }

    [Test]
    public void Priorities_and_goals_in_the_place_of_others_cannot_be_foreseen()
    {
        using var prioritized = new Script(Settings with { Priority = new PrioritySettings() });
        Assert.That(prioritized.Buffer.Foresight, Is.Null);
        IVectorEnvironment goals = new EnvironmentRegistry().MakeVector("BitFlip-v0", 1);
        using var relabelled = new ReplayBuffer(Settings with { Hindsight = new HindsightSettings() }, goals.ObservationSpace, goals.ActionSpace, 1, masked: false, goals.Goals);
        Assert.That(relabelled.Foresight, Is.Null);
    }

    private static int[] Foreseen(ReplayForesight foresight) =>
        [.. Enumerable.Range(0, 2000).Select(_ => foresight.Draw()).Where(t => t >= 0).Distinct().Order()];

    private static float[] Row(ReplayBatch batch, int row) =>
        [batch.Observations.Floats[row], .. batch.Actions.Floats.Slice(row * 4, 4), batch.Rewards.Floats[row], batch.Discounts.Floats[row], batch.NextObservations.Floats[row]];

    private static void Play(Script script, int from, int steps, bool everEnds = true)
    {
        for (int i = from + 1; i <= from + steps; i++)
        {
            if (!everEnds || i % 17 != 0) script.Goes(i % 4, i * 0.5f, i);
            else if (i % 2 == 0) script.Terminates(i % 4, i * 0.5f, i, i + 0.5f);
            else script.Truncates(i % 4, i * 0.5f, i, i + 0.5f);
        }
    }
}
