using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Networks;
using Pipeline.Training.Replay;
using Pipeline.Training.Rollout;

namespace Pipeline.Tests.Training.Rollout;

/// <summary>What sequences are sampled after rollouts of steps that count on: step n of a lane observes 1000 · lane + n.</summary>
public sealed class RolloutReplayTests
{
    private const int Length = 4, Environments = 2;

    private Steps _steps = null!;

    [SetUp]
    public void MakeSteps() => _steps = new Steps();

    [TearDown]
    public void ReleaseSteps() => _steps.Dispose();

    [Test]
    public void Sequences_are_what_happened_and_begin_anywhere()
    {
        for (int i = 0; i < 5; i++) _steps.Add();
        var starts = new HashSet<float>();
        for (int draw = 0; draw < 300; draw++) starts.UnionWith(_steps.CheckSample());

        // 20 steps of each lane, of which the last 3 have not three others after them.
        Assert.That(starts, Is.EquivalentTo(Enumerable.Range(0, 17).SelectMany(n => new float[] { n, 1000 + n })));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(4)]
    public void With_a_memory_they_begin_where_a_state_is_kept(int sequenceLength)
    {
        using var steps = new Steps(sequenceLength: sequenceLength);
        for (int i = 0; i < 5; i++) steps.Add();
        var starts = new HashSet<float>();
        for (int draw = 0; draw < 300; draw++) starts.UnionWith(steps.CheckSample());
        Assert.That(starts, Is.EquivalentTo(Enumerable.Range(0, 17).Where(n => n % sequenceLength == 0).SelectMany(n => new float[] { n, 1000 + n })));
    }

    [TestCase(null)]
    [TestCase(2)]
    public void Terminated_and_truncated_steps_are_told_apart_inside_a_sequence(int? sequenceLength)
    {
        using var steps = new Steps(sequenceLength: sequenceLength);
        for (int i = 0; i < 20; i++) steps.Add(terminated: 5, truncated: 7);
        int truncated = 0;
        for (int draw = 0; draw < 300; draw++)
        {
            steps.CheckSample();
            truncated += steps.Sampled.TruncatedCount;
        }

        Assert.That(truncated, Is.GreaterThan(50));
    }

    [Test]
    public void The_newest_steps_stay_and_memory_does_not_grow()
    {
        long bytes = _steps.Replay.Bytes;
        for (int i = 0; i < 50; i++) _steps.Add(terminated: 5, truncated: 7);
        Assert.That(_steps.Replay.Bytes, Is.EqualTo(bytes));
        Assert.That(_steps.Replay.Count, Is.LessThanOrEqualTo(Steps.Capacity));
        for (int draw = 0; draw < 300; draw++)
            Assert.That(_steps.CheckSample().Min(s => s % 1000), Is.GreaterThanOrEqualTo(200 - (Steps.Capacity / Environments) - 1));
    }

    [Test]
    public void No_sequence_leads_over_a_gap()
    {
        for (int i = 0; i < 8; i++)
        {
            _steps.Add();

            // As where environments that cannot be saved begin anew.
            _steps.Skip(100);
        }

        for (int draw = 0; draw < 200; draw++) _steps.CheckSample();
    }

    [TestCase(null)]
    [TestCase(2)]
    public void Saved_and_taken_back_it_samples_the_same(int? sequenceLength)
    {
        using var folder = new TemporaryFolder();
        using var steps = new Steps(sequenceLength: sequenceLength);
        for (int i = 0; i < 12; i++) steps.Add(terminated: 5, truncated: 7);
        steps.Replay.Save(folder["replay"]);
        using var other = new Steps(sequenceLength: sequenceLength);
        other.Add();
        other.Replay.Load(folder["replay"]);
        Assert.That(other.Replay.Count, Is.EqualTo(steps.Replay.Count));
        for (int draw = 0; draw < 50; draw++) Assert.That(other.CheckSample(), Is.EqualTo(steps.CheckSample()));
        other.Replay.Save(folder["again"]);
        Assert.That(File.ReadAllBytes(folder["again"]), Is.EqualTo(File.ReadAllBytes(folder["replay"])));
    }

    [Test]
    public void A_file_of_another_replay_is_refused()
    {
        using var folder = new TemporaryFolder();
        _steps.Add();
        _steps.Replay.Save(folder["replay"]);
        using var wider = new Steps(statisticsSize: 5);
        Assert.That(() => wider.Replay.Load(folder["replay"]), Throws.TypeOf<ReplayException>().With.Message.Contains("policy_statistics 2, here it is 5"));
        using var remembering = new Steps(sequenceLength: 2);
        Assert.That(() => remembering.Replay.Load(folder["replay"]), Throws.TypeOf<ReplayException>().With.Message.Contains("sequence_length none, here it is 2"));
        File.WriteAllBytes(folder["replay"], [.. File.ReadAllBytes(folder["replay"]).Reverse()]);
        Assert.That(() => _steps.Replay.Load(folder["replay"]), Throws.TypeOf<ReplayException>());
    }

    [TestCase(null)]
    [TestCase(2)]
    public void Adding_and_sampling_allocate_nothing(int? sequenceLength)
    {
        using var steps = new Steps(sequenceLength: sequenceLength);
        for (int i = 0; i < 20; i++) steps.Add(truncated: 7);
        void Work()
        {
            for (int i = 0; i < 20; i++)
            {
                steps.Add(truncated: 7);
                steps.Sample();
            }
        }

        Work();
        Assert.That(AllocatedBytes.Of(Work), Is.Zero);
    }

    [Test]
    public void Too_little_room_and_too_early_a_sample_are_refused()
    {
        Assert.That(() => _steps.Sample(), Throws.InvalidOperationException.With.Message.Contains("Add a rollout first"));
        Assert.That(() => new Steps(capacity: 19), Throws.TypeOf<ReplayException>().With.Message.Contains("Make it at least 20"));
    }

    [Test]
    public void Images_and_bits_are_kept_as_bytes()
    {
        using var steps = new Steps(space: new MultiBinary(1));
        Assert.That(steps.Replay.Bytes, Is.LessThan(_steps.Replay.Bytes));
        Assert.That(() => { for (int i = 0; i < 70; i++) steps.Add(); }, Throws.TypeOf<ReplayException>().With.Message.Contains("kept as a byte"));
    }

    /// <summary>A replay, with rollouts to add and to sample into.</summary>
    private sealed class Steps : IDisposable
    {
        public const int Capacity = 60;
        private const int StateSize = 6;

        private readonly RolloutBuffer _rollout;
        private readonly RandomGenerator _random = new(1);
        private readonly float[] _statistics;
        private readonly float[] _sampled;
        private readonly int _size;
        private int _time;

        public Steps(int capacity = Capacity, int statisticsSize = 2, Space? space = null, int? sequenceLength = null)
        {
            MemorySettings? memory = sequenceLength is null ? null : new MemorySettings(MemoryKind.Gru, 3, PreviousReward: true);
            var model = new ActorCritic(space ?? new Box(-10_000, 10_000, 1), new Discrete(3), [4], Activation.Tanh, normalizeObservations: false, masked: true, memory: memory);
            _rollout = RolloutBuffer.For(model, Length, Environments, sequenceLength ?? 0);
            Sampled = RolloutBuffer.For(model, Length, Environments, sequenceLength ?? 0);
            _size = statisticsSize;
            _statistics = new float[_rollout.Rows * statisticsSize];
            _sampled = new float[_statistics.Length];
            Replay = new RolloutReplay(capacity, ObservationStorage.Auto, model, _rollout, statisticsSize);
        }

        public RolloutReplay Replay { get; }

        public RolloutBuffer Sampled { get; }

        /// <summary>Adds a rollout in which every so manyth step ends an episode. What a truncated one led to is 0.5 more than its observation.</summary>
        public void Add(int terminated = int.MaxValue, int truncated = int.MaxValue)
        {
            _rollout.Clear();
            for (int row = 0; row < _rollout.Rows; row++)
            {
                int lane = row % Environments, n = _time + (row / Environments);
                float observation = (1000 * lane) + n;
                _rollout.Observations.Floats[row] = observation;
                _rollout.Actions.Floats.Slice(3 * row, 3).Clear();
                _rollout.Actions.Floats[(3 * row) + (n % 3)] = 1;
                _rollout.Masks!.Floats.Slice(3 * row, 3).Fill(1);
                _rollout.Masks.Floats[(3 * row) + ((n + 1) % 3)] = 0;
                _rollout.Rewards[row] = 2 * observation;
                _rollout.Terminated[row] = (n + 1) % terminated == 0;
                _rollout.Truncated[row] = (n + 1) % truncated == 0;
                _statistics.AsSpan(_size * row, _size).Fill(observation + 0.25f);
                _rollout.Memory?.StateBefore(row).Fill(State(observation));
                if (_rollout.Memory is not null) _rollout.Memory.Previous!.Floats[row] = Previous(observation);
                if (!_rollout.Truncated[row] || _rollout.Terminated[row]) continue;
                Set(_rollout.Memory?.Final, _rollout.TruncatedCount, observation + 0.5f);
                _rollout.AddTruncated(row, [observation + 0.5f]);
            }

            _time += Length;
            for (int lane = 0; lane < Environments; lane++)
            {
                _rollout.LastObservations[lane] = (1000 * lane) + _time;
                Set(_rollout.Memory?.Last, lane, _rollout.LastObservations[lane]);
            }

            Replay.Add(_rollout, _statistics);
        }

        public void Skip(int steps) => _time += steps;

        public void Sample() => Replay.Sample(_random, Sampled, _sampled);

        /// <summary>Samples, asserts that every sequence is one that was added, and gives where they begin.</summary>
        public float[] CheckSample()
        {
            Sample();
            int truncated = 0;
            for (int sequence = 0; sequence < Environments; sequence++)
            {
                for (int t = 0; t < Length; t++)
                {
                    int row = (t * Environments) + sequence;
                    float observation = Sampled.Observations.Floats[row], first = Sampled.Observations.Floats[sequence];
                    int n = (int)observation % 1000;
                    Assert.That(observation, Is.EqualTo(first + t));
                    Assert.That(Sampled.Actions.Floats[(3 * row) + (n % 3)], Is.EqualTo(1));
                    Assert.That(Sampled.Masks!.Floats[(3 * row) + ((n + 1) % 3)], Is.Zero);
                    Assert.That(Sampled.Rewards[row], Is.EqualTo(2 * observation));
                    Assert.That(_sampled.AsSpan(_size * row, _size).ToArray(), Is.All.EqualTo(observation + 0.25f));
                    if (Sampled.Memory is not null) CheckMemory(Sampled.Memory, row, observation);
                    if (!Sampled.Truncated[row] || Sampled.Terminated[row]) continue;
                    Assert.That(Sampled.TruncatedRows[truncated], Is.EqualTo(row));
                    Check(Sampled.Memory?.Final, truncated, observation + 0.5f);
                    Assert.That(Sampled.FinalObservations[truncated++], Is.EqualTo(observation + 0.5f));
                }

                int last = ((Length - 1) * Environments) + sequence;
                if (Sampled.Terminated[last] || Sampled.Truncated[last]) continue;
                Assert.That(Sampled.LastObservations[sequence], Is.EqualTo(Sampled.Observations.Floats[last] + 1));
                Check(Sampled.Memory?.Last, sequence, Sampled.LastObservations[sequence]);
            }

            Assert.That(Sampled.TruncatedCount, Is.EqualTo(truncated));
            return [Sampled.Observations.Floats[0], Sampled.Observations.Floats[1]];
        }

        // What a rollout is given of an observation, other than a fresh row of zeros.
        private static float State(float observation) => observation + 0.125f;

        private static float Previous(float observation) => (3 * observation) + 1;

        private static void Set(RecurrentRows? rows, int row, float observation)
        {
            Span<float> state = stackalloc float[StateSize];
            state.Fill(State(observation));
            rows?.Set(row, state, [Previous(observation)]);
        }

        private static void Check(RecurrentRows? rows, int row, float observation)
        {
            if (rows is null) return;
            Assert.That(rows.StateOf(row).ToArray(), Has.Length.EqualTo(StateSize).And.All.EqualTo(State(observation)));
            Assert.That(rows.PreviousOf(row).ToArray(), Is.EqualTo(new[] { Previous(observation) }));
        }

        private void CheckMemory(RolloutMemory memory, int row, float observation)
        {
            int before = row - Environments;
            bool starts = before >= 0 && (Sampled.Terminated[before] || Sampled.Truncated[before]);
            Assert.That(memory.Keeps.Floats[row], Is.EqualTo(starts ? 0 : 1));
            Assert.That(memory.Previous!.Floats[row], Is.EqualTo(Previous(observation)));
            Assert.That(memory.StateBefore(row).ToArray(), Is.All.EqualTo(State(observation)));
        }

        public void Dispose()
        {
            Replay.Dispose();
            _rollout.Dispose();
            Sampled.Dispose();
        }
    }
}
