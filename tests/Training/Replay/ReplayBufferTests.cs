using System;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Training.Replay;

namespace Pipeline.Tests.Training.Replay;

/// <summary>What transitions are sampled after steps that are written out, with numbers worked by hand.</summary>
public sealed class ReplayBufferTests
{
    private static readonly ReplaySettings Small = new() { Capacity = 8, BatchSize = 8, Gamma = 0.5 };

    [Test]
    public void A_transition_is_a_frame_and_the_next_one()
    {
        using Script script = new Script(Small).Begin(10).Goes(1, 0.5f, 11).Goes(3, -2, 12);
        Assert.That(script.Transitions(), Is.EqualTo(new[] { "10 1 0.5 0.5 11", "11 3 -2 0.5 12" }));
        Assert.That(script.Buffer.Count, Is.EqualTo(2));
    }

    [Test]
    public void Termination_stops_bootstrapping_and_truncation_goes_on_from_the_final_observation()
    {
        using Script script = new Script(Small).Begin(10).Terminates(0, 1, last: 11, first: 20).Truncates(1, 2, last: 21, first: 30).Goes(2, 3, 31);
        Assert.That(script.Transitions(), Is.EqualTo(new[] { "10 0 1 0 11", "20 1 2 0.5 21", "30 2 3 0.5 31" }));
    }

    [Test]
    public void A_step_that_terminates_at_the_time_limit_does_not_bootstrap()
    {
        using Script script = new Script(Small).Begin(10).Add(0, 1, terminated: true, truncated: true, [11], [20]);
        Assert.That(script.Transitions(), Is.EqualTo(new[] { "10 0 1 0 11" }));
    }

    [Test]
    public void Three_steps_are_folded_within_the_episode_and_up_to_the_newest()
    {
        using Script script = new Script(Small with { NStep = 3 })
            .Begin(10).Goes(0, 1, 11).Goes(1, 2, 12).Goes(2, 4, 13).Terminates(3, 8, last: 14, first: 20).Goes(0, 16, 21).Truncates(1, 32, last: 22, first: 30);

        // 1 + 2/2 + 4/4; 2 + 4/2 + 8/4, ended by termination; 4 + 8/2; 8; 16 + 32/2, truncated after two steps: γ²; 32: γ.
        Assert.That(script.Transitions(), Is.EqualTo(new[] { "10 0 3 0.125 13", "11 1 6 0 14", "12 2 8 0 14", "13 3 8 0 14", "20 0 32 0.25 22", "21 1 32 0.5 22" }));
        script.Goes(2, 64, 31);
        Assert.That(script.Transitions().Last(), Is.EqualTo("30 2 64 0.5 31"), "one step, since no further was taken");
    }

    [Test]
    public void The_oldest_transitions_make_room_for_the_newest()
    {
        using Script script = new Script(Small with { Capacity = 3, BatchSize = 3 }).Begin(10);
        for (int i = 11; i < 20; i++) script.Goes(0, i, i);
        Assert.That(script.Transitions(), Is.EqualTo(new[] { "16 0 17 0.5 17", "17 0 18 0.5 18", "18 0 19 0.5 19" }));
        Assert.That(script.Buffer.Count, Is.EqualTo(3));
        Assert.That(script.Buffer.CapacityTransitions, Is.EqualTo(3));
    }

    [Test]
    public void The_final_observation_of_an_episode_takes_the_place_of_a_transition()
    {
        using Script script = new Script(Small with { Capacity = 3, BatchSize = 3 }).Begin(10).Goes(0, 1, 11).Goes(0, 2, 12).Terminates(0, 3, last: 13, first: 20);
        Assert.That(script.Transitions(), Is.EqualTo(new[] { "11 0 2 0.5 12", "12 0 3 0 13" }));
        Assert.That(script.Buffer.Count, Is.EqualTo(2));
        script.Goes(1, 4, 21).Goes(1, 5, 22);
        Assert.That(script.Transitions(), Is.EqualTo(new[] { "20 1 4 0.5 21", "21 1 5 0.5 22" }));
    }

    [Test]
    public void Environments_started_anew_do_not_run_into_the_episodes_before()
    {
        using Script script = new Script(Small with { NStep = 2 }).Begin(10).Goes(0, 1, 11).Goes(0, 2, 12).Begin(20).Goes(1, 4, 21);
        Assert.That(script.Transitions(), Is.EqualTo(new[] { "10 0 2 0.25 12", "11 0 2 0.5 12", "20 1 4 0.5 21" }));
    }

    [Test]
    public void Masks_belong_to_their_observations_and_all_is_allowed_where_none_is_known()
    {
        using var script = new Script(Small, actionSpace: new Discrete(10), masked: true);
        float[] first = [1, 0, 1, 0, 0, 0, 0, 0, 0, 1], second = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0];
        first.CopyTo(script.Step.ActionMasks, 0);
        script.Begin(10);
        second.CopyTo(script.Step.ActionMasks, 0);
        script.Goes(2, 0, 11);
        first.CopyTo(script.Step.ActionMasks, 0);
        script.Truncates(8, 0, last: 12, first: 20);
        ReplayBatch batch = script.Sample();
        for (int row = 0; row < batch.Rows; row++)
        {
            bool isFirst = batch.Observations.Floats[row] == 10;
            Assert.That(batch.Masks!.Floats.Slice(row * 10, 10).ToArray(), Is.EqualTo(isFirst ? first : second));
            Assert.That(batch.NextMasks!.Floats.Slice(row * 10, 10).ToArray(), Is.EqualTo(isFirst ? second : [.. Enumerable.Repeat(1f, 10)]));
        }

        Assert.That(batch.Observations.Floats.ToArray().Distinct(), Is.EquivalentTo(new[] { 10f, 11f }));
    }

    [Test]
    public void Actions_come_back_encoded_whatever_their_space()
    {
        (Space Space, float[] Action, float[] Encoded)[] cases =
        [
            (new Box(-1, 1, 3), [-0.25f, 0, 1], [-0.25f, 0, 1]),
            (new Discrete(3), [2], [0, 0, 1]),
            (new MultiDiscrete(2, 3), [1, 0], [0, 1, 1, 0, 0]),
            (new MultiDiscrete(2, 700), [1, 600], [0, 1, .. Enumerable.Range(0, 700).Select(i => i == 600 ? 1f : 0)]),
            (new Discrete(70_000), [69_999], [.. new float[69_999], 1]),
            (new MultiBinary(3), [1, 0, 1], [1, 0, 1]),
        ];
        foreach ((Space space, float[] action, float[] encoded) in cases)
        {
            using Script script = new Script(Small with { BatchSize = 1 }, actionSpace: space).Begin(10);
            script.Buffer.Add(action, script.Step);
            Assert.That(script.Sample().Actions.Floats.ToArray(), Is.EqualTo(encoded), space.ToString());
        }
    }

    [Test]
    public void What_cannot_be_kept_is_refused_and_nothing_is_added()
    {
        using var script = new Script(Small with { Storage = ObservationStorage.Byte }, new Box(0, 255, 40), environmentCount: 2);
        InvalidOperationException early = Assert.Throws<InvalidOperationException>(() => script.Buffer.Add([0, 0], script.Step))!;
        script.Buffer.Begin(script.Step);
        ReplayException action = Assert.Throws<ReplayException>(() => script.Buffer.Add([0, 4], script.Step))!;
        ArgumentException count = Assert.Throws<ArgumentException>(() => script.Buffer.Add([0], script.Step))!;
        script.Step.Observations[75] = 0.5f;
        ReplayException observation = Assert.Throws<ReplayException>(() => script.Buffer.Add([0, 0], script.Step))!;
        Assert.Multiple(() =>
        {
            Assert.That(early.Message, Does.Contain("Begin"));
            Assert.That(action.Message, Does.Contain("[4]").And.Contain("environment 1").And.Contain("Discrete(4)"));
            Assert.That(count.Message, Does.Contain("1 action").And.Contain("take 2"));
            Assert.That(observation.Message, Does.Contain("Entry 35").And.Contain("environment 1").And.Contain("0.5").And.Contain("observation_storage=float"));
            Assert.That(script.Buffer.Count, Is.EqualTo(0));
            Assert.That(Assert.Throws<InvalidOperationException>(() => script.Sample())!.Message, Does.Contain("no transition"));
        });
    }

    [TestCase(256f)]
    [TestCase(-1f)]
    [TestCase(0.99f)]
    [TestCase(float.NaN)]
    [TestCase(float.PositiveInfinity)]
    [TestCase(3e9f)]
    public void Only_whole_numbers_up_to_255_are_kept_as_bytes(float wrong)
    {
        foreach (int entry in new[] { 0, 15, 16, 36 })
        {
            float[] row = new float[37];
            row[entry] = wrong;
            Assert.That(ByteRows.FirstWrong(row), Is.EqualTo(entry));
        }
    }

    [Test]
    public void Bytes_come_back_as_they_were()
    {
        var space = new Dict(("image", new Box(0, 255, 3, 5, 7)), ("speed", new Box(-1, 1, 2)), ("bits", new MultiBinary(3)), ("kind", new Discrete(9)));
        using var script = new Script(Small, space);
        using var floats = new Script(Small with { Storage = ObservationStorage.Float }, space);
        var random = new RandomGenerator(4);
        float[] first = Draw(space, random), second = Draw(space, random);
        foreach (Script each in new[] { script, floats })
        {
            each.Begin(first).Goes(0, 0, second);
            Assert.That(each.Sample().Observations.Floats[..space.Size].ToArray(), Is.EqualTo(first));
            Assert.That(each.Batch.NextObservations.Floats[..space.Size].ToArray(), Is.EqualTo(second));
        }

        Assert.That(floats.Buffer.Bytes - script.Buffer.Bytes, Is.EqualTo(9 * 3 * (105 + 3 + 1)), "a byte and not four, nine frames");
    }

    [Test]
    public void A_million_CartPole_transitions_take_less_than_60_megabytes()
    {
        var settings = new ReplaySettings { Capacity = 1_000_000 };
        var observations = new Box([-4.8f, float.NegativeInfinity, -0.42f, float.NegativeInfinity], [4.8f, float.PositiveInfinity, 0.42f, float.PositiveInfinity]);
        using var uniform = new ReplayBuffer(settings, observations, new Discrete(2), 1, masked: false, goals: null);
        using var prioritized = new ReplayBuffer(settings with { Priority = new PrioritySettings() }, observations, new Discrete(2), 1, masked: false, goals: null);
        Assert.That(uniform.CapacityTransitions, Is.EqualTo(1_000_000));
        Assert.That(uniform.Bytes, Is.LessThan(25_000_000));
        Assert.That(prioritized.Bytes, Is.LessThan(30_000_000));
    }

    [Test]
    public void A_capacity_in_bytes_is_kept_to()
    {
        foreach (PrioritySettings? priority in new[] { null, new PrioritySettings() })
        {
            foreach (int count in new[] { 1, 7 })
            {
                var settings = new ReplaySettings { CapacityBytes = 1_000_000, BatchSize = 8, Priority = priority };
                using var buffer = new ReplayBuffer(settings, new Box(0, 1, 84), new Box(-1, 1, 3), count, masked: false, goals: null);
                Assert.That(buffer.Bytes, Is.GreaterThan(980_000).And.LessThanOrEqualTo(1_000_000), $"{count} {priority}");
                Assert.That(buffer.CapacityTransitions, Is.LessThan(3000));
            }
        }
    }

    [Test]
    public void Nothing_is_allocated()
    {
        foreach (PrioritySettings? priority in new[] { null, new PrioritySettings() })
        {
            using var script = new Script(Small with { Capacity = 100, Priority = priority, NStep = 3 }, environmentCount: 3);
            script.Buffer.Begin(script.Step);
            float[] actions = [0, 1, 2], errors = [1, 2, 3, 4, 5, 6, 7, 8];
            void Work()
            {
                for (int i = 0; i < 200; i++)
                {
                    script.Step.Truncated[i % 3] = i % 5 == 0;
                    script.Buffer.Add(actions, script.Step);
                    script.Buffer.Sample(script.Random, 0.5, script.Batch);
                    if (priority is not null) script.Buffer.UpdatePriorities(script.Batch, errors);
                }
            }

            Work();
            Assert.That(AllocatedBytes.Of(Work), Is.EqualTo(0));
        }
    }

    [Test]
    public void Each_transition_is_as_likely_as_the_other()
    {
        // Three lanes filled unevenly by ends of episodes, not yet full.
        using var script = new Script(Small with { Capacity = 300, BatchSize = 100 }, environmentCount: 3);
        script.Buffer.Begin(script.Step);
        for (int i = 0; i < 40; i++)
        {
            (script.Step.Terminated[0], script.Step.Truncated[1]) = (i % 2 == 0, i % 7 == 0);
            script.Buffer.Add([0, 1, 2], script.Step);
        }

        Assert.That(script.Buffer.Count, Is.EqualTo(120));
        int[] times = new int[3 * 101];
        for (int i = 0; i < 1200; i++)
        {
            foreach (int index in script.Sample().Indices) times[index]++;
        }

        // χ² with 119 degrees of freedom: mean 119, standard deviation 15.4.
        int[] drawn = [.. times.Where(t => t > 0)];
        Assert.That(drawn, Has.Length.EqualTo(120));
        Assert.That(drawn.Sum(t => Math.Pow(t - 1000, 2) / 1000), Is.InRange(60, 181));
    }

    private static float[] Draw(Dict space, RandomGenerator random)
    {
        float[] row = new float[space.Size];
        space.Sample(random, row);
        for (int i = 0; i < 105; i++) row[i] = i == 0 ? 255 : random.NextInt32(256);
        return row;
    }
}
