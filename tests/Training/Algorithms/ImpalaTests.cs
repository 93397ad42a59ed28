using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NUnit.Framework;
using Pipeline.Runtime;
using Pipeline.Tests.Training.Environments.Probes;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Environments;
using Pipeline.Training.Loop;
using Pipeline.Training.Loop.Metrics;
using Pipeline.Training.Networks;
using Pipeline.Training.Optimizers;
using Pipeline.Training.Rollout;

namespace Pipeline.Tests.Training.Algorithms;

public sealed class ImpalaTests
{
    private static readonly EnvironmentRegistry Registry = new();

    private static readonly ImpalaOptions Small = new()
    {
        TotalSteps = 30_720, Actors = 3, EnvironmentCount = 2, RolloutLength = 8, PolicyLag = 2, LearningRate = Schedule.Linear(0.01), Gamma = 0.9, HiddenSizes = [16],
    };

    private static readonly (string, string)[] Settings =
        [("total_steps", "20480"), ("actors", "3"), ("environment_count", "2"), ("hidden_sizes", "16,16"), ("normalize_observations", "true"), ("normalize_rewards", "true")];

    private static readonly ImpalaOptions Brief = Small with { TotalSteps = 960, PolicyLag = 3 };

    private static readonly ImpalaOptions Recurrent = Brief with { Memory = MemoryKind.Lstm, MemorySize = 8, SequenceLength = 8 };

    /// <summary>For each option of its own two settings that must not learn the same.</summary>
    private static readonly Dictionary<string, (ImpalaOptions One, ImpalaOptions Other)> Effects = new()
    {
        [nameof(ImpalaOptions.Actors)] = (Brief, Brief with { Actors = 2 }),
        [nameof(ImpalaOptions.PolicyLag)] = (Brief, Brief with { PolicyLag = 0 }),
        [nameof(ImpalaOptions.Correction)] = (Brief, Brief with { Correction = OffPolicyCorrection.None }),
        [nameof(ImpalaOptions.RhoClip)] = (Brief, Brief with { RhoClip = 1.05 }),
        [nameof(ImpalaOptions.TraceClip)] = (Brief, Brief with { TraceClip = 0.5 }),
        [nameof(RecurrentOptions.Memory)] = (Recurrent, Recurrent with { Memory = MemoryKind.Gru }),
        [nameof(RecurrentOptions.MemorySize)] = (Recurrent, Recurrent with { MemorySize = 4 }),
        [nameof(RecurrentOptions.SharedMemory)] = (Recurrent, Recurrent with { SharedMemory = true }),
        [nameof(RecurrentOptions.SequenceLength)] = (Recurrent, Recurrent with { SequenceLength = 4 }),
        [nameof(RecurrentOptions.PreviousAction)] = (Recurrent, Recurrent with { PreviousAction = true }),
        [nameof(RecurrentOptions.PreviousReward)] = (Recurrent, Recurrent with { PreviousReward = true }),
    };

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase(0)]
    [TestCase(2)]
    public void It_finds_the_action_that_the_observation_asks_for(int lag)
    {
        using ImpalaTrainer trainer = Trained(() => new ObservationActionReward(), Small with { PolicyLag = lag });
        using Policy policy = ProbedPolicy.Load(trainer);
        ProbedPolicy.AssertFindsTheAction(policy);
    }

    [Test]
    public void A_forbidden_action_is_never_taken_and_the_best_allowed_one_is()
    {
        using ImpalaTrainer trainer = Trained(ProbedPolicy.Forbidding, Small);
        using Policy policy = ProbedPolicy.Load(trainer);
        ProbedPolicy.AssertTakesTheBestAllowed(policy);
    }

    [Test]
    public void Every_part_of_a_hybrid_action_is_learned()
    {
        using ImpalaTrainer trainer = Trained(ProbedPolicy.Hybrid, Small with { TotalSteps = 61_440 });
        using Policy policy = ProbedPolicy.Load(trainer);
        ProbedPolicy.AssertTakesTheHybridAction(policy);
    }

    [Test]
    public void Threads_and_messages_as_bytes_change_nothing([Values("CartPole-v1", "Pendulum-v1")] string environment, [Values(MemoryKind.None, MemoryKind.Lstm)] MemoryKind kind)
    {
        ImpalaOptions options = Small with { TotalSteps = 9600, NormalizeObservations = true, NormalizeRewards = true, Memory = kind, MemorySize = 8, SequenceLength = 4, PreviousReward = true };
        float[] Learned(int threads, IActorLink? link = null)
        {
            using var trainer = new ImpalaTrainer(Context(() => Registry.MakeVector(environment, 2), options, threads), link);
            var metrics = new MetricSet();
            while (trainer.Steps < options.TotalSteps) trainer.Iterate(metrics);
            return [.. State(trainer), (float)metrics.Get("episode_return")!.Value];
        }

        float[] one = Learned(1);
        Assert.That(Learned(2), Is.EqualTo(one));
        Assert.That(Learned(4), Is.EqualTo(one));
        Assert.That(Learned(2, new ByteLink()), Is.EqualTo(one));
    }

    [TestCase(MemoryKind.Lstm, 1, 1)]
    [TestCase(MemoryKind.None, -0.5, 0.5)]
    public void It_remembers_a_cue_by_a_memory_alone(MemoryKind kind, double least, double most)
    {
        using ImpalaTrainer trainer = Trained(() => new MemoryCue(3), Small with { TotalSteps = 61_440, Memory = kind, MemorySize = 16, SequenceLength = 8 });
        using Policy policy = ProbedPolicy.Load(trainer);
        Assert.That(ProbedPolicy.CueReturn(policy), Is.InRange(least, most));
    }

    [TestCase(MemoryKind.Lstm, 8)]
    [TestCase(MemoryKind.Gru, 4)]
    public void Without_lag_the_learner_says_of_every_sequence_what_the_actors_said(MemoryKind kind, int length)
    {
        ImpalaOptions options = Recurrent with { PolicyLag = 0, Memory = kind, SequenceLength = length, PreviousAction = true, PreviousReward = true, NormalizeObservations = true };
        using var trainer = new ImpalaTrainer(Context(() => Registry.MakeVector("CartPole-v1", 2), options, threads: 2));
        var metrics = new MetricSet();
        while (trainer.Steps < options.TotalSteps) trainer.Iterate(metrics);
        Assert.That(metrics.Get("approx_kl"), Is.EqualTo(0).Within(1e-9));
    }

    [TestCase(MemoryKind.None)]
    [TestCase(MemoryKind.Lstm)]
    [TestCase(MemoryKind.Gru)]
    public void One_actor_without_lag_learns_what_a2c_learns_where_time_limits_cut_off(MemoryKind kind)
    {
        ImpalaOptions options = Recurrent with { Actors = 1, PolicyLag = 0, TotalSteps = 96, LearningRate = 1e-3, Memory = kind, SequenceLength = 4, PreviousAction = true };
        var same = new A2cOptions
        {
            TotalSteps = 96, EnvironmentCount = 2, RolloutLength = 8, LearningRate = 1e-3, Gamma = 0.9, HiddenSizes = [16], Memory = kind, MemorySize = 8, SequenceLength = 4, PreviousAction = true,
        };
        using var trainer = new ImpalaTrainer(Context(() => new VectorEnvironment(() => new Endless(), 2, 5), options, threads: 1));
        while (trainer.Steps < options.TotalSteps) trainer.Iterate(new MetricSet());
        using Trial trial = new Trial(() => new Endless(), same, limit: 5).Train();
        Assert.That(State(trainer), Is.EqualTo(trial.Learned).Within(1e-4));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(5)]
    public void Every_trajectory_is_collected_with_the_parameters_that_the_lag_says(int lag)
    {
        var link = new ByteLink();
        ImpalaOptions options = Small with { TotalSteps = 960, PolicyLag = lag };
        using var trainer = new ImpalaTrainer(Context(() => new VectorEnvironment(() => new ActionReward(), 2), options, threads: 2), link);
        while (trainer.Steps < options.TotalSteps) trainer.Iterate(new MetricSet());
        Assert.That((trainer.Steps, trainer.Updates), Is.EqualTo((960L, 20L)), "3 actors × 2 environments × 8 steps an update");
        Assert.That(
            link.Sent.Order(),
            Is.EqualTo(Enumerable.Range(0, 3).SelectMany(actor => Enumerable.Range(0, 20).Select(k => (actor, (long)k, (long)Math.Max(0, k - lag))))));
    }

    [TestCase("CartPole-v1", "memory=lstm", "memory_size=8", "sequence_length=10")]
    [TestCase("PendulumNoVel-v1", "memory=gru", "memory_size=8", "previous_action=true", "previous_reward=true")]
    [TestCase("CartPole-v1", "policy_lag=5")]
    [TestCase("CartPole-v1", "policy_lag=0", "optimizer=adam")]
    [TestCase("Pendulum-v1", "policy_lag=1")]
    public void Stopped_and_resumed_it_ends_exactly_as_the_unbroken_run(string environment, params string[] settings)
    {
        (string, string)[] all = Settings.With(settings);
        Runs.Train(_folder["whole"], "impala", environment, 3, settings: all);
        RunResult first = Runs.Train(_folder["parts"], "impala", environment, 3, stopAt: 5000, settings: all);
        Runs.Resume(_folder["parts"], stopAt: 9000);
        RunResult last = Runs.Resume(_folder["parts"]);
        Assert.That((first.Finished, last.Finished), Is.EqualTo((false, true)));
        Runs.AssertSame(_folder["parts"], _folder["whole"]);
    }

    [Test]
    public void The_same_seed_gives_the_same_run_and_another_seed_another()
    {
        foreach ((string folder, ulong seed) in new[] { ("one", 1UL), ("again", 1UL), ("two", 2UL) })
            Runs.Train(_folder[folder], "impala", "CartPole-v1", seed, settings: Settings);
        Runs.AssertSame(_folder["again"], _folder["one"]);
        Assert.That(Runs.Checkpoint(_folder["two"]).SequenceEqual(Runs.Checkpoint(_folder["one"])), Is.False);
    }

    [TestCase(1)]
    [TestCase(3)]
    public void A_failure_in_one_thread_ends_all_and_reaches_the_caller(int threads)
    {
        int made = 0;
        IEnvironment Create() => made++ < 4 ? new ActionReward() : new Failing();
        using var trainer = new ImpalaTrainer(Context(() => new VectorEnvironment(Create, 2), Small, threads));
        Assert.That(() => trainer.Iterate(new MetricSet()), Throws.InvalidOperationException.With.Message.EqualTo("the engine is gone"));
    }

    [Test]
    public void A_message_that_is_not_whole_is_refused()
    {
        var written = new MemoryStream();
        new ParameterSnapshot(3, [1, 2, 3], [0], [1]).Write(new BinaryWriter(written));
        ParameterSnapshot Read(int length) => ParameterSnapshot.Read(new BinaryReader(new MemoryStream(written.ToArray()[..length])));
        Assert.That(Read((int)written.Length).Parameters, Is.EqualTo(new float[] { 1, 2, 3 }));
        for (int length = 0; length < written.Length; length++) Assert.That(() => Read(length), Throws.InstanceOf<EndOfStreamException>(), $"{length} bytes");
    }

    private static IEnumerable<string> Names() => typeof(ImpalaOptions).GetProperties()
        .Where(p => p.CanWrite && (p.DeclaringType == typeof(ImpalaOptions) || p.DeclaringType == typeof(RecurrentOptions))).Select(p => p.Name);

    [TestCaseSource(nameof(Names))]
    public void Every_option_of_its_own_has_an_effect(string option)
    {
        Assert.That(Effects, Contains.Key(option), "an option without a row here is not known to do anything");
        float[] Learn(ImpalaOptions options)
        {
            using var trainer = new ImpalaTrainer(Context(() => Registry.MakeVector("CartPole-v1", options.EnvironmentCount), options, threads: 2));
            while (trainer.Steps < options.TotalSteps) trainer.Iterate(new MetricSet());
            return State(trainer);
        }

        OptionEffect.Assert(Learn(Effects[option].One), Learn(Effects[option].Other));
    }

    [TestCase("actors", "0", "actors is 0. It is 1 to 4096.")]
    [TestCase("policy_lag", "-1", "policy_lag is -1. It is at least 0.")]
    [TestCase("rho_clip", "0", "rho_clip is 0. It is above 0.")]
    [TestCase("trace_clip", "0", "trace_clip is 0. It is above 0.")]
    [TestCase("trace_clip", "2", "trace_clip 2 is above rho_clip 1.")]
    [TestCase("correction", "vtrace", "v_trace, none")]
    public void What_is_wrong_is_refused_with_what_is_allowed(string option, string value, string message) =>
        Assert.That(Runs.Problems("impala", "CartPole-v1", (option, value)), Has.Some.Contains(message).And.Some.Contains(option));

    private static TrainerContext Context(Func<IVectorEnvironment> make, ImpalaOptions options, int threads) =>
        new(make(), options, 0, "cpu", _ => { }, threads, make);

    private static ImpalaTrainer Trained(Func<IEnvironment> create, ImpalaOptions options) =>
        ProbedPolicy.Trained(new ImpalaTrainer(Context(() => new VectorEnvironment(create, options.EnvironmentCount), options, threads: 2)), options.TotalSteps);

    private static float[] State(ImpalaTrainer trainer) => [.. trainer.Algorithm.State.SelectMany(s => s.Value.Values.ToArray())];

    /// <summary>Carries every message as bytes, as a wire would, and notes what was sent.</summary>
    private sealed class ByteLink : IActorLink
    {
        private readonly LocalActorLink _inner = new();

        public List<(int Actor, long Index, long Version)> Sent { get; } = [];

        public void Publish(ParameterSnapshot snapshot, long oldest) => _inner.Publish(Carried(snapshot.Write, ParameterSnapshot.Read), oldest);

        public ParameterSnapshot Snapshot(long version) => _inner.Snapshot(version);

        public void Send(Trajectory trajectory)
        {
            lock (Sent) Sent.Add((trajectory.Actor, trajectory.Index, trajectory.Version));
            _inner.Send(Carried(trajectory.Write, Trajectory.Read));
        }

        public Trajectory Receive(int actor) => _inner.Receive(actor);

        private static T Carried<T>(Action<BinaryWriter> write, Func<BinaryReader, T> read)
        {
            using var bytes = new MemoryStream();
            write(new BinaryWriter(bytes));
            bytes.Position = 0;
            T message = read(new BinaryReader(bytes));
            Assert.That(bytes.Position, Is.EqualTo(bytes.Length));
            return message;
        }
    }
}
