using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Pipeline.Contracts.Spaces;
using Pipeline.Runtime;
using Pipeline.Tests.Training.Environments.Probes;
using Pipeline.Tests.Training.Loop;
using Pipeline.Training.Algorithms;
using Pipeline.Training.Environments;
using Pipeline.Training.Loop;
using Pipeline.Training.Loop.Metrics;
using Pipeline.Training.Networks;
using Pipeline.Training.Optimizers;

namespace Pipeline.Tests.Training.Algorithms;

public sealed class A3cTests
{
    private static readonly A3cOptions Small = new()
    {
        TotalSteps = 40_960, Actors = 3, EnvironmentCount = 2, RolloutLength = 8, LearningRate = Schedule.Linear(0.01), Gamma = 0.9, HiddenSizes = [16],
    };

    private static readonly (string, string)[] Settings =
        [("total_steps", "20480"), ("actors", "3"), ("environment_count", "2"), ("hidden_sizes", "16,16"), ("normalize_observations", "true"), ("normalize_rewards", "true")];

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase(1)]
    [TestCase(3)]
    public void Its_threads_find_the_action_that_the_observation_asks_for(int actors)
    {
        using AsynchronousTrainer trainer = Trained(() => new ObservationActionReward(), Small with { Actors = actors });
        using Policy policy = ProbedPolicy.Load(trainer);
        ProbedPolicy.AssertFindsTheAction(policy);
    }

    [Test]
    public void A_forbidden_action_is_never_taken_and_the_best_allowed_one_is()
    {
        using AsynchronousTrainer trainer = Trained(ProbedPolicy.Forbidding, Small);
        using Policy policy = ProbedPolicy.Load(trainer);
        ProbedPolicy.AssertTakesTheBestAllowed(policy);
    }

    [Test]
    public void Every_part_of_a_hybrid_action_is_learned()
    {
        using AsynchronousTrainer trainer = Trained(ProbedPolicy.Hybrid, Small with { TotalSteps = 61_440 });
        using Policy policy = ProbedPolicy.Load(trainer);
        ProbedPolicy.AssertTakesTheHybridAction(policy);
    }

    [TestCase(MemoryKind.Lstm, 1, 1)]
    [TestCase(MemoryKind.None, -0.5, 0.5)]
    public void Its_threads_remember_a_cue_by_a_memory_alone(MemoryKind kind, double least, double most)
    {
        using AsynchronousTrainer trainer = Trained(() => new MemoryCue(3), Small with { TotalSteps = 61_440, Memory = kind, MemorySize = 16, SequenceLength = 8 });
        using Policy policy = ProbedPolicy.Load(trainer);
        Assert.That(ProbedPolicy.CueReturn(policy), Is.InRange(least, most));
    }

    [Test]
    public void Every_step_and_update_of_every_thread_is_counted()
    {
        using AsynchronousTrainer trainer = Trained(() => new ActionReward(), Small with { TotalSteps = 1000 });
        Assert.That((trainer.Steps, trainer.Updates), Is.EqualTo((1008L, 63L)), "rollouts of 8 × 2 steps, an update for each");
    }

    [TestCase("CartPole-v1")]
    [TestCase("Pendulum-v1")]
    [TestCase("PendulumNoVel-v1", "memory=gru", "memory_size=8", "previous_action=true", "previous_reward=true")]
    public void With_one_thread_a_run_repeats_and_a_stop_changes_nothing(string environment, params string[] settings)
    {
        (string, string)[] one = Settings.With("actors=1").With(settings);
        foreach (string folder in new[] { "whole", "again" }) Runs.Train(_folder[folder], "a3c", environment, 3, settings: one);
        Runs.Train(_folder["parts"], "a3c", environment, 3, stopAt: 5000, settings: one);
        Runs.Resume(_folder["parts"], stopAt: 9000);
        Runs.Resume(_folder["parts"]);
        Assert.Multiple(() =>
        {
            Runs.AssertSame(_folder["again"], _folder["whole"]);
            Runs.AssertSame(_folder["parts"], _folder["whole"]);
        });
    }

    [Test]
    public void A_stopped_run_goes_on_from_the_very_checkpoint_of_all_threads()
    {
        RunResult first = Runs.Train(_folder["run"], "a3c", "CartPole-v1", stopAt: 5000, settings: Settings);
        byte[] checkpoint = Runs.Checkpoint(_folder["run"]), policy = Runs.Policy(_folder["run"]);

        // Nothing to do: what was loaded is exported again.
        RunResult same = Runs.Resume(_folder["run"], stopAt: first.Steps);
        Assert.That((same.Steps, Runs.Policy(_folder["run"]).SequenceEqual(policy), Runs.Checkpoint(_folder["run"]).SequenceEqual(checkpoint)), Is.EqualTo((first.Steps, true, true)));
        RunResult last = Runs.Resume(_folder["run"]);
        Assert.That((last.Finished, last.Steps), Is.EqualTo((true, 20480L)));
        Assert.That(Runs.Policy(_folder["run"]).SequenceEqual(policy), Is.False);
    }

    [Test]
    public void A_checkpoint_holds_and_gives_back_every_thread()
    {
        (string, string)[] brief = Settings.With("total_steps=8192");
        Runs.Train(_folder["one"], "a3c", "CartPole-v1", settings: brief);
        using ResolvedRun resolved = Runs.Resolve("a3c", "CartPole-v1", settings: brief);
        using ITrainer trainer = resolved.CreateTrainer(_ => { });
        TrainingRun.LoadLatest(_folder["one"], trainer, _ => { });
        var writer = new Pipeline.Training.Loop.Checkpoints.CheckpointWriter();
        trainer.Save(writer);
        writer.WriteTo(_folder["again.safetensors"]);
        Assert.That(System.IO.File.ReadAllBytes(_folder["again.safetensors"]).SequenceEqual(Runs.Checkpoint(_folder["one"])));
    }

    [Test]
    public void A_failure_in_one_thread_ends_all_and_reaches_the_caller()
    {
        int made = 0;
        IEnvironment Create() => made++ < 4 ? new ActionReward() : new Failing();
        using AsynchronousTrainer trainer = Make(Create, Small);
        var metrics = new MetricSet();
        void IterateOften()
        {
            // The others may have done all of an iteration before the third has begun.
            for (int i = 0; i < 100; i++) trainer.Iterate(metrics);
        }

        Assert.That(IterateOften, Throws.InvalidOperationException.With.Message.EqualTo("the engine is gone"));
    }

    [Test]
    public void A_loss_that_is_no_number_stops_the_run_as_such()
    {
        using AsynchronousTrainer trainer = Make(() => new OneStep(new Box(-1, 1, 1), new Discrete(2), (_, _) => float.NaN), Small);
        Assert.That(() => trainer.Iterate(new MetricSet()), Throws.TypeOf<NonFiniteLossException>());
    }

    [Test]
    public void The_threads_entropy_coefficients_go_in_equal_ratios()
    {
        A3cOptions options = Small with { EntropyCoefficient = 0.02, EntropySpread = 4 };
        Assert.That(Enumerable.Range(0, 3).Select(options.EntropyCoefficientOf), Is.EqualTo(new[] { 0.005, 0.02, 0.08 }).Within(1e-12));
        Assert.That((options with { Actors = 1 }).EntropyCoefficientOf(0), Is.EqualTo(0.02));
    }

    // One thread, so that two settings are not told apart by chance; two where the option is about threads.
    private static readonly Dictionary<string, Func<A3cOptions, A3cOptions>> Effects = new()
    {
        [nameof(A3cOptions.Actors)] = o => o with { Actors = 2 },
        [nameof(A3cOptions.EntropySpread)] = o => o,
    };

    [Test]
    public void Every_option_of_its_own_has_an_effect()
    {
        Assert.That(typeof(A3cOptions).GetProperties().Where(p => p.CanWrite && p.DeclaringType == typeof(A3cOptions)).Select(p => p.Name), Is.EquivalentTo(Effects.Keys));
        A3cOptions one = Small with { Actors = 1, TotalSteps = 800 };
        OptionEffect.Assert(Learn(one), Learn(Effects[nameof(A3cOptions.Actors)](one)));

        // The spread makes different coefficients, and a coefficient makes a difference.
        A3cOptions wide = one with { Actors = 2, EntropySpread = 9 };
        Assert.That(wide.EntropyCoefficientOf(1), Is.EqualTo(81 * wide.EntropyCoefficientOf(0)).Within(1e-9));
        OptionEffect.Assert(Learn(one), Learn(one with { EntropyCoefficient = wide.EntropyCoefficientOf(1) }));
    }

    [TestCase("actors", "0", "actors is 0. It is 1 to 256")]
    [TestCase("entropy_spread", "0.5", "entropy_spread is 0.5. It is at least 1.")]
    [TestCase("optimizer", "adam", "Use rms_prop or rms_prop_tf")]
    [TestCase("rollout_length", "0", "rollout_length is 0")]
    public void What_is_wrong_is_refused_with_what_is_allowed(string option, string value, string message) =>
        Assert.That(Runs.Problems("a3c", "CartPole-v1", (option, value)), Has.Some.Contains(message).And.All.Contains(option));

    [Test]
    public void That_it_does_not_repeat_is_said_where_it_is_listed() =>
        Assert.That(AlgorithmRegistry.All.Single(a => a.Name == "a3c").Summary, Does.Contain("not repeat bit for bit"));

    private static AsynchronousTrainer Make(Func<IEnvironment> create, A3cOptions options)
    {
        IVectorEnvironment MakeMore() => new VectorEnvironment(create, options.EnvironmentCount);
        IVectorEnvironment environments = MakeMore();
        Assert.That(options.Validate(environments.ObservationSpace, environments.ActionSpace), Is.Empty);
        return new AsynchronousTrainer(new TrainerContext(environments, options, 0, "cpu", _ => { }, MakeMore: MakeMore));
    }

    private static AsynchronousTrainer Trained(Func<IEnvironment> create, A3cOptions options) =>
        ProbedPolicy.Trained(Make(create, options), options.TotalSteps);

    private static float[] Learn(A3cOptions options)
    {
        using AsynchronousTrainer trainer = Trained(() => new ObservationActionReward(), options);
        return trainer.Parameters.Values.ToArray();
    }

}
