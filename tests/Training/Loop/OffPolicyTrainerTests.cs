using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts;
using Pipeline.Contracts.Spaces;
using Pipeline.Tests.Training.Algorithms;
using Pipeline.Tests.Training.Environments.Probes;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Engine.Execution;
using Pipeline.Training.Environments;
using Pipeline.Training.Loop;
using Pipeline.Training.Loop.Checkpoints;
using Pipeline.Training.Loop.Metrics;
using Pipeline.Training.Networks;
using Pipeline.Training.Replay;

namespace Pipeline.Tests.Training.Loop;

/// <summary>The off-policy loop around an algorithm that only writes down what it is given.</summary>
public sealed class OffPolicyTrainerTests
{
    private static readonly Td3Options Options = new()
    {
        TotalSteps = 40, EnvironmentCount = 2, TrainEvery = 4, GradientSteps = 3, LearningStarts = 10, BatchSize = 64, BufferSize = 10_000, HiddenSizes = [], NoiseDeviation = 0,
    };

    [Test]
    public void Updates_come_in_rounds_once_learning_has_started()
    {
        using OffPolicyTrainer trainer = Make(() => new Numbered(), Options);
        Iterate(trainer, 10);
        UpdateContext[] updates = [.. Witness(trainer).Contexts];
        Assert.Multiple(() =>
        {
            Assert.That((trainer.Steps, trainer.Updates, trainer.Replay.Count), Is.EqualTo((40L, 24L, 40L)));
            Assert.That(updates.Select(u => u.Steps), Is.EqualTo(new long[] { 12, 16, 20, 24, 28, 32, 36, 40 }.SelectMany(s => Enumerable.Repeat(s, 3))));
            Assert.That(updates.Select(u => u.Progress), Is.EqualTo(updates.Select(u => u.Steps / 40.0)).Within(1e-12));
        });
    }

    [Test]
    public void With_no_steps_to_wait_for_learning_starts_with_the_first_round()
    {
        using OffPolicyTrainer trainer = Make(() => new Numbered(), Options with { LearningStarts = 0, TrainEvery = 2, GradientSteps = 1 });
        Iterate(trainer, 3);
        Assert.That(Witness(trainer).Contexts.Select(u => u.Steps), Is.EqualTo(new long[] { 2, 4, 6 }));
    }

    [Test]
    public void The_first_steps_are_random_and_those_after_are_the_policy_s()
    {
        // The policy's action is 0, without noise.
        using OffPolicyTrainer trainer = Make(() => new Numbered(), Options with { BatchSize = 2000 });
        Iterate(trainer, 10);
        Row[] rows = [.. Witness(trainer).Latest().Distinct()];
        Assert.Multiple(() =>
        {
            Assert.That(rows, Has.Length.EqualTo(40));
            Assert.That(rows.Count(r => r.Action != 0), Is.EqualTo(10));
        });
    }

    [Test]
    public void An_episode_that_was_cut_off_bootstraps_and_one_that_terminated_does_not()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Discounts(() => new RealAction(new Endless()), limit: 5), Is.EqualTo(new[] { 0.9f }), "only ever cut off");
            Assert.That(Discounts(() => new RealAction(new Ending(1)), limit: 5), Is.EqualTo(new[] { 0f }), "terminates at its first step");
            Assert.That(Discounts(() => new RealAction(new Ending(1)), limit: 1), Is.EqualTo(new[] { 0f }), "terminates at the step that reaches the limit");
            Assert.That(Discounts(() => new Numbered(), limit: null), Is.EquivalentTo(new[] { 0f, 0.9f }), "terminates at its seventh");
        });
    }

    [Test]
    public void Without_its_replay_a_resumed_run_fills_it_with_its_policy_s_actions_before_it_learns_on()
    {
        using var folder = new TemporaryFolder();
        Td3Options options = Options with { SaveReplay = false, TotalSteps = 80 };
        using OffPolicyTrainer before = Make(() => new Numbered(), options);
        Iterate(before, 5);
        using OffPolicyTrainer after = Resume(before, folder, options, withReplay: false);
        Assert.That((after.SavesReplay, after.Steps, after.Updates, after.Replay.Count), Is.EqualTo((false, 20L, before.Updates, 0L)));
        Iterate(after, 5);
        UpdateContext[] updates = [.. Witness(after).Contexts];
        Assert.Multiple(() =>
        {
            Assert.That(updates.Select(u => u.Steps).Distinct(), Is.EqualTo(new long[] { 32, 36, 40 }), "10 steps wait after step 20");
            Assert.That(Witness(after).Latest().Select(r => r.Action), Is.All.Zero, "no random action");
        });
    }

    [Test]
    public void No_transition_reaches_over_the_break_where_environments_start_anew()
    {
        using var folder = new TemporaryFolder();
        Td3Options options = Options with { BatchSize = 2000, TotalSteps = 80 };
        using OffPolicyTrainer before = Make(() => new Numbered(), options);
        Iterate(before, 5);
        using OffPolicyTrainer after = Resume(before, folder, options, withReplay: true);
        Assert.That(after.Replay.Count, Is.EqualTo(20));
        Iterate(after, 5);
        Row[] rows = [.. Witness(after).Latest().Distinct()];
        Assert.Multiple(() =>
        {
            Assert.That(rows, Has.Length.EqualTo(40));
            Assert.That(rows, Has.All.Matches<Row>(r => r.Next == (r.Seen.Mark, r.Seen.Time + 1)));
            Assert.That(rows.Select(r => r.Seen.Mark).Distinct().Count(), Is.GreaterThanOrEqualTo(8), "two environments, 20 steps each in episodes of 7 steps, two of them broken off");
        });
    }

    [Test]
    public void What_cannot_be_replayed_is_told_before_the_run()
    {
        ReplayException error = Assert.Throws<ReplayException>(() => Make(() => new Numbered(), Options with { Hindsight = HindsightStrategy.Future }).Dispose())!;
        Assert.That(error.Message, Does.Contain("goal").IgnoreCase);
    }

    private static float[] Discounts(Func<IEnvironment> create, int? limit)
    {
        using OffPolicyTrainer trainer = Make(create, Options with { Gamma = 0.9 }, limit);
        Iterate(trainer, 10);
        return [.. Witness(trainer).Latest().Select(r => r.Discount).Distinct()];
    }

    private static OffPolicyTrainer Make(Func<IEnvironment> create, Td3Options options, int? limit = null) =>
        new(new TrainerContext(new VectorEnvironment(create, options.EnvironmentCount, limit), options, 5, "cpu", _ => { }), context => new WitnessLearner(context, options));

    private static OffPolicyTrainer Resume(OffPolicyTrainer trainer, TemporaryFolder folder, Td3Options options, bool withReplay)
    {
        var writer = new CheckpointWriter();
        trainer.Save(writer);
        writer.WriteTo(folder["state"]);
        if (withReplay) trainer.SaveReplay(folder["replay"]);
        OffPolicyTrainer resumed = Make(() => new Numbered(), options);
        using CheckpointReader reader = CheckpointReader.Open(folder["state"]);
        resumed.Load(reader);
        if (withReplay) resumed.LoadReplay(folder["replay"]);
        return resumed;
    }

    private static void Iterate(OffPolicyTrainer trainer, int count)
    {
        var metrics = new MetricSet();
        for (int i = 0; i < count; i++) trainer.Iterate(metrics);
    }

    private static WitnessLearner Witness(OffPolicyTrainer trainer) => (WitnessLearner)trainer.Algorithm;

    private sealed record Row((float Mark, float Time) Seen, float Action, float Discount, (float Mark, float Time) Next);

    /// <summary>Acts by 0 and writes down when it is to learn, and from what.</summary>
    private sealed class WitnessLearner : IOffPolicyAlgorithm
    {
        private readonly ReplayBatch _batch;
        private long _earlier;

        public WitnessLearner(LearningContext context, Td3Options options)
        {
            _batch = context.Batch;
            var policy = new Td3Policy(context.ObservationSpace, context.ActionSpace, options);
            Policy = policy;
            PolicyParameters = policy.Parameters.MakeVector("actor");
        }

        public List<UpdateContext> Contexts { get; } = [];

        public IPolicyNetwork Policy { get; }

        public StateVector PolicyParameters { get; }

        public long Updates => _earlier + Contexts.Count;

        public IReadOnlyList<KeyValuePair<string, StateVector>> State => [new("actor", PolicyParameters)];

        public double[] Counters
        {
            get => [Updates];
            set => _earlier = (long)value[0];
        }

        public void Update(UpdateContext context) => Contexts.Add(context);

        public void Report(Action<string, double> report) => report("updates", Updates);

        /// <summary>The latest batch; observations of one number have the time 0.</summary>
        public IEnumerable<Row> Latest()
        {
            (float[] seen, float[] next) = (_batch.Observations.Floats.ToArray(), _batch.NextObservations.Floats.ToArray());
            (float[] actions, float[] discounts) = (_batch.Actions.Floats.ToArray(), _batch.Discounts.Floats.ToArray());
            int size = seen.Length / _batch.Rows;
            (float, float) At(float[] numbers, int row) => (numbers[row * size], size > 1 ? numbers[(row * size) + 1] : 0);
            return Enumerable.Range(0, _batch.Rows).Select(i => new Row(At(seen, i), actions[i], discounts[i], At(next, i)));
        }

        public void Dispose() => PolicyParameters.Dispose();
    }

    /// <summary>Episodes of 7 steps that show a number drawn for each and the time. Cannot be saved.</summary>
    private sealed class Numbered : IEnvironment
    {
        private float _mark;
        private int _time;

        public Space ObservationSpace { get; } = new Box(0, 10, 2);

        public Space ActionSpace { get; } = new Box(-1, 1, 1);

        public void Reset(RandomGenerator random, Span<float> observation)
        {
            _time = 0;
            _mark = random.NextSingle();
            (observation[0], observation[1]) = (_mark, 0);
        }

        public StepResult Step(ReadOnlySpan<float> action, Span<float> observation)
        {
            (observation[0], observation[1]) = (_mark, ++_time);
            return new StepResult(1, Terminated: _time == 7);
        }
    }
}
