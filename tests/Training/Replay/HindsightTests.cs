using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Environments;
using Pipeline.Training.Replay;

namespace Pipeline.Tests.Training.Replay;

/// <summary>Rows of these buffers are [time name, achieved goal, desired goal]; the reward is 0 where the goal is reached and -1 elsewhere.</summary>
public sealed class HindsightTests
{
    private const float True = 99;
    private static readonly Dict Space = new(("observation", new Box(-1e6f, 1e6f, 1)), (IGoalTask.AchievedGoal, new Box(-1e6f, 1e6f, 1)), (IGoalTask.DesiredGoal, new Box(-1e6f, 1e6f, 1)));

    [TestCase(HindsightStrategy.Final, new[] { 5f }, new[] { 5f })]
    [TestCase(HindsightStrategy.Future, new[] { 2f, 3, 4, 5 }, new[] { 5f })]
    [TestCase(HindsightStrategy.Episode, new[] { 1f, 2, 3, 4, 5 }, new[] { 1f, 2, 3, 4, 5 })]
    [TestCase(HindsightStrategy.Random, new[] { 1f, 2, 3, 4, 5, 6, 7 }, new[] { 1f, 2, 3, 4, 5, 6, 7 })]
    public void Goals_come_from_where_the_strategy_says(HindsightStrategy strategy, float[] forFirst, float[] forLast)
    {
        // An episode of the frames 1 to 5 and one that is not over, of 6 and 7.
        using Script script = Make(strategy).Begin(Row(1));
        Walk(script, 2, 4).Add(0, -1, false, true, Row(5), Row(6)).Goes(0, -1, Row(7));
        Dictionary<float, SortedSet<float>> goals = Goals(script);
        Assert.That(goals[1], Is.EqualTo(forFirst.Append(True)));
        Assert.That(goals[4], Is.EqualTo(forLast.Append(True)));
        Assert.That(goals[6], Is.EqualTo(new[] { True }), "an episode that is not over");
        Assert.That(goals.Keys, Is.EquivalentTo(new[] { 1f, 2, 3, 4, 6 }));
    }

    [Test]
    public void Goals_and_rewards_change_together_and_the_rest_stays()
    {
        using Script script = Make(HindsightStrategy.Future).Begin(Row(1));
        Walk(script, 2, 4).Add(0, -1, true, false, Row(5), Row(6));
        for (int i = 0; i < 50; i++)
        {
            ReplayBatch batch = script.Sample();
            for (int row = 0; row < batch.Rows; row++)
            {
                float[] s = batch.Observations.Floats.Slice(row * 3, 3).ToArray(), next = batch.NextObservations.Floats.Slice(row * 3, 3).ToArray();
                Assert.That(next[2], Is.EqualTo(s[2]));
                Assert.That((s[0], s[1], next[0], next[1]), Is.EqualTo((s[0], s[0], s[0] + 1, s[0] + 1)));
                Assert.That(batch.Rewards.Floats[row], Is.EqualTo(next[1] == next[2] ? 0 : -1));
                Assert.That(batch.Discounts.Floats[row], Is.EqualTo(s[0] == 4 ? 0 : 0.99f), "as it was recorded");
            }
        }
    }

    [TestCase(1)]
    [TestCase(4)]
    public void The_share_with_another_goal_is_k_of_k_plus_1(int k)
    {
        using Script script = Make(HindsightStrategy.Final, k).Begin(Row(1));
        Walk(script, 2, 4).Add(0, -1, false, true, Row(5), Row(6));
        int changed = 0;
        for (int i = 0; i < 2000; i++)
        {
            ReplayBatch batch = script.Sample();
            for (int row = 0; row < batch.Rows; row++) changed += batch.Observations.Floats[(row * 3) + 2] == True ? 0 : 1;
        }

        // 20,000 draws: four standard deviations are below 300.
        Assert.That(changed, Is.EqualTo(20_000 * k / (k + 1)).Within(300));
    }

    [Test]
    public void Rewards_of_a_batch_are_asked_for_in_one_call()
    {
        var task = new Task();
        using Script script = Make(HindsightStrategy.Final, task: task).Begin(Row(1));
        Walk(script, 2, 4).Add(0, -1, false, true, Row(5), Row(6));
        for (int i = 0; i < 10; i++) script.Sample();
        Assert.That(task.Calls, Is.EqualTo(10));
    }

    [Test]
    public void An_episode_whose_beginning_is_gone_gives_goals_that_are_still_there()
    {
        // Eight frames are kept: of the first episode, 1 to 9, the frames 4 to 9, and 10 and 11 of the next.
        using Script script = Make(HindsightStrategy.Episode, capacity: 7).Begin(Row(1));
        Walk(script, 2, 8).Add(0, -1, false, true, Row(9), Row(10)).Goes(0, -1, Row(11));
        Dictionary<float, SortedSet<float>> goals = Goals(script);
        Assert.That(goals.Keys, Is.EquivalentTo(new[] { 4f, 5, 6, 7, 8, 10 }));
        foreach (float start in new[] { 4f, 6, 8 }) Assert.That(goals[start], Is.EqualTo(new[] { 4f, 5, 6, 7, 8, 9, True }));

        // An episode longer than the ring.
        Walk(script, 12, 40).Add(0, -1, true, false, Row(41), Row(42));
        goals = Goals(script);
        Assert.That(goals.Keys, Is.EquivalentTo(new[] { 35f, 36, 37, 38, 39, 40 }));
        Assert.That(goals[38], Is.EqualTo(new[] { 35f, 36, 37, 38, 39, 40, 41, True }));
    }

    [Test]
    public void Goals_are_those_of_the_same_environment()
    {
        using Script script = new(Settings(HindsightStrategy.Episode, 4, 40), Space, environmentCount: 2, goals: new Task());
        script.Begin([.. Row(1), .. Row(101)]);
        for (int i = 2; i < 30; i++)
        {
            bool ends = script.Step.Terminated[1] = i % 5 == 0;
            ((float[])[.. Row(i), .. Row(100 + i)]).CopyTo(script.Step.Observations, 0);
            if (ends) Row(100.5f + i).CopyTo(script.Step.FinalObservations, 3);
            script.Buffer.Add([0, 1], script.Step);
        }

        Dictionary<float, SortedSet<float>> goals = Goals(script);
        Assert.That(goals.Where(g => g.Key < 100).SelectMany(g => g.Value), Is.All.EqualTo(True));
        Assert.That(goals[121], Is.EqualTo(new[] { True, 120, 121, 122, 123, 124, 125.5f }));
    }

    [Test]
    public void It_goes_with_priorities_and_allocates_nothing()
    {
        using Script script = new(Settings(HindsightStrategy.Future, 4, 20) with { Priority = new PrioritySettings() }, Space, goals: new Task());
        Walk(script.Begin(Row(1)), 2, 4).Add(0, -1, false, true, Row(5), Row(6));
        float[] errors = [.. Enumerable.Range(1, 10).Select(i => (float)i)], actions = [1];
        void Work()
        {
            for (int i = 0; i < 100; i++)
            {
                script.Step.Truncated[0] = i % 4 == 0;
                script.Buffer.Add(actions, script.Step);
                script.Buffer.Sample(script.Random, 0, script.Batch);
                script.Buffer.UpdatePriorities(script.Batch, errors);
            }
        }

        Work();
        Assert.That(AllocatedBytes.Of(Work), Is.EqualTo(0));
        Assert.That(Enumerable.Range(0, 10).Select(row => script.Batch.Observations.Floats[(row * 3) + 2]), Has.Some.Not.EqualTo(True));
    }

    [Test]
    public void It_is_refused_without_goals_or_with_folded_steps()
    {
        ReplaySettings settings = Settings(HindsightStrategy.Future, 4, 20);
        Assert.Multiple(() =>
        {
            Assert.That(Refusal(settings, Space, null), Does.Contain("IGoalTask"));
            Assert.That(Refusal(settings, new Box(0, 1, 3), new Task()), Does.Contain("achieved_goal").And.Contain("Box([3]"));
            Assert.That(Refusal(settings, new Dict((IGoalTask.AchievedGoal, new Box(0, 1, 2)), (IGoalTask.DesiredGoal, new Box(0, 1, 3))), new Task()), Does.Contain("equally long"));
            Assert.That(Refusal(settings with { NStep = 2 }, Space, new Task()), Does.Contain("n_step is 2").And.Contain("n_step=1"));
        });
    }

    private static string Refusal(ReplaySettings settings, Space space, IGoalTask? goals) =>
        Assert.Throws<ReplayException>(() => new ReplayBuffer(settings, space, new Discrete(2), 1, masked: false, goals).Dispose())!.Message;

    private static ReplaySettings Settings(HindsightStrategy strategy, int k, long capacity) =>
        new() { Capacity = capacity, BatchSize = 10 > capacity ? (int)capacity : 10, Hindsight = new HindsightSettings(strategy, k) };

    private static Script Make(HindsightStrategy strategy, int k = 4, long capacity = 20, Task? task = null) => new(Settings(strategy, k, capacity), Space, goals: task ?? new Task());

    private static float[] Row(float name) => [name, name, True];

    private static Script Walk(Script script, int from, int to)
    {
        for (int i = from; i <= to; i++) script.Goes(0, -1, Row(i));
        return script;
    }

    /// <summary>The desired goals seen for each observation, among many samples.</summary>
    private static Dictionary<float, SortedSet<float>> Goals(Script script)
    {
        var goals = new Dictionary<float, SortedSet<float>>();
        for (int i = 0; i < 400; i++)
        {
            float[] rows = script.Sample().Observations.Floats.ToArray();
            foreach (float[] row in rows.Chunk(3))
            {
                if (!goals.TryGetValue(row[0], out SortedSet<float>? seen)) goals[row[0]] = seen = [];
                seen.Add(row[2]);
            }
        }

        return goals;
    }

    private sealed class Task : IGoalTask
    {
        public int Calls { get; private set; }

        public void ComputeRewards(ReadOnlySpan<float> achieved, ReadOnlySpan<float> desired, Span<float> rewards)
        {
            Calls++;
            for (int i = 0; i < rewards.Length; i++) rewards[i] = achieved[i] == desired[i] ? 0 : -1;
        }

        public bool IsSuccess(ReadOnlySpan<float> achieved, ReadOnlySpan<float> desired) => achieved[0] == desired[0];
    }
}
